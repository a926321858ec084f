"""Periods on a brand's own clock: the one a digest is due for, and those that people name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY = ("hourly", "daily", "weekly")
AT_HOUR = 8  # before the day's work, on the first day of the week for a weekly one
# What was missed for longer is not made up for: the next one covers its own period only.
LATE_FOR = {
    "hourly": timedelta(minutes=45),
    "daily": timedelta(hours=6),
    "weekly": timedelta(hours=24),
}
NAMES = "yesterday, last-week, last-month, 2026-11, 2026-11-03 or 2026-11-03..2026-11-09"
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_MONTH = re.compile(r"(\d{4})-(\d\d)")


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


def named(name: str, time_zone: str, now: datetime) -> Period:
    """The period of a name such as those in ``NAMES``: whole days from midnight to midnight.

    Weeks begin on Monday. The one to compare with is the week or month before, else as many days
    before.

    Raises:
        ValueError: no such name, no such day, or a period that has not ended.
    """
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    first, after, before = _days(name, today)
    if after <= first:
        raise ValueError(f"the period {name} ends before it begins")
    if after > today:
        raise ValueError(f"the period {name} has not ended: today is {today}")
    return Period(*(_at(day.toordinal(), zone, 0) for day in (before, first, after)))


def _days(name: str, today: date) -> tuple[date, date, date]:
    """The first day, the one after the last, and the first of the period to compare with."""
    if name == "yesterday":
        first = today - timedelta(days=1)
        return first, today, first - timedelta(days=1)
    if name == "last-week":
        monday = today - timedelta(days=today.weekday())
        return monday - timedelta(days=7), monday, monday - timedelta(days=14)
    if name == "last-month":
        first = _month_before(today)
        return first, today.replace(day=1), _month_before(first)
    if found := _MONTH.fullmatch(name):
        first = date(int(found[1]), int(found[2]), 1)
        return first, (first + timedelta(days=31)).replace(day=1), _month_before(first)
    if found := _DAYS.fullmatch(name):
        first = date.fromisoformat(found[1])
        after = date.fromisoformat(found[2] or found[1]) + timedelta(days=1)
        return first, after, first - (after - first)
    raise ValueError(f"no period {name!r}: expected {NAMES}")


def days(period: Period, time_zone: str) -> list[datetime]:
    """When each day of a period begins (UTC), on the zone's clock; the first with the period.

    By dates, since a day may lack its midnight: clocks go from 0:00 to 1:00 in Cairo or Santiago.
    """
    zone = ZoneInfo(time_zone)
    first, last = (at.astimezone(zone).toordinal() for at in (period.since, period.until))
    midnights = (_at(day, zone, 0) for day in range(first + 1, last + 1))
    return [period.since, *(at for at in midnights if at < period.until)]


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _at(day: int, zone: ZoneInfo, hour: int = AT_HOUR) -> datetime:
    """An hour of a day on the zone's clock, in UTC."""
    local = datetime.combine(date.fromordinal(day), time(hour), zone)
    return local.astimezone(UTC)
