"""Rows as JSON lines: one object a line, in UTF-8, times in ISO 8601 and UTC."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import IO, Any

import msgspec

_AT_ONCE = 1_000


def write(rows: Iterable[Any], row: type, stream: IO[bytes]) -> None:  # noqa: ARG001 - a writer
    """Write rows of a class as they come."""
    encoder = msgspec.json.Encoder()
    source = iter(rows)
    while some := list(islice(source, _AT_ONCE)):
        stream.write(encoder.encode_lines(some))
