"""Business hours: when somebody is at work to read what can wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from earwitness.model import Hours


def is_open(hours: Hours, at: datetime, time_zone: str) -> bool:
    """Whether ``at`` is within the hours of a zone."""
    return opening(hours, at, time_zone) <= at


def opening(hours: Hours, at: datetime, time_zone: str) -> datetime:
    """``at`` itself within the hours, else when they next begin, in UTC.

    Hours that close before they open, or as they do, end on the next day.
    """
    zone = ZoneInfo(time_zone)
    today = at.astimezone(zone).date()
    spans = (
        _span(hours, today + timedelta(days=day), zone)
        for day in range(-1, 9)
        if (today + timedelta(days=day)).weekday() in hours.days
    )
    return next((max(at, opens) for opens, closes in spans if closes > at), at)


def _span(hours: Hours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Opening and closing of the hours that begin on a day, by the clocks on the wall."""
    length = (hours.closes - hours.opens) % (24 * 60) or 24 * 60
    midnight = datetime.combine(day, time(0), tzinfo=zone)
    opens, closes = (
        (midnight + timedelta(minutes=minutes)).astimezone(UTC)
        for minutes in (hours.opens, hours.opens + length)
    )
    return opens, closes
