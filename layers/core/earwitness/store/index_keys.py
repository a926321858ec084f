"""Where indexes list each item: partitions, shards and order, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from earwitness.model import Author, Mention, Post, Priority
from earwitness.store.codec import stamp
from earwitness.store.keys import hidden, minutes

# How many partitions a brand's hour is spread over, each count from the hour it came into force:
# a reader asks for as many as the writers of that hour used. Append; never change a line.
# 1,000 mentions a second over 8 shards are 125 writes a second of the 1,000 a partition takes.
_BRAND_SHARDS = (("0000-00-00T00", 8),)
# A spammer's own partition must not slow the table down.
_AUTHOR_SHARDS = 4
# A second of 1,000 new mentions writes and clears 500 times in each.
_WORK_SHARDS = 4

NOTIFY = "NOTIFY"
SIGNALS = "SIGNALS"
REVIEW = "REVIEW"
SILENCE = "SILENCE"
ASSESS = "ASSESS#"
_LATE_AFTER_FOR = timedelta(hours=1)  # longer than any source's usual delay
_RANK = {Priority.CRITICAL: "0", Priority.HIGH: "1", Priority.NORMAL: "2"}


def by_opening(brand: str, opened_at: datetime) -> dict[str, str]:
    """The g1 keys of an incident that is over: by brand, in the order of time."""
    return {"g1pk": incidents_of(brand), "g1sk": stamp(opened_at)}


def incidents_of(brand: str) -> str:
    """The g1 partition of a brand's incidents that are over."""
    return f"I#{brand}"


def by_ruling(brand: str, at: datetime) -> dict[str, str]:
    """The g1 keys of what people say of a brand's spellings, in the order of time."""
    return {"g1pk": spellings_of(brand), "g1sk": stamp(at)}


def spellings_of(brand: str) -> str:
    """The g1 partition of what people say of a brand's spellings."""
    return f"V#{brand}"


def reads_again(channel_id: str) -> str:
    """The g3 partition of the posts of a channel that must be read again."""
    return f"AGAIN#{channel_id}"


def to_read_again(channel_id: str, at: datetime) -> dict[str, str]:
    """The g3 keys of a duty: by channel, in the order in which they are due."""
    return {"g3pk": reads_again(channel_id), "g3sk": stamp(at)}


def read_in_channel(channel_id: str, age_for: timedelta) -> str:
    """The g1 partition of a channel's readings at that age."""
    return f"C#{channel_id}#{minutes(age_for)}"


def read_of_author(secret: bytes, post: Post, age_for: timedelta) -> str | None:
    """The g2 partition of an author's readings at that age; None: nobody knows who wrote it."""
    name = _author(secret, post.kind, post.scope, post.author)
    return name and f"{name}#{minutes(age_for)}m"


def by_month(at: datetime) -> dict[str, str]:
    """The g1 keys of a correction: by month, in the order of time."""
    return {"g1pk": f"VM#{stamp(at)[:7]}", "g1sk": stamp(at)}


def correction_partitions(since: datetime, until: datetime) -> Iterator[str]:
    """The g1 partitions of corrections of each month from ``since`` up to ``until``."""
    at = since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at < until:
        yield f"VM#{stamp(at)[:7]}"
        at = (at + timedelta(days=32)).replace(day=1)


def flagged_signal(at: datetime) -> dict[str, str]:
    """The g3 keys of a signal that nobody has looked at."""
    return {"g3pk": SIGNALS, "g3sk": stamp(at)}


def by_brand(held: Mention, at: datetime) -> dict[str, str]:
    """The g1 keys of a mention: by brand and the hour of ``at``, in the order of time."""
    shard = _shard(held.mention_id, _brand_shards(stamp(at)[:13]))
    return {"g1pk": _brand_hour(held.brand, stamp(at)[:13], shard), "g1sk": stamp(at)}


