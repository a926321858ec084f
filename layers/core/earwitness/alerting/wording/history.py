"""What an author has said about us before, on whichever channels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.model import Mention, Sentiment
from earwitness.text import fold

# We see what an author writes about the brand, and mostly not what is answered, so exchanges are
# counted by the author's turns: what is written within ten minutes is one, a copy of what was said
# before is none, and a conversation goes on as long as turns come within three days of each other.
TURN_FOR = timedelta(minutes=10)
PAUSE_FOR = timedelta(days=3)
MOST_EXCHANGES = 3  # more are better continued in private


@dataclass(frozen=True, slots=True)
class History:
    """An author's earlier posts about a brand.

    ``exchanges`` are the turns in a row that the post at hand is the last of, itself counted.
    """

    posts: int = 0
    negative: int = 0
    exchanges: int = 1
    since: datetime | None = None
    last: Mention | None = None
    channels: tuple[str, ...] = ()  # names, the latest first

    @property
    def is_long(self) -> bool:
        """Whether they have gone on for more than three exchanges."""
        return self.exchanges > MOST_EXCHANGES


def recall(mentions: Iterable[Mention], mention: Mention, now: datetime) -> History:
    """An author's history from their mentions, in any order, that of ``mention`` left out."""
    earlier = sorted(
        {
            one.mention_id: (at, one)
            for one in mentions
            if one.brand == mention.brand
            and one.mention_id != mention.mention_id
            and (at := _written_at(one))
        }.values(),
        key=lambda held: (held[0], held[1].mention_id),
    )
    if not earlier:
        return History()
    return History(
        posts=len(earlier),
        negative=sum(one.judgement.sentiment is Sentiment.NEGATIVE for _, one in earlier),
        exchanges=_exchanges([*earlier, (_written_at(mention) or now, mention)]),
        since=earlier[0][0],
        last=earlier[-1][1],
        channels=tuple(dict.fromkeys(one.post.channel for _, one in reversed(earlier))),
    )


def _exchanges(said: Sequence[tuple[datetime, Mention]]) -> int:
    """The turns of the conversation that the last post is part of."""
    turns, texts = 0, set[str]()
    newer: datetime | None = None
    for at, mention in reversed(said):
        if newer is not None and newer - at > PAUSE_FOR:
            break
        text = fold(mention.post.text)
        if text not in texts:
            turns += newer is None or newer - at > TURN_FOR
            texts.add(text)
            newer = at
    return turns


def _written_at(mention: Mention) -> datetime | None:
    return mention.post.published_at or mention.post.fetched_at
