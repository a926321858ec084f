"""Rows as Parquet: typed, compressed, with the dictionary's words beside each column."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from operator import attrgetter
from typing import IO, Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from earwitness.exports.dictionary import Kind, dictionary
from earwitness.exports.rows import SCHEMA_VERSION

# A group of rows is what is held at once: of 20,000 with texts of 300 letters some 60 MB.
_GROUP = 20_000

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
    values = attrgetter(*wanted.names)
    source = iter(rows)
    with ParquetWriter(stream, wanted, compression="zstd") as out:
        while some := list(islice(source, _GROUP)):
            columns = zip(*map(values, some), strict=True)
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, wanted, strict=True)
            ]
            out.write_batch(pa.record_batch(arrays, schema=wanted))


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
