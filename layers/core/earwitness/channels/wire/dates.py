"""Dates as sources write them, read only when they can mean one instant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAIL_DATE = re.compile(
    r"(?:[a-z]{2,9},?\s+)?([0-9]{1,2})[\s-]+(" + "|".join(_MONTHS) + r")[a-z]*[\s-]+"
    r"([0-9]{4}|[0-9]{2}),?\s+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
    r"\s*([+-][0-9]{2}:?[0-9]{2}|[a-z]{1,5})?",
    re.IGNORECASE,
)
_ZONES = {  # minutes east of UTC, RFC 822
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}  # fmt: skip
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # there was no web to publish on before
_CLOCK_SLACK_FOR = timedelta(minutes=10)  # a source's clock may run this far ahead of ours


def exact_date(written: str | None, now: datetime) -> datetime | None:
    """The instant of an RFC 822 or ISO 8601 date with a zone; None for any other or impossible one.

    A date without a zone, before 1990 or in the future says nothing we could rely on.
    """
    at, zoned = _read(written)
    return possible(at, now) if zoned else None


def rough_date(written: str | None) -> datetime | None:
    """The instant of a date to within a day, zone or no zone: good only to tell old from new."""
    at, _ = _read(written)
    return at if at is not None and at >= _EARLIEST else None


def from_epoch(seconds: object, now: datetime) -> datetime | None:
    """The instant of Unix seconds, given as a number or in digits, when it is possible."""
    try:
        at = datetime.fromtimestamp(float(str(seconds)), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return possible(at, now)


def possible(at: datetime | None, now: datetime) -> datetime | None:
    """``at`` unless it lies before 1990 or in the future."""
    return at if at and _EARLIEST <= at <= now + _CLOCK_SLACK_FOR else None


def _read(written: str | None) -> tuple[datetime | None, bool]:
    """The date taken as UTC when it has no zone, and whether it had one."""
    text = (written or "").strip()
    if not text or len(text) > 64:
        return None, False
    try:
        if text[:4].isdigit() and text[4:5] == "-":
            at = datetime.fromisoformat(text)
            return _utc(at), at.tzinfo is not None
        return _read_mail_date(text)
    except (ValueError, OverflowError, TypeError):
        return None, False


def _read_mail_date(text: str) -> tuple[datetime | None, bool]:
    """RFC 822, whose zones beyond those below were never agreed upon: BST is two of them."""
    written = _MAIL_DATE.match(text)
    if written is None:
        return None, False
    day, month, year, hour, minute, second, zone = written.groups()
    at = datetime(
        int(year) if len(year) == 4 else 2000 + int(year),
        _MONTHS.index(month.lower()) + 1,
        int(day),
        int(hour),
        int(minute),
        min(int(second or 0), 59),  # a leap second
        tzinfo=UTC,
    )
    offset = _ZONES.get(zone.upper()) if zone else None
    if zone and zone[0] in "+-":
        offset = int(zone[:3]) * 60 + int(zone[0] + zone[-2:])
    return at - timedelta(minutes=offset or 0), offset is not None


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
