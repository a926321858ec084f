"""Which period a digest is due for: pure, in the brand's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY = ("hourly", "daily", "weekly")
AT_HOUR = 8  # before the day's work, on the first day of the week for a weekly one
# What was missed for longer is not made up for: the next one covers its own period only.
LATE_FOR = {
    "hourly": timedelta(minutes=45),
    "daily": timedelta(hours=6),
    "weekly": timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` up to ``until``; ``before`` is when the one to compare with began."""

    before: datetime
    since: datetime
    until: datetime


def due(every: str, time_zone: str, now: datetime) -> Period | None:
    """The last period that has ended, if its digest is not too late by now.

    A day is from eight to eight on the brand's clock: 23 or 25 hours where the clock changes.
    """
    zone = ZoneInfo(time_zone)
    until = _ended(every, zone, now)
    if now - until > LATE_FOR[every]:
        return None
    since = _back(every, zone, until)
    return Period(_back(every, zone, since), since, until)


def _ended(every: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When the last period ended."""
    if every == "hourly":
        return now.replace(minute=0, second=0, microsecond=0)
    local = now.astimezone(zone)
    day = local.date()
    if every == "weekly":
        day -= timedelta(days=day.weekday())
    until = _at(day.toordinal(), zone)
    if until > now:
        until = _at(day.toordinal() - (7 if every == "weekly" else 1), zone)
    return until


def _back(every: str, zone: ZoneInfo, until: datetime) -> datetime:
    if every == "hourly":
        return until - timedelta(hours=1)
    day = until.astimezone(zone).toordinal()
    return _at(day - (7 if every == "weekly" else 1), zone)


def _at(day: int, zone: ZoneInfo) -> datetime:
    """Eight o'clock of a day on the zone's clock, in UTC."""
    local = datetime.combine(datetime.fromordinal(day), time(AT_HOUR), zone)
    return local.astimezone(UTC)
