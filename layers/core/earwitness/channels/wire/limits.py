"""When a source lets us ask again, in every form in which sources say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from earwitness.model import Channel, digest

MOST_FOR = timedelta(hours=24)  # whatever a source asks for: a channel must not vanish for a year
MOST_BACKOFF_FOR = timedelta(hours=1)
_EPOCH_FROM = 1_000_000_000  # larger numbers are instants, smaller ones seconds from now
_REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_RESET = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The earliest moment a refused request may be tried again, or None when nothing is said."""
    said = _moment(headers.get("retry-after"), now) or _reset_at(headers, now)
    return None if said is None else capped(said, now)


def spent_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a quota refills that this very response has used up, or None while some is left."""
    left = next((headers[name] for name in _REMAINING if name in headers), None)
    try:
        spent = left is not None and float(left) < 1
    except ValueError:
        return None
    reset = _reset_at(headers, now) if spent else None
    return None if reset is None else capped(reset, now)


def capped(at: datetime, now: datetime, most_for: timedelta = MOST_FOR) -> datetime:
    """``at``, but neither before ``now`` nor later than ``most_for`` from it."""
    return max(now, min(at, now + most_for))


def backoff_for(channel: Channel, not_ok_in_a_row: int) -> timedelta:
    """How long to leave a channel alone that was not ok that many times in a row.

    Doubles from the channel's interval up to an hour (or the interval, where that is longer),
    then takes off up to a quarter: by digest, so that channels of one source spread out while
    each decision can be repeated.
    """
    longest = max(MOST_BACKOFF_FOR, channel.every_for)
    doubled = min(channel.every_for * 2 ** min(not_ok_in_a_row, 16), longest)
    share = int(digest("backoff", channel.channel_id, str(not_ok_in_a_row))[:8], 16) / 0xFFFFFFFF
    return max(channel.every_for, doubled * (1 - share / 4)) if not_ok_in_a_row else timedelta()


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
        except ValueError:
            continue
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return None
