"""Readings: what each post had at fixed ages, and what posts of its author and channel had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from earwitness.model import Post
from earwitness.signals import Reading, Usual
from earwitness.store import keys
from earwitness.store.codec import SCHEMA, pack, stamp, unpack
from earwitness.store.table import Item, Refused, Table, key_of

USUAL_FOR = timedelta(days=30)  # what is usual is learned from so long a time, then forgotten
_MOST_OF_CHANNEL, _MOST_OF_AUTHOR = 200, 50  # the latest readings that a median is taken of


class Readings:
    """The readings of a table."""

    _table: Table
    _author_key: bytes

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
                "g1pk": keys.read_in_channel(channel_id, age_for),
                "g1sk": stamp(now),
                **pack(reading),
            }
            if author := keys.read_of_author(self._author_key, post, age_for):
                item |= {"g2pk": author, "g2sk": stamp(now)}
        try:
            self._table.create(item)
        except Refused:
            return

    def usual(self, post: Post, channel_id: str, age_for: timedelta, now: datetime) -> Usual:
        """Interactions that other posts of 30 days had at that age: the author's, the channel's."""
        since = stamp(now - USUAL_FOR)
        channel = self._table.query(
            "g1", keys.read_in_channel(channel_id, age_for), since=since, backward=True, page=200
        )
        author = keys.read_of_author(self._author_key, post, age_for)
        own = self._table.query("g2", author, since=since, backward=True) if author else iter(())
        own_keys = [key_of(item) for item in islice(own, _MOST_OF_AUTHOR)]
        return Usual(
            author=_interactions(self._table.fetch(own_keys).values(), post),
            channel=_interactions(islice(channel, _MOST_OF_CHANNEL), post),
        )


def _interactions(items: Iterable[Item], besides: Post) -> tuple[int, ...]:
    def readings() -> Iterator[Reading]:
        for item in items:
            if item["PK"] != f"P#{besides.post_id}":
                yield unpack(Reading, item)

    return tuple(reading.interactions for reading in readings())
