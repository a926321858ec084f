"""Counting mentions for a digest: one pass over them, whatever their number, in flat memory."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from earwitness.alerting.muting import mutes
from earwitness.figures import audience
from earwitness.model import Author, Brand, BrandCount, Mention, Post, Sentiment, Tier, digest
from earwitness.periods import Period
from earwitness.text import fold
from earwitness.top_stories import Stories

MOST_DOUBTFUL = 1_000  # remembered; most are spellings that people have ruled on


@dataclass(slots=True)
class Count:
    """What the mentions of a brand come to. Doubtful ones are for review and do not count."""

    brand: Brand
    period: Period
    total: int = 0
    before: int = 0
    negative_before: int = 0
    sentiment: Counter[Sentiment] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    stories: Stories[Mention] = field(default_factory=Stories)
    authors: dict[tuple[str, str], Mention] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    doubtful: list[Mention] = field(default_factory=list)
    complete: bool = True

    def add(self, mention: Mention) -> None:
        """Count one mention, at most once each. What is muted is not counted."""
        post = mention.post
        at = post.published_at or post.fetched_at
        if at is None or mutes(self.brand.alerting.mute, post):
            return
        name = name_of(post)
        if at < self.period.since:
            if mention.tier is not Tier.DOUBTFUL:
                self.before += 1
                self.negative_before += mention.judgement.sentiment is Sentiment.NEGATIVE
                self.known.update([name] if name else [])
            return
        if mention.tier is Tier.DOUBTFUL:
            if len(self.doubtful) < MOST_DOUBTFUL:
                self.doubtful.append(mention)
            return
        self.total += 1
        self.sentiment[mention.judgement.sentiment] += 1
        self.hours[at.astimezone(ZoneInfo(self.brand.time_zone)).hour] += 1
        self._add_story(mention)
        if name:
            self.authors.setdefault(name, mention)

    def _add_story(self, mention: Mention) -> None:
        said = f"{mention.post.title or ''} {mention.post.text}"
        key = digest(" ".join(fold(said).split()))[:16]
        day = (mention.post.published_at or self.period.until).date()
        where = (name_of(mention.post) or mention.post.channel, day)
        self.stories.add(key, mention, audience(mention.post), where)

    def counted(self) -> BrandCount:
        """The figures of the brand."""
        return BrandCount(
            brand=self.brand.name,
            role=self.brand.role,
            mentions=self.total,
            before=self.before,
            negative=self.sentiment[Sentiment.NEGATIVE],
            neutral=self.sentiment[Sentiment.NEUTRAL],
            positive=self.sentiment[Sentiment.POSITIVE],
            negative_before=self.negative_before,
        )

    def newcomers(self, most: int) -> list[Mention]:
        """First posts of those not heard in the period before, who reach most people first.

        Where the channel does not tell of followers, by how many the post has reached.
        """
        new = (one for name, one in self.authors.items() if name not in self.known)
        return heapq.nlargest(most, (one for one in new if heard(one)), key=heard)


def tally(brand: Brand, period: Period, mentions: Iterable[Mention], most: int) -> Count:
    """Count the mentions of a brand since the period before; at most so many are read."""
    count = Count(brand, period)
    for number, mention in enumerate(mentions):
        if number >= most:
            count.complete = False
            break
        count.add(mention)
    return count


def heard(mention: Mention) -> int:
    """How many an author reaches: followers, else those whom the post has reached."""
    return mention.post.author.followers or audience(mention.post)


def name_of(post: Post) -> tuple[str, str] | None:
    """What tells one author of a kind of channel from another."""
    author: Author = post.author
    name = author.handle or author.url or author.name
    return (post.kind, name.casefold()) if name else None


def at_of(mention: Mention, otherwise: datetime) -> datetime:
    """When a mention's post was written."""
    return mention.post.published_at or mention.post.fetched_at or otherwise
