"""What assess does each minute, without its Lambda: flagged mentions to groups, groups to alerts.

Wires the store with the decisions, as functions do. The order of writes is what makes a rerun
after any crash harmless: a notification is kept before its group says that it was said, and a
group before the flags of its mentions are cleared.
"""

from __future__ import annotations

import logging
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
FAILED = "failed"  # what could not be seen to: it stays due, and the tick is an error

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tick came to: mentions by what became of them, alerts by event.

    ``fates`` says the same of each mention, by its id: why it stays quiet, or the id of the group
    that it joined, with which the ids of that group's alerts begin. ``waits`` are the moments at
    which groups are due that nobody was told of yet.
    """

    mentions: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    waits: set[datetime] = field(default_factory=set)
    fates: dict[str, str] = field(default_factory=dict)


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
    talk = Talk(store, surroundings, outcome.alerts, outcome.waits)
    intake = Intake(store, surroundings, talk, outcome.mentions, outcome.fates)
    flagged = store.flagged(MOST_AT_ONCE)
    for some in _batches(flagged):
        if not has_time():
            return outcome
        _take_up(intake, some, outcome)
    for signal, example in store.flagged_signals(MOST_AT_ONCE):
        if not has_time():
            return outcome
        try:
            talk.take_up(signal, example)
        except Exception:  # noqa: BLE001 - one of them must not stop the others
            _log.exception("the spike of %s cannot be taken up", signal.subject)
            outcome.alerts[FAILED] += 1
    for group in store.due_groups(now):
        if not has_time():
            return outcome
        try:
            talk.look_after(group)
        except Exception:  # noqa: BLE001 - one of them must not stop the others
            _log.exception("group %s cannot be looked after", group.group_id)
            outcome.alerts[FAILED] += 1
    talk.unfold()
    return outcome


def _take_up(intake: Intake, mentions: list[Mention], outcome: Outcome) -> None:
    """Take mentions up together or, if one of them is trouble, each alone: the others go on."""
    try:
        intake.take_up(mentions)
    except Exception:  # noqa: BLE001 - one of them must not stop the others
        if len(mentions) == 1:
            _log.exception("mention %s cannot be taken up", mentions[0].mention_id)
            outcome.mentions[FAILED] += 1
            outcome.fates[mentions[0].mention_id] = FAILED
            return
        for mention in mentions:
            _take_up(intake, [mention], outcome)


def _batches(mentions: Iterator[Mention]) -> Iterator[list[Mention]]:
    while some := list(islice(mentions, TOGETHER)):
        yield some
