"""What is stored, as words that can be searched."""

import io
import zlib

import pyarrow.parquet as pq

from earwitness.store.codec import _DICTIONARY


def inflated(held):
    try:
        return zlib.decompressobj(zdict=_DICTIONARY).decompress(bytes(held)).decode()
    except zlib.error:
        return repr(held)


def shown(name, body):
    if name.endswith(".parquet"):
        return str(pq.read_table(io.BytesIO(body)).to_pylist())
    return name + body.decode()
