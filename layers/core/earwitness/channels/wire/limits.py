"""When a source lets us ask again, in every form in which sources say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MOST_FOR = timedelta(hours=24)  # whatever a source asks for: a channel must not vanish for a year
_EPOCH_FROM = 1_000_000_000  # larger numbers are instants, smaller ones seconds from now
_REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_RESET = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The earliest moment a refused request may be tried again, or None when nothing is said."""
    said = _moment(headers.get("retry-after"), now) or _reset_at(headers, now)
    return None if said is None else capped(said, now)


def spent_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a quota refills that this very response has used up, or None while some is left."""
    remaining = left(headers)
    reset = _reset_at(headers, now) if remaining == 0 else None
    return None if reset is None else capped(reset, now)


def left(headers: Mapping[str, str]) -> int | None:
    """How many requests of our quota a response says are left, or None when it says nothing."""
    said = next((headers[name] for name in _REMAINING if name in headers), "")
    try:
        return max(0, int(float(said)))
    except (ValueError, OverflowError):
        return None


def capped(at: datetime, now: datetime, most_for: timedelta = MOST_FOR) -> datetime:
    """``at``, but neither before ``now`` nor later than ``most_for`` from it."""
    return max(now, min(at, now + most_for))


def _reset_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    return next((_moment(headers[name], now) for name in _RESET if name in headers), None)


def _moment(written: str | None, now: datetime) -> datetime | None:
    """Seconds from now, Unix seconds, an HTTP date or an ISO 8601 date."""
    text = (written or "").strip()
    try:
        number = float(text)
    except ValueError:
        return _date(text)
    try:
        if number >= _EPOCH_FROM:
            return datetime.fromtimestamp(number, tz=UTC)
        return now + timedelta(seconds=max(0.0, number))
    except (OverflowError, OSError, ValueError):
        return now + MOST_FOR


def _date(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(text)
        except (ValueError, OverflowError):
            continue
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return None
