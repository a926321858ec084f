"""What assess does each minute, without its Lambda: flagged mentions to groups, groups to alerts.

Wires the store with the decisions, as functions do. The order of writes is what makes a rerun
after any crash harmless: a notification is kept before its group says that it was said, and a
group before the flags of its mentions are cleared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from earwitness.assessing.intake import Intake
from earwitness.assessing.surroundings import Surroundings
from earwitness.assessing.talk import Talk
from earwitness.model import Mention, Watchlist
from earwitness.store import Store

MOST_AT_ONCE = 2000  # mentions a tick; the rest waits for the next, the urgent ones come first
TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tick came to: mentions by what became of them, alerts by event."""

    mentions: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)


def tick(
    store: Store,
    watchlist: Callable[[], Watchlist | None],
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
) -> Outcome:
    """Take up flagged mentions and volume spikes, then review every group that is due.

    ``watchlist`` is asked for only when there is work. What there is no time for, or what
    another changed meanwhile, stays due for the next tick.
    """
    outcome = Outcome()
    surroundings = Surroundings(store, watchlist, now)
    talk = Talk(store, surroundings, outcome.alerts)
    intake = Intake(store, surroundings, talk, outcome.mentions)
    flagged = store.flagged(MOST_AT_ONCE)
    for some in _batches(flagged):
        if not has_time():
            return outcome
        intake.take_up(some)
    for signal, example in store.flagged_signals(MOST_AT_ONCE):
        if not has_time():
            return outcome
        talk.take_up(signal, example)
    for group in store.due_groups(now):
        if not has_time():
            return outcome
        talk.look_after(group)
    talk.unfold()
    return outcome


def _batches(mentions: Iterator[Mention]) -> Iterator[list[Mention]]:
    while some := list(islice(mentions, TOGETHER)):
        yield some
