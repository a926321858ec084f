"""Who and what was erased for good: a log without a name, which nothing is kept against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from earwitness.model import Author, Mention, Post
from earwitness.store import keys
from earwitness.store.codec import SCHEMA, stamp
from earwitness.store.table import Item, Key, Table


class Erasures:
    """The log of erasures of a table. Its entries never expire."""

    _table: Table
    _author_key: Callable[[], bytes]

    def log_erasure(self, erased: Iterable[Key], by: str, now: datetime) -> None:
        """Say what is erased, before it is: from now on none of it is kept again."""
        for key in erased:
            item: Item = {**key._asdict(), "v": SCHEMA, "erased_at": stamp(now), "by": by}
            self._table.put(item)

    def author_erasure(self, kind: str, scope: str, name: str) -> Key:
        """Where the erasure of an author is logged. Scope "": of every scope of that kind."""
        return keys.erased_author(self._author_key(), kind, scope, name)

    def erased(self, mentions: Iterable[Mention]) -> set[str]:
        """The ids of those mentions whose author or post was erased."""
        asked = {mention.mention_id: list(self._erasures(mention.post)) for mention in mentions}
        found = self._table.fetch([key for some in asked.values() for key in some])
        return {one for one, some in asked.items() if any(key in found for key in some)}

    def _erasures(self, post: Post) -> Iterator[Key]:
        """Where it would be logged that a post or its author was erased."""
        yield keys.erased_post(post.post_id)
        for name in names(post.author):
            for scope in {"", post.scope}:
                yield self.author_erasure(post.kind, scope, name)


def names(author: Author) -> set[str]:
    """By what an author may be called: handle, name, address; case and a first @ do not count."""
    told = (author.handle, author.name, author.url)
    return {one.removeprefix("@").casefold() for one in told if one}
