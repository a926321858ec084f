"""Rows as CSV by RFC 4180: a line of names, CRLF, quotes where they are needed, UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import IO, Any

from earwitness.exports.cells import harmless_in_lines
from earwitness.exports.dictionary import Kind, dictionary

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the code page of its machine


def write(rows: Iterable[Any], row: type, stream: IO[bytes], *, bom: bool = False) -> None:
    """Write rows of a class as they come. Lists are joined by "; "; what is None is empty."""
    out = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
    try:
        if bom:
            out.write(BYTE_ORDER_MARK)
        lines = csv.writer(out, lineterminator="\r\n")
        columns = dictionary(row)
        lines.writerow([column.name for column in columns])
        lines.writerows(_cells(rows, [_WRITTEN[column.kind] for column in columns], row))
    finally:
        out.detach()


def _cells(
    rows: Iterable[Any], written: Sequence[Callable[[Any], str]], row: type
) -> Iterator[list[str]]:
    values = attrgetter(*(column.name for column in dictionary(row)))
    for one in rows:
        pairs = zip(written, values(one), strict=True)
        yield ["" if value is None else write_(value) for write_, value in pairs]


def joined(texts: Sequence[str]) -> str:
    """A list of texts in one cell."""
    return "; ".join(texts)


def _text(text: str) -> str:
    # Ids, names of one word, and whatever else has neither a sign nor a separator.
    return text if text.isalnum() else harmless_in_lines(text)


def _texts(texts: Sequence[str]) -> str:
    return harmless_in_lines(joined(texts))


def _time(at: datetime) -> str:
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


def _flag(value: bool) -> str:  # noqa: FBT001 - it is a cell
    return "true" if value else "false"


_WRITTEN: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.WHOLE: str,
    Kind.NUMBER: repr,
    Kind.TIME: _time,
    Kind.FLAG: _flag,
}