def brand_partitions(brand: str, since: datetime, until: datetime) -> Iterator[list[str]]:
    """The g1 partitions of each hour from ``since`` up to ``until``, hour by hour."""
    at = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at < until and since < until:
        hour = stamp(at)[:13]
        yield [_brand_hour(brand, hour, shard) for shard in range(_brand_shards(hour))]
        at += timedelta(hours=1)


def by_author(held: Mention, secret: bytes, at: datetime) -> dict[str, str]:
    """The g2 keys of a mention: by author. Empty when the channel does not say who wrote it."""
    post = held.post
    name = _author(secret, post.kind, post.scope, post.author)
    if name is None:
        return {}
    return {"g2pk": f"{name}#{_shard(held.mention_id, _AUTHOR_SHARDS)}", "g2sk": stamp(at)}


def author_partitions(secret: bytes, kind: str, scope: str, author: Author) -> list[str]:
    """The g2 partitions of an author."""
    name = _author(secret, kind, scope, author)
    return [] if name is None else [f"{name}#{shard}" for shard in range(_AUTHOR_SHARDS)]


def to_assess(held: Mention, at: datetime, now: datetime) -> dict[str, str]:
    """The g3 keys of a mention flagged ``now``: the most urgent first, then the oldest.

    What comes late waits, within its priority, behind what comes in time: a backlog must not
    keep people from what goes on now.
    """
    shard = _shard(held.mention_id, _WORK_SHARDS)
    rank = _RANK[held.judgement.priority] + ("~" if now - at > _LATE_AFTER_FOR else "")
    return {"g3pk": f"{ASSESS}{shard}", "g3sk": f"{rank}#{stamp(at)}"}


def assess_partitions() -> list[str]:
    """The g3 partitions of flagged mentions."""
    return [f"{ASSESS}{shard}" for shard in range(_WORK_SHARDS)]


def inbox(held: Mention) -> str:
    """The g3 partition of a mention that was assessed and that nobody has dealt with."""
    shard = _shard(held.mention_id, _WORK_SHARDS)
    return f"INBOX#{held.brand}#{shard}#{held.judgement.priority}"


def due(at: datetime) -> dict[str, str]:
    """The g3 keys of a notification to be seen to from ``at``: when due, or its claim ended."""
    return {"g3pk": NOTIFY, "g3sk": stamp(at)}


def to_review(at: datetime) -> dict[str, str]:
    """The g3 keys of a group to be reviewed from ``at``."""
    return {"g3pk": REVIEW, "g3sk": stamp(at)}


def by_expiry(at: datetime) -> dict[str, str]:
    """The g3 keys of a silence that expires ``at``."""
    return {"g3pk": SILENCE, "g3sk": stamp(at)}


def by_answer(brand: str, at: datetime) -> dict[str, str]:
    """The g1 keys of a response: by brand and the day of ``at``, in the order of time."""
    return {"g1pk": _brand_answers(brand, stamp(at)[:10]), "g1sk": stamp(at)}


def answer_partitions(brand: str, since: datetime, until: datetime) -> Iterator[str]:
    """The g1 partitions of responses of each day from ``since`` up to ``until``."""
    at = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while at < until:
        yield _brand_answers(brand, stamp(at)[:10])
        at += timedelta(days=1)


def _brand_answers(brand: str, day: str) -> str:
    return f"R#{brand}#{day}"


def _brand_hour(brand: str, hour: str, shard: int) -> str:
    return f"B#{brand}#{hour}#{shard}"


def _brand_shards(hour: str) -> int:
    return next(count for since, count in reversed(_BRAND_SHARDS) if since <= hour)


def _shard(mention_id: str, count: int) -> int:
    return int(mention_id[:8], 16) % count


def _author(secret: bytes, kind: str, scope: str, author: Author) -> str | None:
    name = author.handle or author.url or author.name
    return f"A#{kind}#{hidden(secret, scope, name)}" if name else None
