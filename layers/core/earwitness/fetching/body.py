"""A response's body within a size cap that holds after decompression as well as before."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from earwitness.fetching.failure import FetchFailed

ACCEPT_ENCODING = "gzip, deflate"  # brotli would be one more library to bound and to patch
_PIECE = 64 * 1024  # bytes decompressed at a time: what a bomb can make us hold beyond the cap
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


def read_body(chunks: Iterable[bytes], encoding: str, size_cap: int) -> bytes:
    """The decoded body, at most ``size_cap`` bytes both sent and decoded; else FetchFailed."""
    body = bytearray()
    for piece in _decoded(_capped(chunks, size_cap), encoding.strip().lower()):
        body += piece
        if len(body) > size_cap:
            raise _too_large(size_cap)
    return bytes(body)


def _too_large(size_cap: int) -> FetchFailed:
    return FetchFailed("too_large", transient=False, detail=f"more than {size_cap} bytes")


def _capped(chunks: Iterable[bytes], size_cap: int) -> Iterator[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > size_cap:
            raise _too_large(size_cap)
        yield chunk


def _decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        return chunks
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _inflated(chunks)
    raise FetchFailed("encoding", transient=True, detail=f"{encoding!r} was not asked for")


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_ZLIB_OR_GZIP)
    fresh = True
    for chunk in chunks:
        data = chunk
        while data:
            if inflater.eof:  # a further gzip member
                inflater = zlib.decompressobj(_ZLIB_OR_GZIP)
            try:
                piece = inflater.decompress(data, _PIECE)
            except zlib.error as error:
                if not fresh:
                    raise FetchFailed("encoding", transient=True, detail=str(error)) from None
                inflater, fresh = zlib.decompressobj(_RAW_DEFLATE), False
                continue
            fresh = False
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            yield piece
    if not fresh and not inflater.eof:
        raise FetchFailed("encoding", transient=True, detail="the compressed body was cut short")
