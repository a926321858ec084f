"""A digest from what was counted and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from earwitness.alerting.wording.phrases import Phrases, phrases
from earwitness.alerting.wording.plain import shorten
from earwitness.alerting.wording.quoting import Name, masked, quote
from earwitness.digests.counting import Count, at_of, heard
from earwitness.digests.telling_apart import MOST_COMPARED
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
    Spelling,
)
from earwitness.near_misses import undecided
from earwitness.periods import Period
from earwitness.top_stories import Story

MOST = 5  # entries of a list: a phone shows no more at once
MOST_REVIEWED = 10
_QUOTE_MAX = 140


@dataclass(frozen=True, slots=True)
class Around:
    """What is not counted from mentions: open groups, answers, channels, what people have said."""

    groups: tuple[Group, ...] = ()
    responses: tuple[Response, ...] = ()
    gaps: tuple[ChannelGap, ...] = ()
    newcomers: tuple[Mention, ...] = ()
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    ruled: tuple[Spelling, ...] = ()
    stories: Callable[[list[Story[Mention]]], list[Story[Mention]]] = (
        list  # joins those that are one
    )


def sum_up(
    every: str, period: Period, own: Count, competitors: Iterable[Count], around: Around
) -> Digest:
    """The digest of a brand."""
    others = tuple(competitors)
    say = phrases(own.brand.language)
    unanswered = [group for group in around.groups if _is_unanswered(group, own.brand.name)]
    unanswered.sort(key=lambda group: group.respond_by_at or period.until)
    doubtful = [one for one in own.doubtful if one.mention_id not in around.corrections]
    until = period.until
    return Digest(
        brand=own.brand.name,
        every=every,
        since=period.since,
        until=until,
        counts=tuple(one.counted() for one in (own, *others)),
        hours=tuple(own.hours),
        stories=tuple(_story(one, period, say) for one in _top(own, around, MOST)),
        rival_stories=tuple(
            _story(one, period, say) for other in others for one in _top(other, around, 1)
        ),
        unanswered=tuple(_waiting(group, period, say) for group in unanswered[:MOST]),
        unanswered_count=len(unanswered),
        overdue=sum(g.respond_by_at is not None and g.respond_by_at < until for g in unanswered),
        new_authors=tuple(
            replace(_entry(one, period, say), number=heard(one)) for one in around.newcomers
        ),
        doubtful=tuple(
            _entry(one, period, say)
            for one in islice(undecided(doubtful, around.ruled), MOST_REVIEWED)
        ),
        gaps=tuple(gap for gap in around.gaps if gap.dark_hours or gap.reason),
        by_priority=response_times(around.responses, lambda one: str(one.priority), until),
        by_channel=response_times(around.responses, lambda one: one.channel, until),
        by_person=response_times(
            around.responses, lambda one: one.acknowledged.by if one.acknowledged else "", until
        ),
        corrected=len(around.corrections),
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


def _top(count: Count, around: Around, most: int) -> list[Story[Mention]]:
    told = around.stories(count.stories.top(MOST_COMPARED))
    return sorted(told, key=lambda one: (-one.audience, -one.posts))[:most]


def _story(story: Story[Mention], period: Period, say: Phrases) -> Entry:
    return replace(_entry(story.first, period, say), number=story.audience)


def _waiting(group: Group, period: Period, say: Phrases) -> Entry:
    """What waits for an answer: a post, or an incident."""
    if group.mention is not None:
        return _entry(group.mention, period, say)
    return Entry(say.named("headline", group.kind), "", "", group.opened_at)


def _entry(mention: Mention, period: Period, say: Phrases) -> Entry:
    post = mention.post
    author = post.author
    hidden: Name = lambda kind: say("personal", kind)  # noqa: E731
    return Entry(
        said=quote(post, mention.matches, _QUOTE_MAX, hidden),
        url=post.url or "",
        channel=post.channel,
        at=at_of(mention, period.until),
        by=shorten(masked(author.name or author.handle or "", hidden), 40),
        mention_id=mention.mention_id,
    )
