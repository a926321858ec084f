"""Rows as a workbook: typed columns, a header that stays, filters, and the dictionary.

XlsxWriter in constant memory writes each row as it comes, faster than openpyxl's write-only mode
(``make bench``); the file's dates are fixed, so that the same rows give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from earwitness.exports.cells import harmless
from earwitness.exports.dictionary import Kind, as_cells, dictionary
from earwitness.exports.in_csv import joined

SHEET = "mentions"
# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
MOST_ROWS = 1_048_576  # of a sheet, its header included
MOST_LETTERS = 32_767  # of a cell, in UTF-16 units

_MADE_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - of the file's properties, which know no zone
_WIDTHS = {Kind.TEXT: 18, Kind.TEXTS: 24, Kind.WHOLE: 10, Kind.NUMBER: 10, Kind.TIME: 20}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Put = Callable[[Worksheet, int, int, Any], object]


def write(rows: Iterable[Any], row: type, stream: IO[bytes], *, most_rows: int = MOST_ROWS) -> None:
    """Write rows of a class as they come: more than a sheet takes go on to the next one."""
    with Workbook(stream, _OPTIONS) as book:
        book.set_properties({"created": _MADE_AT})
        bold = book.add_format({"bold": True})
        puts = _puts(row, book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))
        source = iter(rows)
        some = list(islice(source, 1))
        number = 1
        while some or number == 1:
            sheet = book.add_worksheet(SHEET if number == 1 else f"{SHEET} {number}")
            _fill(sheet, _chained(some, source, most_rows - 1), row, puts, bold)
            some = list(islice(source, 1))
            number += 1
        _explain(book.add_worksheet("dictionary"), row, bold)


def _chained(first: list[Any], rest: Iterator[Any], most: int) -> Iterator[Any]:
    yield from first
    yield from islice(rest, most - len(first))


def _fill(sheet: Worksheet, rows: Iterable[Any], row: type, puts: list[Put], bold: Format) -> None:
    columns = dictionary(row)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS.get(column.kind, 8))
        sheet.write_string(0, at, column.name, bold)
    sheet.freeze_panes(1, 0)
    values = attrgetter(*(column.name for column in columns))
    last = 0
    for last, one in enumerate(rows, start=1):
        for at, (put, value) in enumerate(zip(puts, values(one), strict=True)):
            if value is not None:
                put(sheet, last, at, value)
    sheet.autofilter(0, 0, last, len(columns) - 1)


def _explain(sheet: Worksheet, row: type, bold: Format) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 2, 20)
    sheet.set_column(3, 3, 80)
    for number, cells in enumerate(as_cells(row)):
        for at, cell in enumerate(cells):
            sheet.write_string(number, at, cell, bold if number == 0 else None)


def _puts(row: type, dated: Format) -> list[Put]:
    def put_time(sheet: Worksheet, line: int, at: int, value: datetime) -> None:
        sheet.write_datetime(line, at, value.astimezone(UTC).replace(tzinfo=None), dated)

    by_kind: dict[Kind, Put] = {
        Kind.TEXT: _put_text,
        Kind.TEXTS: lambda sheet, line, at, value: _put_text(sheet, line, at, joined(value)),
        Kind.WHOLE: Worksheet.write_number,
        Kind.NUMBER: Worksheet.write_number,
        Kind.TIME: put_time,
        Kind.FLAG: Worksheet.write_boolean,
    }
    return [by_kind[column.kind] for column in dictionary(row)]


def _put_text(sheet: Worksheet, line: int, at: int, value: str) -> None:
    sheet.write_string(line, at, shortened(harmless(value)))


def shortened(text: str) -> str:
    """As much of a text as a cell takes."""
    if len(text) * 2 <= MOST_LETTERS or len(text.encode("utf-16-le")) <= MOST_LETTERS * 2:
        return text
    return text.encode("utf-16-le")[: MOST_LETTERS * 2].decode("utf-16-le", "ignore")
