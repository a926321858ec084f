"""A digest from what was counted and what stands around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from earwitness.alerting.wording.plain import shorten
from earwitness.alerting.wording.quoting import masked, quote
from earwitness.digests.counting import Count, at_of
from earwitness.figures import response_times
from earwitness.model import (
    ChannelGap,
    Correction,
    Digest,
    Entry,
    Group,
    Mention,
    Response,
    Role,
)
from earwitness.periods import Period
from earwitness.top_stories import Story

MOST = 5  # entries of a list: a phone shows no more at once
_QUOTE_MAX = 140


@dataclass(frozen=True, slots=True)
class Around:
    """What is not counted from mentions: open groups, answers, channels, corrections."""

    groups: tuple[Group, ...] = ()
    responses: tuple[Response, ...] = ()
    gaps: tuple[ChannelGap, ...] = ()
    newcomers: tuple[Mention, ...] = ()
    corrections: dict[str, Correction] | None = None


def sum_up(
    every: str, period: Period, own: Count, competitors: Iterable[Count], around: Around
) -> Digest:
    """The digest of a brand."""
    others = tuple(competitors)
    corrections = around.corrections or {}
    unanswered = [group for group in around.groups if _is_unanswered(group, own.brand.name)]
    until = period.until
    return Digest(
        brand=own.brand.name,
        every=every,
        since=period.since,
        until=until,
        counts=tuple(one.counted() for one in (own, *others)),
        hours=tuple(own.hours),
        stories=tuple(_story(one, until=period) for one in own.stories.top(MOST)),
        unanswered=tuple(
            _entry(group.mention, period) for group in unanswered[:MOST] if group.mention
        ),
        overdue=sum(g.respond_by_at is not None and g.respond_by_at < until for g in unanswered),
        new_authors=tuple(_entry(one, period, by_followers=True) for one in around.newcomers),
        doubtful=tuple(
            _entry(one, period) for one in own.doubtful if one.mention_id not in corrections
        ),
        gaps=tuple(gap for gap in around.gaps if gap.dark_hours or gap.reason),
        by_priority=response_times(around.responses, lambda one: str(one.priority), until),
        by_channel=response_times(around.responses, lambda one: one.channel, until),
        by_person=response_times(
            around.responses, lambda one: one.acknowledged.by if one.acknowledged else "", until
        ),
        corrected=len(corrections),
        complete=own.complete and all(one.complete for one in others),
    )


def _is_unanswered(group: Group, brand: str) -> bool:
    return (
        group.brand == brand
        and group.role is Role.OWN
        and group.said_at is not None
        and group.acknowledged is None
        and group.respond_by_at is not None
    )


def _story(story: Story[Mention], until: Period) -> Entry:
    entry = _entry(story.first, until)
    return Entry(
        entry.said, entry.url, entry.channel, entry.at, entry.by, story.audience, entry.mention_id
    )


def _entry(mention: Mention, period: Period, *, by_followers: bool = False) -> Entry:
    post = mention.post
    author = post.author
    return Entry(
        said=quote(post, mention.matches, _QUOTE_MAX),
        url=post.url or "",
        channel=post.channel,
        at=at_of(mention, period.until),
        by=shorten(masked(author.name or author.handle or ""), 40),
        number=(author.followers or 0) if by_followers else 0,
        mention_id=mention.mention_id,
    )
