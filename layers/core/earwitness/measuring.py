"""Volume per brand and hour: counted from the mentions kept, compared, and kept if it fired."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from earwitness import stories
from earwitness.model import Brand, Mention, Priority, Signal, Tier, Watchlist
from earwitness.signals import History, hours_compared, interactions, volume
from earwitness.signals.hourly import DAY, DAYS_BACK, HOUR
from earwitness.store import Store

# An hour is counted anew, each time, until so long after its end: sources are polled late.
SETTLED_AFTER_FOR = 2 * HOUR
MOST_COUNTED = 2000  # mentions of a brand in an hour; so many stories are a spike anyway
MOST_MENDED = 6  # hours that a run counts late, after runs that failed
_MOST_URGENT_FIRST = (Priority.CRITICAL, Priority.HIGH, Priority.NORMAL)


def measure(store: Store, watchlist: Watchlist, now: datetime) -> list[Signal]:
    """Measure every brand's running hour; the signals that fired and were not kept before.

    Each is kept, with its flag for assess and the mention that shows best what it is about.
    """
    return [
        signal for brand in watchlist.brands if (signal := _measure(store, watchlist, brand, now))
    ]


def _measure(store: Store, watchlist: Watchlist, brand: Brand, now: datetime) -> Signal | None:
    at = now.replace(minute=0, second=0, microsecond=0)
    mentions = _counted(store.mentions(brand.name, at, at + HOUR))
    history = _history(store, watchlist, brand, at, now)
    observed = stories.distinct((mention.post for mention in mentions), now)
    signal = volume(
        brand.name,
        at,
        History({**history.counts, at: observed}, history.not_ok),
        earlier=store.signals(brand.name, at - DAYS_BACK * DAY),
    )
    if signal.fired and store.keep_signal(signal, now, _example(mentions)):
        return signal
    if signal.reason.name == "settled":
        store.keep_signal(signal, now)
    return None


def _history(
    store: Store, watchlist: Watchlist, brand: Brand, at: datetime, now: datetime
) -> History:
    """What the hours before ``at`` brought: as kept, or counted now where that is not settled."""
    since = store.measured_since(brand.name, now)
    last_day = [hour for n in range(24, 0, -1) if (hour := at - n * HOUR) >= since]
    kept = store.history(brand.name, {*hours_compared(at), *last_day})
    open_hours = {at - n * HOUR for n in range(1, SETTLED_AFTER_FOR // HOUR + 1)}
    # What was not kept within a day is given up: not measured is no zero.
    lacking = [hour for hour in last_day if hour not in kept.counts]
    closed = [hour for hour in lacking if hour not in open_hours][:MOST_MENDED]
    wanted = [hour for hour in lacking if hour in open_hours] + closed
    dark = store.dark_hours(watchlist.channels, wanted, now) if wanted else frozenset()
    counts = {hour: _stories(store, brand, hour, now) for hour in wanted}
    for hour in closed:
        store.keep_hour(brand.name, hour, counts[hour], now, dark=hour in dark)
    return History({**kept.counts, **counts}, kept.not_ok | dark)


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
