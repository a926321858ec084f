"""What was seen of a period: the hours in which channels answered, and whose brands were watched.

An hour is named by its start in UTC. A channel is *dark* in an hour in which no poll of it was ok
though one should have been; *not watched* before the stack first knew it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from earwitness.model import Channel, ChannelGap, ChannelState, Health, Watchlist
from earwitness.periods import Period

HOUR = timedelta(hours=1)
_OFTEN_FOR = timedelta(minutes=30)  # polled as often as this, an hour without a poll is dark


@dataclass(frozen=True, slots=True)
class Fared:
    """How a channel fared: the hours it was watched in, and those of them that were dark."""

    channel: str
    watched: frozenset[datetime]
    dark: frozenset[datetime]

    def covers(self, hour: datetime) -> bool:
        """Whether what was said there in the hour was seen."""
        return hour in self.watched and hour not in self.dark


@dataclass(frozen=True, slots=True)
class PartlyWatched:
    """A brand that was not watched in the whole of a period: its figures are not like others'.

    ``hours`` of the period's ``of`` hours. None: nothing says what was watched that long ago.
    """

    brand: str
    hours: float | None
    of: float


def hours_of(since: datetime, until: datetime) -> list[datetime]:
    """The hours of a stretch; the first and the last may reach over its ends."""
    first = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [first + number * HOUR for number in range(max(0, -((first - until) // HOUR)))]


def fared(
    channel: Channel,
    state: ChannelState,
    polls: Mapping[datetime, tuple[int, int]],
    since: datetime,
    until: datetime,
) -> Fared:
    """How a channel fared from ``since`` to ``until``.

    ``polls`` are the numbers of those that were ok and not ok, by hour. A channel polled less than
    twice an hour is only dark in an hour in which a poll failed.
    """
    seen_at = max(since, state.first_seen_at or until)
    watched = hours_of(seen_at, until)
    often = channel.every_for <= _OFTEN_FOR
    dark = set[datetime]()
    for hour in watched:
        ok, not_ok = polls.get(hour, (0, 0))
        if not ok and (not_ok or (often and hour >= seen_at)):
            dark.add(hour)
    return Fared(channel.name, frozenset(watched), frozenset(dark))


def gap(
    channel: Channel,
    state: ChannelState,
    polls: Mapping[datetime, tuple[int, int]],
    period: Period,
) -> ChannelGap:
    """The hours of the period without a good poll, from when the channel was first seen."""
    found = fared(channel, state, polls, period.since, period.until)
    reason = "" if state.health in (None, Health.OK) else state.reason
    return ChannelGap(channel.name, len(found.dark), len(found.watched), state.health, reason)


def coverage(channels: Iterable[Fared], hours: Collection[datetime]) -> float | None:
    """The share of the channels' hours in which what was said was seen, from 0 to 1.

    Of every hour of every channel: one that was not watched yet is not covered either. None where
    there is no channel or no hour.
    """
    held = list(channels)
    if not held or not hours:
        return None
    return sum(one.covers(hour) for one in held for hour in hours) / (len(held) * len(hours))


def partly_watched(
    brands: Iterable[str], versions: Sequence[tuple[datetime, Watchlist]], period: Period
) -> tuple[PartlyWatched, ...]:
    """Which of the brands were not looked for in the whole of a period, so that shares are unlike.

    ``versions`` are the watchlists that were in use, each with since when, the oldest first. Every
    brand of a watchlist is looked for on every channel of it, so brands of one watchlist are alike.
    """
    of = (period.until - period.since) / HOUR
    found = []
    for brand in brands:
        hours = _watched(brand, versions, period) if _reach_back(versions, period) else None
        if hours is None or hours < of:
            found.append(PartlyWatched(brand, hours, of))
    return tuple(found)


def _reach_back(versions: Sequence[tuple[datetime, Watchlist]], period: Period) -> bool:
    return bool(versions) and versions[0][0] <= period.since


def _watched(brand: str, versions: Sequence[tuple[datetime, Watchlist]], period: Period) -> float:
    ends = [at for at, _ in versions[1:]] + [period.until]
    stretches = (
        (max(at, period.since), min(end, period.until))
        for (at, watchlist), end in zip(versions, ends, strict=True)
        if watchlist.brand(brand)
    )
    return sum(max(0.0, (end - begin) / HOUR) for begin, end in stretches)
