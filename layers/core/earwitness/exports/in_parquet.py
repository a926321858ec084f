"""Rows as Parquet: typed, compressed, with the dictionary's words beside each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import IO, Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from earwitness.exports.dictionary import Kind, dictionary
from earwitness.exports.rows import SCHEMA_VERSION

# Rows become columns, a third of their size, soon; what a group then holds at once is 20 MB.
_ROWS_AT_ONCE = 2_000
_ROWS_OF_A_GROUP = 20_000
# Nearly each of these differs from all others: looking for what recurs takes time and room.
_DISTINCT = frozenset({"mention_id", "post_id", "native_id", "url", "text", "posted_at"})

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.TEXTS: pa.list_(pa.string()),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TIME: pa.timestamp("us", "UTC"),
    Kind.FLAG: pa.bool_(),
}


def write(rows: Iterable[Any], row: type, stream: IO[bytes]) -> None:
    """Write rows of a class, a group at a time. The same rows give the same bytes."""
    wanted = schema(row)
    source = iter(rows)
    recurring = list(_recurring(wanted))
    with ParquetWriter(stream, wanted, compression="zstd", use_dictionary=recurring) as out:
        while batches := list(islice(_batches(source, wanted), _ROWS_OF_A_GROUP // _ROWS_AT_ONCE)):
            out.write_table(pa.Table.from_batches(batches), row_group_size=_ROWS_OF_A_GROUP)
            batches.clear()  # else two groups are held


def _batches(source: Iterator[Any], wanted: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows as columns. A tuple a row would be as many more objects to look after."""
    columns = [(attrgetter(field.name), field.type) for field in wanted]
    while some := list(islice(source, _ROWS_AT_ONCE)):
        arrays = [pa.array(list(map(value, some)), kind) for value, kind in columns]
        yield pa.record_batch(arrays, schema=wanted)


def _recurring(wanted: pa.Schema) -> Iterator[str]:
    """The columns whose values recur, by their paths in the file."""
    for field in wanted:
        if field.name not in _DISTINCT:
            yield f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name


def schema(row: type) -> pa.Schema:
    """The types of a class of rows, as Arrow and Parquet know them."""
    found = [
        pa.field(
            entry.name,
            _TYPES[entry.kind],
            nullable=entry.optional,
            metadata={"comment": entry.says, "unit": entry.unit},
        )
        for entry in dictionary(row)
    ]
    return pa.schema(found, metadata={"earwitness.schema_version": str(SCHEMA_VERSION)})
