"""Mentions that are held, read by id, by brand and by author."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from operator import itemgetter

from earwitness.model import Author, Mention
from earwitness.store import index_keys, keys
from earwitness.store.codec import Unreadable, stamp
from earwitness.store.mention_items import Held, expiry, read
from earwitness.store.table import Item, Table, whole

_log = logging.getLogger(__name__)


class HeldMentions:
    """The mentions that a table holds. One that has expired, or was erased, is none of them."""

    _table: Table
    _author_key: Callable[[], bytes]
    _clock: Callable[[], datetime]

    def mention(self, brand: str, post_id: str) -> Mention | None:
        """The mention of a brand in a post; None when unknown, redacted or expired.

        Raises:
            Unreadable: it is not what this version of the code writes.
        """
        item = self._table.get(keys.mention(Mention.id_of(brand, post_id)))
        return read(item) if item and self._is_alive(item) else None

    def mention_by_id(self, mention_id: str) -> Mention | None:
        """The mention of an id; None when unknown, redacted or expired.

        Raises:
            Unreadable: it is not what this version of the code writes.
        """
        item = self._table.get(keys.mention(mention_id))
        return read(item) if item and self._is_alive(item) else None

    def mentions(self, brand: str, since: datetime, until: datetime) -> Iterator[Mention]:
        """The mentions of a brand written at or after ``since`` and before ``until``, in order.

        Reads as it is iterated; a mention kept a moment ago may not show yet.
        """
        return (held.mention for held in self.held(brand, since, until))

    def held(self, brand: str, since: datetime, until: datetime) -> Iterator[Held]:
        """What ``mentions`` gives, each with when it must be gone."""
        for partitions in index_keys.brand_partitions(brand, since, until):
            shards = [
                self._table.query("g1", one, since=stamp(since), until=stamp(until))
                for one in partitions
            ]
            hour = heapq.merge(*shards, key=itemgetter("g1sk", "PK"))
            yield from self._held(item for item in hour if str(item["g1sk"]) < stamp(until))

    def author_history(
        self, kind: str, author: Author, limit: int, scope: str = ""
    ) -> tuple[Mention, ...]:
        """The latest mentions by an author, the newest first.

        ``kind`` and ``scope`` are those of the author's posts.
        """
        shards = [
            self._table.query("g2", one, backward=True, page=limit)
            for one in index_keys.author_partitions(self._author_key(), kind, scope, author)
        ]
        newest = heapq.merge(*shards, key=itemgetter("g2sk"), reverse=True)
        return tuple(self._readable(whole(self._table, islice(newest, limit))))

    def _readable(self, items: Iterable[Item]) -> Iterator[Mention]:
        return (held.mention for held in self._held(items))

    def _held(self, items: Iterable[Item]) -> Iterator[Held]:
        """Mentions of items that are alive. One that cannot be read must not hide the others."""
        for item in items:
            if not self._is_alive(item):
                continue
            try:
                yield Held(read(item), expiry(item))
            except Unreadable:
                _log.exception("skipped a mention that cannot be read")

    def _is_alive(self, item: Item) -> bool:
        """Whether it is no tombstone and has not expired: deletion may lag by days."""
        expires_at = item.get("expires_at")
        return expires_at is not None and int(expires_at) > self._clock().timestamp()
