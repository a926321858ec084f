"""Volume per brand and hour: counted from the mentions kept, compared, and kept if it fired."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from earwitness import stories
from earwitness.coverage import fared, recorded_from
from earwitness.model import Brand, Channel, Health, Mention, Priority, Signal, Tier, Watchlist
from earwitness.signals import History, hours_compared, interactions, volume
from earwitness.signals.hourly import DAY, DAYS_BACK, HOUR
from earwitness.store import HourVolume, Store

# An hour is counted anew, each time, until so long after its end: sources are polled late.
SETTLED_AFTER_FOR = 2 * HOUR
MOST_COUNTED = 2000  # mentions of a brand in an hour; so many stories are a spike anyway
MOST_MENDED = 6  # hours that a run counts late, after runs that failed
_MOST_URGENT_FIRST = (Priority.CRITICAL, Priority.HIGH, Priority.NORMAL)


class Darkness:
    """Which channels were not watched in which hours, and which are not now; asked for once."""

    def __init__(self, store: Store, channels: Iterable[Channel], now: datetime) -> None:
        self._store = store
        self._channels = tuple(channels)
        self._states = store.states(channel.channel_id for channel in self._channels)
        self._hours: dict[datetime, frozenset[str]] = {}
        self._now = now

    def now(self) -> frozenset[str]:
        """The channels that bring nothing: refused, or without a good poll for two hours."""
        long_ago = self._now - SETTLED_AFTER_FOR

        def is_dark(channel_id: str) -> bool:
            state = self._states[channel_id]
            late = state.last_ok_at is None or state.last_ok_at < long_ago
            return state.health is Health.DEAD or (state.health is Health.TRANSIENT and late)

        return frozenset(c.channel_id for c in self._channels if is_dark(c.channel_id))

    def of(self, hours: Iterable[datetime]) -> dict[datetime, frozenset[str]]:
        """The channels that did not cover each of these hours, though they were known by then."""
        wanted = list(hours)
        unknown = [hour for hour in wanted if hour not in self._hours]
        if unknown:
            since, until = min(unknown), max(unknown) + HOUR
            dark = {c.channel_id: self._gaps(c, since, until) for c in self._channels}
            for hour in unknown:
                self._hours[hour] = frozenset(i for i, held in dark.items() if hour in held)
        return {hour: self._hours[hour] for hour in wanted}

    def _gaps(self, channel: Channel, since: datetime, until: datetime) -> frozenset[datetime]:
        state = self._states[channel.channel_id]
        hours = self._store.hours(channel.channel_id, recorded_from(channel, since), until)
        return fared(channel, state, hours, since, until).dark


def measure(store: Store, watchlist: Watchlist, now: datetime) -> list[Signal]:
    """Measure every brand's running hour; the signals that fired and were not kept before.

    Each is kept, with its flag for assess and the mention that shows best what it is about.
    """
    darkness = Darkness(store, watchlist.channels, now)
    found = (_measure(store, darkness, brand, now) for brand in watchlist.brands)
    return [signal for signal in found if signal]


def _measure(store: Store, darkness: Darkness, brand: Brand, now: datetime) -> Signal | None:
    at = now.replace(minute=0, second=0, microsecond=0)
    mentions = _counted(store.mentions(brand.name, at, at + HOUR))
    history = _history(store, darkness, brand, at, now)
    observed = stories.distinct((mention.post for mention in mentions), now)
    signal = volume(
        brand.name,
        at,
        History({**history.counts, at: observed}, history.not_ok),
        sensitivity=brand.alerting.spikes,
        earlier=store.signals(brand.name, at - DAYS_BACK * DAY),
    )
    if signal.fired and store.keep_signal(signal, now, _example(mentions)):
        return signal
    if signal.reason.name == "settled":
        store.keep_signal(signal, now)
    return None


def _history(
    store: Store, darkness: Darkness, brand: Brand, at: datetime, now: datetime
) -> History:
    """What the hours before ``at`` brought: as kept, or counted now where that is not settled.

    An hour is not to be trusted in which a channel was not watched that is watched now. What is
    dark now as it was then makes no difference between the two.
    """
    since = store.measured_since(brand.name, now)
    last_day = [hour for n in range(24, 0, -1) if (hour := at - n * HOUR) >= since]
    known = store.volumes(brand.name, {*hours_compared(at), *last_day})
    open_hours = {at - n * HOUR for n in range(1, SETTLED_AFTER_FOR // HOUR + 1)}
    # What was not kept within a day is given up: not measured is no zero.
    lacking = [hour for hour in last_day if hour not in known]
    closed = [hour for hour in lacking if hour not in open_hours][:MOST_MENDED]
    wanted = [hour for hour in lacking if hour in open_hours] + closed
    for hour, dark in darkness.of(wanted).items():
        known[hour] = HourVolume(_stories(store, brand, hour, now), dark)
        if hour in closed:
            store.keep_hour(brand.name, hour, known[hour], now)
    dark_now = darkness.now()
    not_ok = frozenset(hour for hour, held in known.items() if held.dark - dark_now)
    return History({hour: held.stories for hour, held in known.items()}, not_ok)


def _stories(store: Store, brand: Brand, hour: datetime, now: datetime) -> int:
    mentions = _counted(store.mentions(brand.name, hour, hour + HOUR))
    return stories.distinct((mention.post for mention in mentions), now)


def _counted(mentions: Iterable[Mention]) -> list[Mention]:
    """Those that are surely or likely about the brand, as far as one counts."""
    sure = (mention for mention in mentions if mention.tier is not Tier.DOUBTFUL)
    return list(islice(sure, MOST_COUNTED))


def _example(mentions: Iterable[Mention]) -> Mention | None:
    """The most urgent one and, of those, the one with most interactions; then the first."""

    def rank(mention: Mention) -> tuple[int, int]:
        urgency = _MOST_URGENT_FIRST.index(mention.judgement.priority)
        return urgency, -(interactions(mention.post.engagement) or 0)

    return min(mentions, key=rank, default=None)
