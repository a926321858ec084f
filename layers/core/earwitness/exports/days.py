"""A day in files: mentions, hours, and last the manifest that says that they are whole.

Nothing in them tells when they were made, so that a rerun writes the same bytes. A day is written
again when something of it changed: ``due`` says which, ``write_day`` writes one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from earwitness.coverage import Versions, ever_watched
from earwitness.exports.formats import MEDIA_TYPES, Format, write
from earwitness.exports.hours import HourCounts, HourRow, heard
from earwitness.exports.rows import SCHEMA_VERSION, Row, dated_rows
from earwitness.exports_bucket import ExportsBucket
from earwitness.model import Watchlist
from earwitness.store import Store

MENTIONS, HOURLY, MANIFESTS = "mentions", "hourly", "manifests"
MOST_ROWS = 1_000_000  # of a file; Athena reads several at once
# A file stays as it is until the next night's run: what must be gone before then is left out.
OUTLASTS_FOR = timedelta(hours=26)
MISSED_FOR = timedelta(days=7)  # days that were not exported at all are made up for so long
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a day, as the manifest names it. ``sha256`` is of its bytes, in hexadecimal."""

    key: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a day came to. Whoever finds it finds every file that it names, whole."""

    date: str
    mentions: tuple[Part, ...]
    hourly: tuple[Part, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def rows(self) -> int:
        """How many mentions the day has."""
        return sum(part.rows for part in self.mentions)


def due(store: Store, now: datetime, retention_for: timedelta) -> list[date]:
    """The days to write, yesterday first: new, missed, or changed since they were written."""
    yesterday = now.astimezone(UTC).date() - _DAY
    days = [yesterday - n * _DAY for n in range(retention_for.days + 1)]
    missed = days[: MISSED_FOR.days]
    return [
        known.day
        for known in store.exported_days(days)
        if known.is_stale(now) or (known.exported_at is None and known.day in missed)
    ]


def begins_at(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def write_day(  # noqa: PLR0913 - what is read, where it goes, and when
    store: Store,
    watchlist: Watchlist,
    bucket: ExportsBucket,
    day: date,
    now: datetime,
    *,
    versions: Versions = (),
) -> Manifest:
    """Write the files of a day (UTC) and then say so, in the manifest and in the table.

    ``versions`` are the watchlists in use since the day, or before it: a brand that was dropped or
    renamed since stays in its days, whenever they are written again.
    Whatever stops it, running it again mends it: until the end the day stays due.
    """
    since = begins_at(day)
    until = since + _DAY
    watchlist = ever_watched(watchlist, versions, since)
    lasting = _Lasting(store, watchlist, since, until, now + OUTLASTS_FOR)
    counts = HourCounts()
    mentions = _write_parts(bucket, f"{MENTIONS}/date={day}", counts.counting(lasting), Row)
    channels = heard(store, watchlist, since, until)
    hours = counts.rows(watchlist.brands, channels, since, until, versions)
    hourly = _write_parts(bucket, f"{HOURLY}/date={day}", hours, HourRow)
    manifest = Manifest(day.isoformat(), mentions, hourly)
    text = json.dumps(asdict(manifest), indent=1).encode()
    with TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        bucket.put(f"{MANIFESTS}/date={day}.json", file, "application/json")
    first_gone_at = lasting.first_gone_at and lasting.first_gone_at - OUTLASTS_FOR
    store.exported(day, now, first_gone_at)
    return manifest


class _Lasting:
    """The rows of a day that may stay in a file, and when the first of them must be gone."""

    def __init__(
        self,
        store: Store,
        watchlist: Watchlist,
        since: datetime,
        until: datetime,
        until_at_least: datetime,
    ) -> None:
        self._rows = dated_rows(store, watchlist.brands, since, until)
        self._until_at_least = until_at_least
        self.first_gone_at: datetime | None = None

    def __iter__(self) -> Iterator[Row]:
        for row, gone_at in self._rows:
            if gone_at > self._until_at_least:
                self.first_gone_at = min(self.first_gone_at or gone_at, gone_at)
                yield row


def _write_parts(
    bucket: ExportsBucket, folder: str, rows: Iterable[Any], row: type
) -> tuple[Part, ...]:
    """Write rows to as many files as they need, and delete those that are there no longer."""
    parts: list[Part] = []
    source = iter(rows)
    while some := list(islice(source, 1)):
        key = f"{folder}/part-{len(parts):04d}.parquet"
        parts.append(_write_part(bucket, key, _first(some, source), row))
    kept = {part.key for part in parts}
    bucket.delete(key for key in bucket.keys(f"{folder}/") if key not in kept)
    return tuple(parts)


def _first(some: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from some
    yield from islice(rest, MOST_ROWS - len(some))


def _write_part(bucket: ExportsBucket, key: str, rows: Iterable[Any], row: type) -> Part:
    with TemporaryFile() as file:
        count = write(rows, row, file, Format.PARQUET)
        told = Part(key, count, file.tell(), _sha256(file))
        file.seek(0)
        bucket.put(key, file, MEDIA_TYPES[Format.PARQUET])
    return told


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
