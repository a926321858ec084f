"""The data dictionary, made from the rows themselves: what each column is, in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from earwitness.exports.definitions import DEFINITIONS
from earwitness.exports.rows import Column


class Kind(StrEnum):
    """What a column holds, whatever the format. The value is its name for people."""

    TEXT = "text"
    TEXTS = "list of texts"
    WHOLE = "whole number"
    NUMBER = "number"
    TIME = "time"
    FLAG = "true or false"


GLUE = {
    Kind.TEXT: "string",
    Kind.TEXTS: "array<string>",
    Kind.WHOLE: "bigint",
    Kind.NUMBER: "double",
    Kind.TIME: "timestamp",
    Kind.FLAG: "boolean",
}
_SIMPLE = {int: Kind.WHOLE, float: Kind.NUMBER, datetime: Kind.TIME, bool: Kind.FLAG}


@dataclass(frozen=True, slots=True)
class Entry:
    """One column. ``optional``: it may be empty."""

    name: str
    kind: Kind
    optional: bool
    says: str
    unit: str


@cache
def dictionary(row: type) -> tuple[Entry, ...]:
    """The columns of a class of rows, in their order."""
    hints = get_type_hints(row, include_extras=True)
    return tuple(_entry(field.name, hints[field.name]) for field in fields(row))


def glue_columns(row: type) -> list[dict[str, str]]:
    """The columns as a table of Glue names them."""
    return [
        {"Name": entry.name, "Type": GLUE[entry.kind], "Comment": entry.says}
        for entry in dictionary(row)
    ]


def markdown(row: type) -> str:
    """The dictionary as a table for people."""
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for entry in dictionary(row):
        kind = f"{entry.kind}, may be empty" if entry.optional else str(entry.kind)
        lines.append(f"| `{entry.name}` | {kind} | {entry.unit} | {entry.says} |")
    return "\n".join(lines)


def as_cells(row: type) -> Iterator[Sequence[str]]:
    """The dictionary as rows of a sheet, the first of which names its columns; then the figures."""
    yield "column", "type", "unit", "meaning", "may be empty"
    for entry in dictionary(row):
        yield entry.name, entry.kind, entry.unit, entry.says, "yes" if entry.optional else ""
    for one in DEFINITIONS:
        yield one.name, "figure of reports", one.unit, one.says, ""


def _entry(name: str, hint: Any) -> Entry:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"column {name} is not explained: annotate it with a Column")
    held, *notes = get_args(hint)
    (column,) = (note for note in notes if isinstance(note, Column))
    options = get_args(held) if NoneType in get_args(held) else (held,)
    (plain,) = (one for one in options if one is not NoneType)
    return Entry(name, _kind(plain), NoneType in options, column.says, column.unit)


def _kind(plain: Any) -> Kind:
    if get_origin(plain) is tuple:
        return Kind.TEXTS
    return _SIMPLE.get(plain, Kind.TEXT)
