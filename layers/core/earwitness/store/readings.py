"""Readings: what each post had at fixed ages, and what posts of its author and channel had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from earwitness.model import Mention, Post
from earwitness.signals import Reading, Usual
from earwitness.store import index_keys, keys
from earwitness.store.codec import SCHEMA, pack, stamp, unpack, unstamp
from earwitness.store.table import Item, Key, Refused, Table, key_of

USUAL_FOR = timedelta(days=30)  # what is usual is learned from so long a time, then forgotten
_MOST_OF_CHANNEL, _MOST_OF_AUTHOR = 200, 50  # the latest readings that a median is taken of


class Readings:
    """The readings of a table."""

    _table: Table
    _author_key: Callable[[], bytes]

    def readings(
        self, ages_of_posts: Mapping[str, Iterable[timedelta]]
    ) -> dict[str, dict[timedelta, Reading | None]]:
        """What is kept of posts at the ages asked for, by post id; None: nothing to count then."""
        wanted = {
            keys.reading(post_id, age_for): (post_id, age_for)
            for post_id, ages in ages_of_posts.items()
            for age_for in ages
        }
        found: dict[str, dict[timedelta, Reading | None]] = defaultdict(dict)
        for key, item in self._table.fetch(list(wanted)).items():
            post_id, age_for = wanted[key]
            found[post_id][age_for] = unpack(Reading, item) if "d" in item else None
        return found

    def keep_reading(
        self,
        post: Post,
        channel_id: str,
        age_for: timedelta,
        reading: Reading | None,
        now: datetime,
    ) -> None:
        """Keep what a post had at an age of the schedule: once, the first stands.

        ``reading`` is None where the source offers nothing to count; it is not read again then.
        """
        item: dict[str, str | int | bytes] = {
            **keys.reading(post.post_id, age_for)._asdict(),
            "v": SCHEMA,
            "expires_at": int((now + USUAL_FOR).timestamp()),
        }
        if reading is not None:
            item |= {
                "g1pk": index_keys.read_in_channel(channel_id, age_for),
                "g1sk": stamp(now),
                **pack(reading),
            }
            if author := index_keys.read_of_author(self._author_key(), post, age_for):
                item |= {"g2pk": author, "g2sk": stamp(now)}
        try:
            self._table.create(item)
        except Refused:
            return

    def usual(self, post: Post, channel_id: str, age_for: timedelta, now: datetime) -> Usual:
        """Interactions that other posts of 30 days had at that age: the author's, the channel's."""
        since = stamp(now - USUAL_FOR)
        channel = self._table.query(
            "g1",
            index_keys.read_in_channel(channel_id, age_for),
            since=since,
            backward=True,
            page=200,
        )
        author = index_keys.read_of_author(self._author_key(), post, age_for)
        own = self._table.query("g2", author, since=since, backward=True) if author else iter(())
        own_keys = [key_of(item) for item in islice(own, _MOST_OF_AUTHOR)]
        return Usual(
            author=_interactions(self._table.fetch(own_keys).values(), post),
            channel=_interactions(islice(channel, _MOST_OF_CHANNEL), post),
        )

    def refreshed_until(self, channel_ids: Iterable[str]) -> dict[str, datetime]:
        """Before when the posts of these channels may not be read again, where that is known."""
        wanted = {keys.refreshing(channel_id): channel_id for channel_id in channel_ids}
        items = self._table.fetch(list(wanted))
        return {wanted[key]: unstamp(item["next_at"]) for key, item in items.items()}

    def keep_refreshed(self, channel_id: str, next_at: datetime) -> None:
        """Keep from when posts of a channel may be read again."""
        item: Item = {**keys.refreshing(channel_id)._asdict(), "v": SCHEMA}
        self._table.put({**item, "next_at": stamp(next_at)})

    def read_again(
        self, post: Post, channel_id: str, mention_ids: Iterable[str], at: datetime
    ) -> None:
        """Have a post read again ``at`` that time, outside the schedule of its first day."""
        self._table.put(
            {
                **keys.again(post.post_id)._asdict(),
                **index_keys.to_read_again(channel_id, at),
                "v": SCHEMA,
                "mentions": " ".join(mention_ids),
                "expires_at": int((at + USUAL_FOR).timestamp()),
            }
        )

    def to_read_again(self, channel_id: str, now: datetime, limit: int) -> list[list[Mention]]:
        """The mentions in each post of a channel that ``read_again`` asked for by now.

        At most ``limit`` posts, the longest due first. A post whose mentions are all gone is due
        no more.
        """
        partition = index_keys.reads_again(channel_id)
        waiting = islice(self._table.query("g3", partition, until=stamp(now), page=limit), limit)
        due = self._table.fetch([key_of(item) for item in waiting])
        wanted = {
            key: [keys.mention(i) for i in str(d["mentions"]).split()] for key, d in due.items()
        }
        items = self._table.fetch([one for some in wanted.values() for one in some])
        found = []
        for key, some in wanted.items():
            held = [unpack(Mention, items[k]) for k in some if _is_alive(items.get(k), now)]
            if held:
                found.append(held)
            else:
                self._done(key)
        return found

    def read_no_more(self, post: Post) -> None:
        """Say that a post need not be read again. Harmless when repeated."""
        self._done(keys.again(post.post_id))

    def _done(self, key: Key) -> None:
        try:
            self._table.update(key, "REMOVE #g3pk, #g3sk", {}, when="attribute_exists(#PK)")
        except Refused:
            return  # expired meanwhile


def _is_alive(item: Item | None, now: datetime) -> bool:
    """Whether it is a mention that has not expired: deletion may lag by days."""
    return item is not None and "d" in item and int(item["expires_at"]) > now.timestamp()


def _interactions(items: Iterable[Item], besides: Post) -> tuple[int, ...]:
    def readings() -> Iterator[Reading]:
        for item in items:
            if item["PK"] != f"P#{besides.post_id}":
                yield unpack(Reading, item)

    return tuple(reading.interactions for reading in readings())
