"""What was seen of a period: the hours in which channels answered, and whose brands were watched.

An hour is named by its start in UTC. A channel is *dark* in an hour that it did not cover;
*not watched* before the stack first knew it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from earwitness.model import Channel, ChannelGap, ChannelHour, ChannelState, Health, Watchlist
from earwitness.periods import Period

Versions = Sequence[tuple[datetime, Watchlist]]  # each with since when it was in use

HOUR = timedelta(hours=1)
_LATE_FOR = timedelta(minutes=2)  # a poll comes up to two ticks after its time


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
    first = _whole(since)
    return [first + number * HOUR for number in range(max(0, -((first - until) // HOUR)))]


def recorded_from(channel: Channel, since: datetime) -> datetime:
    """From when the hours of a channel are needed to tell how it fared ``since`` then."""
    return since - _reach(channel)


def fared(
    channel: Channel,
    state: ChannelState,
    hours: Iterable[ChannelHour],
    since: datetime,
    until: datetime,
) -> Fared:
    """How a channel fared from ``since`` to ``until``: the one rule for signals and figures.

    ``hours`` are those on record, from ``recorded_from`` on. The hour in which a channel was first
    seen is dark only where a poll failed in it.
    """
    seen_at = max(since, state.first_seen_at or until)
    recorded = {hour.at: hour for hour in hours}
    dark = {
        at
        for at in gaps(channel, recorded.values(), seen_at, until)
        if at >= seen_at or at in recorded
    }
    return Fared(channel.name, frozenset(hours_of(seen_at, until)), frozenset(dark))


def gaps(
    channel: Channel, hours: Iterable[ChannelHour], since: datetime, until: datetime
) -> Iterator[datetime]:
    """The starts of the hours, of those from ``since`` to ``until``, that a channel did not cover.

    An hour is covered by a good poll in it, however many others failed: the cursor stays where
    the last good one left it, so that the next reads what they did not. Where polls are further
    apart than an hour, one covers its longest interval as far as none fails after it. An hour of
    which posts were lost before they could be read is not covered by any.

    What a source offers late is kept all the same: a gap says that nobody listened in that hour,
    not that its posts are missing.
    """
    recorded = {hour.at: hour for hour in hours}
    at = _whole(min([since, *recorded]))
    covered_until = at
    while at < until:
        hour = recorded.get(at, ChannelHour(at))
        if hour.ok:
            covered_until = at + _reach(channel)
        elif hour.not_ok:
            covered_until = at
        if at + HOUR > since and (hour.lost or covered_until <= at):
            yield at
        at += HOUR


def _reach(channel: Channel) -> timedelta:
    """How long a good poll covers: a channel's longest interval, in whole hours."""
    longest = max(channel.every_for, channel.at_least_every_for or channel.every_for)
    return -(-(longest + _LATE_FOR) // HOUR) * HOUR


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def gap(
    channel: Channel, state: ChannelState, hours: Iterable[ChannelHour], period: Period
) -> ChannelGap:
    """The hours of the period that a channel did not cover, from when it was first seen."""
    found = fared(channel, state, hours, period.since, period.until)
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


def ever_watched(watchlist: Watchlist, versions: Versions, since: datetime) -> Watchlist:
    """The watchlist with the brands that it has dropped, or renamed, ``since`` then.

    ``versions`` as in ``partly_watched``; those that were out of use by then count for nothing.
    """
    ends = [at for at, _ in versions[1:]] + [datetime.max.replace(tzinfo=UTC)]
    known = {
        brand.name: brand
        for (_, one), end in zip(versions, ends, strict=False)
        if end > since
        for brand in one.brands
    }
    known |= {brand.name: brand for brand in watchlist.brands}
    return replace(watchlist, brands=tuple(known.values()))


def is_watched(brand: str, hour: datetime, versions: Versions) -> bool:
    """Whether a brand was looked for in some of an hour; where nothing on record tells, it was."""
    reach_back = bool(versions) and versions[0][0] <= hour
    return not reach_back or _watched(brand, versions, hour, hour + HOUR) > 0


def partly_watched(
    brands: Iterable[str],
    versions: Versions,
    since: datetime,
    until: datetime,
) -> tuple[PartlyWatched, ...]:
    """Which of the brands were not looked for in the whole of a stretch: their shares are unlike.

    ``versions`` are the watchlists that were in use, each with since when, the oldest first. Every
    brand of a watchlist is looked for on every channel of it, so brands of one watchlist are alike.
    """
    of = (until - since) / HOUR
    reach_back = bool(versions) and versions[0][0] <= since
    found = []
    for brand in brands:
        hours = _watched(brand, versions, since, until) if reach_back else None
        if hours is None or hours < of:
            found.append(PartlyWatched(brand, hours, of))
    return tuple(found)


def _watched(brand: str, versions: Versions, since: datetime, until: datetime) -> float:
    ends = [at for at, _ in versions[1:]] + [until]
    stretches = (
        (max(at, since), min(end, until))
        for (at, watchlist), end in zip(versions, ends, strict=True)
        if watchlist.brand(brand)
    )
    return sum(max(0.0, (end - begin) / HOUR) for begin, end in stretches)
