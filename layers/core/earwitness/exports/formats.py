"""The formats of an export. Each writer is loaded when it is asked for: pyarrow is 150 MB."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from importlib import import_module
from typing import IO, Any


class Format(StrEnum):
    """What a file is written as; the value is the end of its name, too."""

    PARQUET = "parquet"
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


MEDIA_TYPES = {
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSONL: "application/jsonl; charset=utf-8",
}
_WRITERS = {
    Format.PARQUET: "in_parquet",
    Format.CSV: "in_csv",
    Format.XLSX: "in_workbook",
    Format.JSONL: "in_json",
}


def write(
    rows: Iterable[Any], row: type, stream: IO[bytes], kind: Format, *, bom: bool = False
) -> int:
    """Write rows of a class to a stream, in flat memory; returns how many there were.

    The same rows give the same bytes, with the same versions of the libraries. ``bom`` begins
    CSV with a byte order mark, for Excel.
    """
    writer = import_module(f"earwitness.exports.{_WRITERS[kind]}")
    counted = _Counted(rows)
    writer.write(counted, row, stream, **({"bom": True} if bom and kind is Format.CSV else {}))
    return counted.count


class _Counted:
    """Rows, and how many have been taken."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Any:
        for row in self._rows:
            self.count += 1
            yield row
