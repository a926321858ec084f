"""Who reported trouble with a brand lately: what an incident is opened and closed by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from earwitness.model import Intent, digest

# A problem of many, danger, a legal threat or a leak.
TROUBLE = frozenset({Intent.OUTAGE, Intent.SAFETY})

SLIDING_FOR = timedelta(minutes=60)
HELD_FOR = timedelta(hours=2)  # long enough to count the clock hour that is over
HISTORY_FOR = timedelta(days=15)
MOST_HELD = 1024

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody reported trouble of a kind, the last time at epoch second ``at``."""

    author: int  # 32 bits of a hash
    at: int
    kind: str


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports about one brand. ``share``: only authors whose hash is below it are held.

    ``hours`` are distinct authors by clock hour (ISO, UTC), those without any left out, since
    ``since``. ``loud_at`` is when there were last too many for a calm brand.
    """

    brand: str
    since: datetime
    held: tuple[Report, ...] = ()
    share: float = 1.0
    hours: tuple[tuple[str, int], ...] = ()
    loud_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A report as it comes in: who, when, of what kind."""

    place: str
    at: datetime
    kind: str


def counted(reports: Reports, sightings: Iterable[Sighting], now: datetime) -> Reports:
    """With what has come in, each author once per kind however often offered; the old let go."""
    latest = {(one.author, one.kind): one.at for one in reports.held}
    for one in sightings:
        key = (int(digest("report", one.place)[:8], 16), one.kind)
        at = int(min(one.at, now).timestamp())
        latest[key] = max(at, latest.get(key, 0))
    oldest = (now - HELD_FOR).timestamp()
    recent = {key: at for key, at in latest.items() if at > oldest}
    share = reports.share if recent else 1.0
    while len(kept := {k: at for k, at in recent.items() if k[0] < share * 2**32}) > MOST_HELD:
        share /= 2
    held = tuple(Report(author, at, kind) for (author, kind), at in sorted(kept.items()))
    changed = replace(reports, held=held, share=share)
    return replace(changed, hours=_hours(changed, now))


def authors(
    reports: Reports, now: datetime, kind: str | None = None, after: datetime | None = None
) -> int:
    """Distinct authors of the sliding hour, of one kind or of any, those ``after`` a time."""
    since = max(now - SLIDING_FOR, after or now - SLIDING_FOR).timestamp()
    found = {r.author for r in reports.held if r.at > since and kind in (None, r.kind)}
    return round(len(found) / reports.share)


def last_at(reports: Reports) -> datetime | None:
    """When the last report held was made."""
    latest = max((one.at for one in reports.held), default=None)
    return None if latest is None else datetime.fromtimestamp(latest, UTC)


def by_hour(reports: Reports, now: datetime) -> Mapping[datetime, int]:
    """Distinct authors of every clock hour that was watched, with zeros, up to the running one."""
    known = {datetime.fromisoformat(hour): count for hour, count in reports.hours}
    since = min(now, max(reports.since, now - HISTORY_FOR))  # clocks differ
    at = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    counts = {}
    while at <= now:
        counts[at] = known.get(at, 0)
        at += HOUR
    return counts


def _hours(reports: Reports, now: datetime) -> tuple[tuple[str, int], ...]:
    """The hours of which every report is still held are counted anew, the others are kept."""
    seen: dict[str, set[int]] = {}
    for one in reports.held:
        began = datetime.fromtimestamp(one.at, UTC).replace(minute=0, second=0)
        seen.setdefault(began.isoformat(), set()).add(one.author)
    counts = Counter(dict(reports.hours))
    for hour, found in seen.items():
        counts[hour] = max(counts[hour], round(len(found) / reports.share))
    oldest = (now - HISTORY_FOR).astimezone(UTC).isoformat()
    return tuple(sorted((hour, count) for hour, count in counts.items() if hour >= oldest))
