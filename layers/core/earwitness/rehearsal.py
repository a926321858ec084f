"""A dry run on one's own history: what a watchlist would have said about posts of the past.

The alerts of a watchlist are worked out anew, for the one in use as for the changed one, each
post as if it came when it was published. So the two differ by the watchlists alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from earwitness import alerting, matching
from earwitness.model import Alert, Mention, Post, Priority, Watchlist
from earwitness.watch import find_and_judge


class Change(StrEnum):
    """What becomes of an alert under the changed watchlist."""

    ADDED = "added"
    QUIET = "quiet"  # sent under the one in use, and no more
    SENT = "sent"  # under both


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One alert and why: what stands against it now where it is quiet.

    ``before`` is its priority under the watchlist in use.
    """

    change: Change
    alert: Alert
    reason: str
    before: Priority | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a watchlist says about posts: alerts by id, and for every mention why it is quiet."""

    alerts: dict[str, Alert]
    quiet: dict[str, str]  # by mention id


def said(posts: Iterable[Post], watchlist: Watchlist, now: datetime) -> Said:
    """What ``watchlist`` says about posts, in the order in which they were published."""
    index = matching.build(watchlist)
    in_order = sorted(posts, key=lambda post: post.published_at or now)
    alerts: dict[str, Alert] = {}
    quiet: dict[str, str] = {}
    for mention in find_and_judge(in_order, watchlist, index):
        decision = alerting.assess(mention, mention.post.published_at or now)
        if not isinstance(decision, Alert):
            quiet[mention.mention_id] = decision.reason
        elif decision.alert_id in alerts:
            quiet[mention.mention_id] = "told: another post of the same story was"
        else:
            alerts[decision.alert_id] = decision
    return Said(alerts, quiet)


def compare(
    posts: Sequence[Post], in_use: Watchlist | None, changed: Watchlist, now: datetime
) -> list[Rehearsed]:
    """Every alert of either watchlist, in order of time. Without one in use all are added."""
    before = said(posts, in_use, now) if in_use else Said({}, {})
    after = said(posts, changed, now)
    found = [
        _under_both(before, alert) if key in before.alerts else _added(before, alert)
        for key, alert in after.alerts.items()
    ]
    gone = (alert for key, alert in before.alerts.items() if key not in after.alerts)
    found += [Rehearsed(Change.QUIET, alert, _why_quiet(alert, after, changed)) for alert in gone]
    return sorted(found, key=lambda one: (one.alert.created_at, one.alert.alert_id))


def _under_both(before: Said, alert: Alert) -> Rehearsed:
    was = before.alerts[alert.alert_id].priority
    same = was is alert.priority
    return Rehearsed(Change.SENT, alert, "as before" if same else f"was {was}", was)


def _added(before: Said, alert: Alert) -> Rehearsed:
    mention = _mention(alert)
    why = before.quiet.get(mention.mention_id, "not found by the watchlist in use")
    return Rehearsed(Change.ADDED, alert, f"before: {why}")


def _why_quiet(alert: Alert, after: Said, changed: Watchlist) -> str:
    if changed.brand(alert.brand) is None:
        return "the brand is no longer watched"
    return after.quiet.get(_mention(alert).mention_id, "not found any more")


def _mention(alert: Alert) -> Mention:
    return alert.mention
