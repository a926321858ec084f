"""A dry run on one's own history: what a watchlist would have said about posts of the past.

The alerts of a watchlist are worked out anew, for the one in use as for the changed one, each
post as if it came when it was published. So the two differ by the watchlists alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from earwitness import alerting, stories
from earwitness.alerting import Admitted, Quiet
from earwitness.model import Mention, Post, Priority, Watchlist
from earwitness.watch import Watched


class Change(StrEnum):
    """What becomes of an alert under the changed watchlist."""

    ADDED = "added"
    QUIET = "quiet"  # sent under the one in use, and no more
    SENT = "sent"  # under both


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One alert and why: what stands against it now where it is quiet.

    ``mention`` is the first that it is about. ``before`` is its priority under the watchlist in
    use.
    """

    change: Change
    mention: Mention
    priority: Priority
    at: datetime
    reason: str
    before: Priority | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a watchlist says about posts: alerts by dedup key, and why other mentions are quiet.

    An alert is its first mention and its priority; a quiet mention goes by its id.
    """

    alerts: dict[str, tuple[Mention, Priority]]
    quiet: dict[str, str]


def said(posts: Iterable[Post], watchlist: Watchlist, now: datetime) -> Said:
    """What ``watchlist`` says about posts, in the order in which they were published."""
    in_order = sorted(posts, key=lambda post: post.published_at or now)
    alerts: dict[str, tuple[Mention, Priority]] = {}
    quiet: dict[str, str] = {}
    admitted: list[tuple[Mention, Admitted]] = []
    for mention in Watched.of(watchlist).mentions(in_order):
        brand = watchlist.brand(mention.brand)
        policy = brand.alerting if brand else watchlist.alerting
        decision = alerting.admit(mention, mention.post.published_at or now, policy)
        if isinstance(decision, Quiet):
            quiet[mention.mention_id] = decision.reason
        else:
            admitted.append((mention, decision))
    told = stories.story_ids((mention.post for mention, _ in admitted), now)
    for (mention, decision), story_id in zip(admitted, told, strict=True):
        key = alerting.group_id_of(mention, story_id, vip=decision.vip)
        if key in alerts:
            quiet[mention.mention_id] = "told: another post of the same story was"
        else:
            alerts[key] = (mention, decision.priority)
    return Said(alerts, quiet)


def compare(
    posts: Sequence[Post], in_use: Watchlist | None, changed: Watchlist, now: datetime
) -> list[Rehearsed]:
    """Every alert of either watchlist, in order of time. Without one in use all are added."""
    before = said(posts, in_use, now) if in_use else Said({}, {})
    after = said(posts, changed, now)
    found = []
    for key, (mention, priority) in (before.alerts | after.alerts).items():
        was = before.alerts[key][1] if key in before.alerts else None
        change, reason = Change.SENT, "as before" if was is priority else f"was {was}"
        if key not in after.alerts:
            change, reason = Change.QUIET, _why_quiet(mention, after, changed)
        elif was is None:
            why = before.quiet.get(mention.mention_id, "not found by the watchlist in use")
            change, reason = Change.ADDED, f"before: {why}"
        at = mention.post.published_at or now
        found.append(Rehearsed(change, mention, priority, at, reason, was))
    return sorted(found, key=lambda one: (one.at, one.mention.mention_id))


def _why_quiet(mention: Mention, after: Said, changed: Watchlist) -> str:
    if changed.brand(mention.brand) is None:
        return "the brand is no longer watched"
    return after.quiet.get(mention.mention_id, "not found any more")
