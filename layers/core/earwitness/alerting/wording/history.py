"""What an author has said about us before, on whichever channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.model import Mention, Sentiment

EXCHANGE_FOR = timedelta(days=7)  # posts within it belong to one conversation
LONG_EXCHANGE = 3  # more than so many are better continued in private


@dataclass(frozen=True, slots=True)
class History:
    """An author's earlier posts about a brand. ``recent`` counts those of the last seven days."""

    posts: int = 0
    negative: int = 0
    recent: int = 0
    since: datetime | None = None
    last: Mention | None = None
    channels: tuple[str, ...] = ()  # names, the latest first

    @property
    def is_long(self) -> bool:
        """Whether the post at hand makes it more than three exchanges within a week."""
        return self.recent + 1 > LONG_EXCHANGE


def recall(mentions: Iterable[Mention], mention: Mention, now: datetime) -> History:
    """An author's history from their mentions, in any order, that of ``mention`` left out."""
    earlier = sorted(
        {
            one.mention_id: (at, one)
            for one in mentions
            if one.brand == mention.brand
            and one.mention_id != mention.mention_id
            and (at := one.post.published_at or one.post.fetched_at)
        }.values(),
        key=lambda held: (held[0], held[1].mention_id),
    )
    if not earlier:
        return History()
    return History(
        posts=len(earlier),
        negative=sum(one.judgement.sentiment is Sentiment.NEGATIVE for _, one in earlier),
        recent=sum(now - at <= EXCHANGE_FOR for at, _ in earlier),
        since=earlier[0][0],
        last=earlier[-1][1],
        channels=tuple(dict.fromkeys(one.post.channel for _, one in reversed(earlier))),
    )
