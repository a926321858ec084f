"""Rows as CSV by RFC 4180: a line of names, CRLF, quotes where they are needed, UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from typing import IO, Any

from earwitness.exports.cells import harmless_in_lines
from earwitness.exports.dictionary import Kind, dictionary

_AT_ONCE = 1_000
BYTE_ORDER_MARK = codecs.BOM_UTF8  # without it Excel takes UTF-8 for the code page of its machine
_QUOTED = re.compile('[",\r\n]')


def write(rows: Iterable[Any], row: type, stream: IO[bytes], *, bom: bool = False) -> None:
    """Write rows of a class as they come. Lists are joined by "; "; what is None is empty."""
    if bom:
        stream.write(BYTE_ORDER_MARK)
    columns = dictionary(row)
    stream.write(_lines([[column.name] for column in columns]))
    made = [(attrgetter(column.name), _COLUMNS[column.kind]) for column in columns]
    source = iter(rows)
    while some := list(islice(source, _AT_ONCE)):
        stream.write(_lines([cells(list(map(value, some))) for value, cells in made]))


def _lines(columns: Sequence[list[str]]) -> bytes:
    """Columns of cells as lines. The cells are quoted already, so that each is looked at once."""
    lines = map(",".join, zip(*columns, strict=True))
    return "".join(f"{line}\r\n" for line in lines).encode()


def _quoted(cell: str) -> str:
    if _QUOTED.search(cell) is None:
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _one_by_one(written: Callable[[Any], str]) -> Callable[[list[Any]], list[str]]:
    return lambda values: ["" if value is None else written(value) for value in values]


def _once_each(written: Callable[[Any], str]) -> Callable[[list[Any]], list[str]]:
    """For what recurs: brands, channels, reasons. Cells of equal values must be equal."""

    def cells(values: list[Any]) -> list[str]:
        known = {value: written(value) for value in set(values) if value is not None}
        known[None] = ""
        return [known[value] for value in values]

    return cells


def joined(texts: Sequence[str]) -> str:
    """A list of texts in one cell."""
    return "; ".join(texts)


def _text(text: str) -> str:
    # Ids, names of one word, and whatever else has neither a sign nor a separator.
    return text if text.isalnum() else _quoted(harmless_in_lines(text))


def _texts(texts: Sequence[str]) -> str:
    return _quoted(harmless_in_lines(joined(texts)))


def _time(at: datetime) -> str:
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


def _flag(value: bool) -> str:  # noqa: FBT001 - it is a cell
    return "true" if value else "false"


_COLUMNS: dict[Kind, Callable[[list[Any]], list[str]]] = {
    Kind.TEXT: _once_each(_text),
    Kind.TEXTS: _once_each(_texts),
    Kind.WHOLE: _one_by_one(str),
    Kind.NUMBER: _one_by_one(repr),
    Kind.TIME: _one_by_one(_time),
    Kind.FLAG: _once_each(_flag),
}
