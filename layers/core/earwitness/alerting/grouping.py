"""What is said together: the posts of one story of a brand, or of one class."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from earwitness.alerting.admission import Admitted
from earwitness.model import Group, Intent, Mention, Priority, digest

# Part of every dedup key: raise it when a change of the rules should let a story speak again.
RULE_VERSION = "2"

# Reports of an outage are one matter in as many words as there are customers.
BY_CLASS = frozenset({Intent.OUTAGE})

# The same as a story is remembered: a later copy is a matter of its own. A class is over sooner:
# the outage of next week is another outage.
STORY_OVER_FOR = timedelta(days=14)
CLASS_OVER_FOR = timedelta(hours=24)


def group_id_of(mention: Mention, story_id: str, *, vip: bool = False) -> str:
    """The dedup key of a mention: brand, class, story where the class has them, rule version.

    A VIP's post is a matter of its own, that no other post's silence or answer hides.
    """
    intent = mention.judgement.intent
    story = "" if intent in BY_CLASS and not vip else story_id
    return digest("group", mention.brand, intent, story, "vip" if vip else "", RULE_VERSION)[:16]


def is_by_class(mention: Mention, *, vip: bool) -> bool:
    """Whether a mention's group needs no story."""
    return mention.judgement.intent in BY_CLASS and not vip


def join(  # noqa: PLR0913 - each is one fact about the mention
    held: Group | None,
    mention: Mention,
    admitted: Admitted,
    *,
    story_id: str,
    place: str,
    now: datetime,
) -> Group:
    """The group with a mention in it, once however often it joins.

    ``held`` is the group of this ``group_id`` as it was kept; None, or over, opens a window.
    ``place`` is who or what site said it: growth counts places, so that one voice that repeats
    itself does not grow.
    """
    if held is None or is_over(held, now):
        held = _opened(held, mention, admitted, story_id, now)
    rose = _rank(admitted.priority) > _rank(held.priority)
    same = held.mention is not None and held.mention.mention_id == mention.mention_id
    spread_at, known_at = velocity_at(mention), velocity_at(held.mention)
    spreads = spread_at is not None and (known_at is None or spread_at > known_at)
    return replace(
        held,
        mention=mention if rose or same or spreads else held.mention,
        priority=admitted.priority if rose else held.priority,
        urgent_since=_kept_at(mention, now) if rose else held.urgent_since,
        posts=held.posts.counted(mention.mention_id),
        authors=held.authors.counted(place),
        last_post_at=now,
    )


def velocity_at(mention: Mention | None) -> datetime | None:
    """When the spread of a post was measured last; None: it does not spread."""
    velocity = mention.velocity if mention is not None else None
    return velocity.at if velocity is not None else None


def is_over(group: Group, now: datetime) -> bool:
    """Whether what comes now is a matter of its own: never before the group was said.

    It may wait for longer than it lasts: for business hours, or for an incident to close.
    """
    if group.ended_at is not None:
        return True
    return group.mention is not None and group.said_at is not None and now >= over_at(group)


def over_at(group: Group) -> datetime:
    """When a group of mentions is over, unless more comes."""
    by_class = group.volume is not None or (
        group.mention is not None and is_by_class(group.mention, vip=group.vip)
    )
    last = group.last_post_at or group.opened_at
    return last + (CLASS_OVER_FOR if by_class else STORY_OVER_FOR)


def _opened(
    before: Group | None, mention: Mention, admitted: Admitted, story_id: str, now: datetime
) -> Group:
    """A new window. Windows are told apart by the second: a second one cannot begin sooner."""
    opened_at = now if before is None else max(now, before.opened_at + timedelta(seconds=1))
    return Group(
        group_id=group_id_of(mention, story_id, vip=admitted.vip),
        brand=mention.brand,
        role=mention.role,
        kind=mention.judgement.intent,
        priority=admitted.priority,
        opened_at=opened_at,
        due_at=now,
        mention=mention,
        story_id=story_id,
        vip=admitted.vip,
        last_post_at=now,
        urgent_since=_kept_at(mention, now),
        version=0 if before is None else before.version,
    )


def _kept_at(mention: Mention, now: datetime) -> datetime:
    """From when a mention waits for others: its time in our queues counts."""
    return min(mention.post.fetched_at or now, now)


def _rank(priority: Priority) -> int:
    return (Priority.NORMAL, Priority.HIGH, Priority.CRITICAL).index(priority)
