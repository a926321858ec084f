"""Every format, read back by the tools of analysts, equals the source."""

import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from operator import attrgetter

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape

from earwitness.exports import Row, in_workbook
from earwitness.exports.cells import plain, plain_in_lines
from earwitness.exports.dictionary import Kind, dictionary, glue_columns, markdown
from earwitness.exports.formats import Format, write
from earwitness.exports.rows import SCHEMA_VERSION, row_of
from earwitness.model import Author, Engagement
from tests.posts import NOW, a_mention, a_post
from tests.test_exports_cells import HOSTILE

COLUMNS = dictionary(Row)
NAMES = [column.name for column in COLUMNS]
TIMES = [column.name for column in COLUMNS if column.kind is Kind.TIME]
values = attrgetter(*NAMES)

# The first letters of blocks of every script that Unicode has, and what is not letters.
BLOCKS = [*range(0x20, 0x3000, 0x80), *range(0x3040, 0xD800, 0x800), *range(0xF900, 0x20000, 0x100)]
SCRIPTS = ["".join(chr(n) for n in range(at, at + 24)) for at in BLOCKS]
EMOJI = ["👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e007f", "❤️", "🇸🇪", "👍🏽", "1️⃣"]
CONTROLS = [chr(n) for n in (*range(1, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFD)]
QUOTES = ['say "no"', "a,b;c|d\te", "one\r\ntwo\rthree\nfour", "'quoted'", "''=1", "_x0041_", "\\N"]
WORDS = [
    *SCRIPTS,
    *EMOJI,
    *CONTROLS,
    *QUOTES,
    *HOSTILE,
    "",
    "NULL",
    "nan",
    "NA",
    "007",
    "1e5",
    "true",
]


def sources(count, words=WORDS):
    """Rows whose texts are made of everything that texts are made of, always the same."""
    chance = random.Random(7)
    for number in range(count):
        text = words[number % len(words)] + "".join(chance.choices(words, k=3))
        post = a_post(
            text,
            source_id=str(number),
            title=chance.choice(words) or None,
            url=chance.choice([None, "https://news.example/a?b=c"]),
            author=Author(name=chance.choice(words) or None, handle=chance.choice(words) or None),
            published_at=NOW + timedelta(microseconds=chance.randrange(10**12)),
            fetched_at=NOW + timedelta(days=90),
            engagement=Engagement(chance.choice([None, 0, 7, 2**40]), None, number),
        )
        yield row_of(a_mention(post))


@pytest.fixture(scope="module")
def source():
    return list(sources(10_000))


def written(rows, kind, **settings):
    stream = io.BytesIO()
    assert write(rows, Row, stream, kind, **settings) == len(rows)
    return stream.getvalue()


@pytest.fixture(scope="module")
def files(source, tmp_path_factory):
    """The path of each format's file."""
    folder = tmp_path_factory.mktemp("files")
    for kind in Format:
        (folder / f"rows.{kind}").write_bytes(written(source, kind))
    return {kind: folder / f"rows.{kind}" for kind in Format}


def expected(source):
    return [
        [list(value) if isinstance(value, tuple) else value for value in values(row)]
        for row in source
    ]


def in_cells(source, *, empty=None):
    """What CSV holds of the source, once its apostrophes are taken off."""
    return [[_cell(value, empty) for value in values(row)] for row in source]


def _cell(value, empty):
    if value is None or value == "":
        return empty
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def freed(lines, off, empty=None):
    """Cells of text columns without the apostrophes that make them harmless."""
    texts = [column.kind in (Kind.TEXT, Kind.TEXTS) for column in COLUMNS]
    return [
        [
            empty if cell is None or cell == "" else off(cell) if is_text else cell
            for cell, is_text in zip(line, texts, strict=True)
        ]
        for line in lines
    ]


def test_parquet_read_by_pyarrow_equals_the_source(files, source):
    table = pq.read_table(files[Format.PARQUET])
    assert [list(row.values()) for row in table.to_pylist()] == expected(source)


def test_parquet_read_by_duckdb_equals_the_source(files, source):
    plain_times = ", ".join(f"{name}::TIMESTAMP AS {name}" for name in TIMES)
    with duckdb.connect() as base:
        base.execute("SET TimeZone='UTC'")
        found = base.execute(
            f"SELECT * REPLACE ({plain_times}) FROM '{files[Format.PARQUET]}'"
        ).fetchall()
    at_utc = [
        [v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in row] for row in found
    ]
    assert at_utc == expected(source)


def test_parquet_read_by_pandas_equals_the_source(files, source):
    frame = pd.read_parquet(files[Format.PARQUET], dtype_backend="pyarrow")
    assert list(frame.columns) == NAMES
    for name in ("text", "title", "author", "likes", "views", "dated_by_us", "confidence"):
        held = [None if pd.isna(value) else value for value in frame[name]]
        assert held == [getattr(row, name) for row in source], name
    assert [at.to_pydatetime() for at in frame["posted_at"]] == [r.posted_at for r in source]


def test_csv_read_by_pandas_equals_the_source(files, source):
    frame = pd.read_csv(
        files[Format.CSV], dtype=str, keep_default_na=False, lineterminator=None, engine="python"
    )
    assert list(frame.columns) == NAMES
    assert freed(frame.to_numpy().tolist(), plain_in_lines) == in_cells(source)


def test_csv_read_by_duckdb_equals_the_source(files, source):
    read = (
        f"read_csv('{files[Format.CSV]}', header=true, all_varchar=true, delim=',', quote='\"', "
        "escape='\"', new_line='\\r\\n', parallel=false)"
    )
    with duckdb.connect() as base:
        found = base.execute(f"SELECT * FROM {read}").fetchall()
    assert freed(found, plain_in_lines) == in_cells(source)


def test_json_lines_read_by_the_standard_library_equal_the_source(files, source):
    lines = files[Format.JSONL].read_bytes().decode().split("\n")[:-1]
    found = [json.loads(line) for line in lines]
    for row in found:
        row |= {name: datetime.fromisoformat(row[name]) for name in TIMES if row[name]}
    assert [list(row.values()) for row in found] == expected(source)


def test_json_lines_read_by_duckdb_equal_the_source(files, source):
    with duckdb.connect() as base:
        found = base.execute(
            f"SELECT text, title, likes, surfaces FROM read_json('{files[Format.JSONL]}')"
        ).fetchall()
    assert found == [(r.text, r.title, r.likes, list(r.surfaces)) for r in source]


def test_a_workbook_read_by_openpyxl_equals_the_source(files, source):
    book = openpyxl.load_workbook(files[Format.XLSX], read_only=True)
    lines = book["mentions"].iter_rows(values_only=True)
    assert list(next(lines)) == NAMES
    found = [[unescape(v) if isinstance(v, str) else v for v in line] for line in lines]
    assert len(found) == len(source)
    for cells, row in zip(freed(found, plain), source, strict=True):
        for column, cell, value in zip(COLUMNS, cells, values(row), strict=True):
            held = "; ".join(value) if isinstance(value, tuple) else value
            if column.kind is Kind.TIME and value is not None:
                assert abs(cell.replace(tzinfo=UTC) - value) <= timedelta(milliseconds=1)
            else:
                assert cell == (None if held == "" else held), column.name


def test_a_workbook_read_by_pandas_equals_the_source(files, source):
    frame = pd.read_excel(files[Format.XLSX], sheet_name="mentions", keep_default_na=False)
    assert [plain(unescape(str(text))) for text in frame["text"]] == [row.text for row in source]
    assert frame["posted_at"].dtype.kind == "M"


@pytest.mark.parametrize("kind", Format)
def test_the_same_rows_give_the_same_bytes(kind, tmp_path):
    """In another process, with another seed of hashes, at another time."""
    program = (
        "import sys, io, hashlib; from tests.test_exports_formats import *\n"
        f"print(hashlib.sha256(written(list(sources(300)), Format('{kind}'))).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": "5", "PYTHONPATH": "layers/core:.", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = hashlib.sha256(written(list(sources(300)), kind)).hexdigest()
    assert told.stdout.strip() == here


@pytest.mark.parametrize("kind", Format)
def test_no_rows_are_a_file_too(kind):
    assert (len(written([], kind)) > 0) == (kind is not Format.JSONL)


def test_csv_keeps_to_rfc_4180():
    text = written(list(sources(1, ['a "b"\nc'])), Format.CSV).decode()
    header, _, rest = text.partition("\r\n")
    assert header == ",".join(NAMES)
    assert '"a ""b""\nc' in rest
    assert rest.endswith("\r\n")


def test_csv_may_begin_with_a_byte_order_mark():
    assert written([], Format.CSV, bom=True).startswith(b"\xef\xbb\xbfmention_id,")


def test_a_workbook_has_a_header_that_stays_filters_and_a_dictionary(files):
    book = openpyxl.load_workbook(io.BytesIO(written(list(sources(3)), Format.XLSX)))
    assert book.sheetnames == ["mentions", "dictionary"]
    assert book["mentions"].freeze_panes == "A2"
    assert book["mentions"].auto_filter.ref.startswith("A1:")
    assert book["mentions"].auto_filter.ref.endswith("4")
    told = [cell.value for cell in book["dictionary"]["A"]]
    assert told == ["column", *NAMES]


def test_a8_a_workbook_holds_no_formula():
    book = zipfile.ZipFile(io.BytesIO(written(list(sources(400)), Format.XLSX)))
    sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/" in name]
    assert sheets
    assert not [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet]


def test_more_rows_than_a_sheet_takes_go_on_to_the_next():
    stream = io.BytesIO()
    in_workbook.write(sources(7), Row, stream, most_rows=4)
    book = openpyxl.load_workbook(stream)
    assert book.sheetnames == ["mentions", "mentions 2", "mentions 3", "dictionary"]
    assert [book[name].max_row for name in book.sheetnames[:3]] == [4, 4, 2]
    ids = [
        row[NAMES.index("native_id")]
        for s in book.sheetnames[:3]
        for row in book[s].iter_rows(2, values_only=True)
    ]
    assert ids == [str(n) for n in range(7)]


@pytest.mark.parametrize("letter", ["a", "👍", "я"])
def test_a_text_too_long_for_a_cell_is_cut_between_letters(letter):
    cut = in_workbook.shortened(letter * 40_000)
    assert set(cut) == {letter}
    units = len(cut.encode("utf-16-le")) // 2
    assert in_workbook.MOST_LETTERS - 1 <= units <= in_workbook.MOST_LETTERS


def test_every_column_has_a_type_in_glue():
    assert [column["Name"] for column in glue_columns(Row)] == NAMES
    kinds = {column["Name"]: column["Type"] for column in glue_columns(Row)}
    assert (kinds["posted_at"], kinds["terms"], kinds["likes"]) == (
        "timestamp",
        "array<string>",
        "bigint",
    )


def test_parquet_says_what_its_columns_are(files):
    schema = pq.read_schema(files[Format.PARQUET])
    assert schema.metadata[b"earwitness.schema_version"].decode() == str(SCHEMA_VERSION)
    assert schema.field("audience").metadata[b"unit"] == b"people"


def test_a_column_that_is_not_explained_is_refused():
    from dataclasses import make_dataclass

    with pytest.raises(TypeError, match="column secret is not explained"):
        dictionary(make_dataclass("Bare", [("secret", str)]))


def test_the_dictionary_reads_as_a_table():
    assert "| `response_seconds` | number, may be empty | seconds |" in markdown(Row)
