"""How much is said in a day and at once: the rest folds into one alert. Criticals never do.

What waited for an incident to close folds too: it comes back as one alert, not as a flood.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from earwitness.model import Alert, Event, Folded, Priority, Reason, Role, digest

BURST_SHARE = 5  # a fifth of a day's alerts may come at once ...
REFILL_FOR = timedelta(hours=1)  # ... and as many again in an hour
FOLD_FOR = timedelta(hours=1)  # what folds is said before an answer to it is late
AFTER_INCIDENT_FOR = timedelta(minutes=15)  # all that waited is back by then
MOST_SHOWN = 20
_MOST_REMEMBERED = 200
_FOLDABLE = frozenset({Event.OPENED, Event.GROWN, Event.REPEATED, Event.ESCALATED})


@dataclass(frozen=True, slots=True)
class Budget:
    """What was said on a day (UTC), by brand and in all, and what has folded.

    ``said`` are ids of alerts decided lately: what a crash repeats is counted once.
    """

    day: str = ""
    spent: tuple[tuple[str, int], ...] = ()
    burst: float = 0.0  # of alerts lately, refilled since
    filled_at: datetime | None = None
    said: tuple[str, ...] = ()
    folded: tuple[tuple[str, Folded], ...] = ()  # by alert_id
    folded_count: int = 0
    folded_level: int = 0
    lone: Alert | None = None  # the one that has folded, as long as it is one: said whole
    fold_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Caps:
    """The daily cap of the topic as a whole, and that of the alert's brand."""

    of_topic: int
    of_brand: int


def spend(
    budget: Budget, alert: Alert, caps: Caps, now: datetime, *, waited: bool = False
) -> tuple[Budget, str]:
    """Take an alert into the budget. ``waited``: for an incident to close.

    Outcomes: said; daily_cap, burst, after_incident (these fold it).
    """
    most_at_once = max(1, caps.of_topic // BURST_SHARE)
    budget = _refilled(budget, most_at_once, now)
    if alert.alert_id in budget.said:
        return budget, "said"
    if any(alert.alert_id == folded for folded, _ in budget.folded):
        return budget, "folded_before"
    spent = dict(budget.spent)
    full = sum(spent.values()) >= caps.of_topic or spent.get(alert.brand, 0) >= caps.of_brand
    if _can_fold(alert) and (waited or full or budget.burst > most_at_once - 1):
        outcome = "after_incident" if waited else "daily_cap" if full else "burst"
        within = AFTER_INCIDENT_FOR if waited else FOLD_FOR
        return _folded(budget, alert, now + within), outcome
    spent[alert.brand] = spent.get(alert.brand, 0) + 1
    return (
        replace(
            budget,
            spent=tuple(sorted(spent.items())),
            burst=min(most_at_once, budget.burst + 1),
            said=(*budget.said, alert.alert_id)[-_MOST_REMEMBERED:],
        ),
        "said",
    )


def unfold(budget: Budget, now: datetime) -> tuple[Alert, Budget] | None:
    """The one alert that stands for those folded, once it is due, and the budget without them."""
    if budget.fold_at is None or now < budget.fold_at or not budget.folded_count:
        return None
    empty = replace(budget, folded=(), folded_count=0, folded_level=0, lone=None, fold_at=None)
    if budget.folded_count == 1 and budget.lone is not None:
        return budget.lone, empty
    window = int(budget.fold_at.timestamp())
    group_id = digest("folded")[:16]
    alert = Alert(
        alert_id=f"{group_id}-{window}-1",
        group_id=group_id,
        brand="",
        role=Role.OWN,
        priority=Priority.HIGH,
        kind="folded",
        channel="",
        language="",
        reasons=(Reason("over_the_cap", (f"{budget.folded_count} suppressed",)),),
        created_at=now,
        event=Event.FOLDED,
        level=budget.folded_level,
        folded=tuple(said for _, said in budget.folded[:MOST_SHOWN]),
        folded_count=budget.folded_count,
        folded_groups=tuple(dict.fromkeys(one.partition("-")[0] for one, _ in budget.folded)),
    )
    return alert, empty


def _can_fold(alert: Alert) -> bool:
    return alert.priority is not Priority.CRITICAL and alert.event in _FOLDABLE


def _folded(budget: Budget, alert: Alert, by: datetime) -> Budget:
    url = alert.mention.post.url if alert.mention is not None else None
    said = Folded(alert.brand, alert.kind, alert.channel, url or "")
    return replace(
        budget,
        folded=(*budget.folded, (alert.alert_id, said))[:_MOST_REMEMBERED],
        folded_count=budget.folded_count + 1,
        folded_level=max(budget.folded_level, alert.level),
        lone=alert if budget.folded_count == 0 else None,
        fold_at=by if budget.fold_at is None else min(by, budget.fold_at),
    )


def _refilled(budget: Budget, most_at_once: int, now: datetime) -> Budget:
    today = now.astimezone(UTC).date().isoformat()
    filled_at = budget.filled_at or now
    refilled = most_at_once * (max(timedelta(0), now - filled_at) / REFILL_FOR)
    fresh = replace(budget, burst=max(0.0, budget.burst - refilled), filled_at=max(now, filled_at))
    return fresh if today == budget.day else replace(fresh, day=today, spent=())
