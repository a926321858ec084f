"""Lines of a stream in batches: as many as have arrived, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

LONGEST_LINE = 16 * 1024 * 1024  # bytes: a post of 1 MB, escaped, with room
_BATCH = 1024 * 1024  # bytes read at once at most; a pipe gives what it has


class Stream(Protocol):
    """A buffered binary stream."""

    def read1(self, size: int, /) -> bytes:
        """At least one byte, as soon as there is any; none at the end."""
        ...


def batches(stream: Stream) -> Iterator[list[tuple[int, bytes | None]]]:
    """Numbered lines, those together that one read brought. None stands for a line too long.

    A batch comes as soon as it has arrived, so that a slow source is answered line by line, and
    a file is worked through a megabyte at a time. Blank lines are counted but left out.
    """
    number, rest, overlong = 0, b"", False
    while chunk := stream.read1(_BATCH):
        *whole, rest = (rest + chunk).split(b"\n")
        batch: list[tuple[int, bytes | None]] = []
        for line in whole:
            number += 1
            if overlong or len(line) > LONGEST_LINE:
                batch.append((number, None))
                overlong = False
            elif line.strip():
                batch.append((number, line))
        if len(rest) > LONGEST_LINE:
            rest, overlong = b"", True
        if batch:
            yield batch
    if overlong or rest.strip():
        yield [(number + 1, None if overlong else rest)]
