"""What keeping a mention comes to: pure decisions, each with a named outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from earwitness.model import RULES, Engagement, Judgement, Mention, Post, Priority
from earwitness.signals import raised
from earwitness.store.codec import clean

_LEAST_FIRST = (Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)


class Outcome(StrEnum):
    """What became of a mention that was offered."""

    NEW = "new"
    UPDATED = "updated"  # its text or its engagement had changed
    KNOWN = "known"
    REDACTED = "redacted"  # refused: it was erased, and stays so
    TOO_OLD = "too_old"  # refused: it would expire, come back as new and alert again
    OUTLIVED = "outlived"  # an undated one that is offered still: known for good, its data gone


@dataclass(frozen=True, slots=True)
class Stored:
    """What stands under a mention's key. ``mention`` is None where it was redacted."""

    mention: Mention | None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """``mention`` is what to write, for new and updated ones; ``flag``: assess owes it a look."""

    outcome: Outcome
    mention: Mention | None = None
    flag: bool = False


def happened_at(post: Post, now: datetime) -> datetime:
    """When a post counts as written: never in the future, and when fetched if it is undated."""
    return min(post.published_at or post.fetched_at or now, now)


def expires_at(
    post: Post, now: datetime, retention_for: timedelta, unread_for: timedelta | None
) -> datetime:
    """When a mention of a post that was read ``now`` must go.

    At the end of its retention, or within ``unread_for`` of being read last, where the terms of
    its source ask for that.
    """
    kept_until = happened_at(post, now) + retention_for
    return kept_until if unread_for is None else min(kept_until, now + unread_for)


def margin(retention_for: timedelta) -> timedelta:
    """How long before its expiry a mention is no longer taken: deletion may lag by days."""
    return min(timedelta(days=7), retention_for / 2)


def decide(
    offered: Mention,
    stored: Stored | None,
    now: datetime,
    retention_for: timedelta,
    *,
    flag_grown: bool,
) -> Decision:
    """Compare what is offered with what stands there.

    ``flag_grown`` asks for another look at a mention whose engagement grew. Without it only a
    higher priority or a velocity signal that fired asks for one: an edit alone is no news.
    """
    latest = retention_for - margin(retention_for)
    if stored is not None and stored.mention is None:
        return Decision(Outcome.REDACTED)
    if now - happened_at(offered.post, now) > latest:
        return Decision(Outcome.TOO_OLD)
    if stored is None or stored.mention is None:
        return Decision(Outcome.NEW, replace(offered, version=1), flag=True)
    if _is_undated(offered.post) and _ends_soon(stored, now, retention_for):
        return Decision(Outcome.OUTLIVED)
    return _compare(offered, stored.mention, flag_grown=flag_grown)


def _is_undated(post: Post) -> bool:
    return post.published_at is None or post.dated_by_us


def _ends_soon(stored: Stored, now: datetime, retention_for: timedelta) -> bool:
    return stored.expires_at is not None and stored.expires_at - now < margin(retention_for)


def reads_alike(offered: Mention, held: Mention) -> bool:
    """Whether a mention that is kept has the same title and text as the one offered."""
    reads = (_cleaned(offered.post.title), clean(offered.post.text))
    return reads == (held.post.title, held.post.text)


def _compare(offered: Mention, held: Mention, *, flag_grown: bool) -> Decision:
    engagement = _latest(offered.post.engagement, held.post.engagement)
    # A poll that knows nothing of the post's spread must not lower what was raised for it.
    velocity = offered.velocity or held.velocity
    fired = velocity != held.velocity
    if reads_alike(offered, held) and engagement == held.post.engagement and not fired:
        return Decision(Outcome.KNOWN)
    judgement = _standing(offered, held)
    changed = replace(
        offered,
        version=held.version + 1,
        velocity=velocity,
        judgement=raised(judgement, velocity) if velocity else judgement,
        post=replace(
            offered.post,
            # Identity and place in time are those of the first sight.
            channel=held.post.channel,
            asked_by=held.post.asked_by,
            published_at=held.post.published_at,
            dated_by_us=held.post.dated_by_us,
            fetched_at=held.post.fetched_at,
            engagement=engagement,
        ),
    )
    rose = _rank(changed) > _rank(held)
    grew = flag_grown and _grew(engagement, held.post.engagement)
    return Decision(Outcome.UPDATED, changed, flag=rose or grew or fired)


def _standing(offered: Mention, held: Mention) -> Judgement:
    """What a managed reader said of the same text stands, unless the rules find it critical now."""
    is_read = held.judgement.reader != RULES and offered.judgement.reader == RULES
    is_critical = offered.judgement.priority is Priority.CRITICAL
    if is_read and reads_alike(offered, held) and not is_critical:
        return held.judgement
    return offered.judgement


def _cleaned(title: str | None) -> str | None:
    return None if title is None else clean(title)


def _rank(mention: Mention) -> int:
    return _LEAST_FIRST.index(mention.judgement.priority)


def _counts(engagement: Engagement) -> tuple[int | None, ...]:
    return (engagement.likes, engagement.reposts, engagement.replies, engagement.views)


def _latest(offered: Engagement, held: Engagement) -> Engagement:
    """The counts offered; where a channel offers none, those it had offered before."""
    pairs: Iterable[tuple[int | None, int | None]] = zip(
        _counts(offered), _counts(held), strict=True
    )
    return Engagement(*(old if new is None else new for new, old in pairs))


def _grew(latest: Engagement, held: Engagement) -> bool:
    pairs = zip(_counts(latest), _counts(held), strict=True)
    return any((new or 0) > (old or 0) for new, old in pairs)
