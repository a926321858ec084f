"""Forgetting a person or a post: found wherever the table holds them, and taken out.

This alone scans and deletes: it is rare, run by hand, and must find what no index leads to.
Counts of what was said stay: they name nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from earwitness.alerting.caps import Budget
from earwitness.model import Alert, Author, Entry, Folded, Group, Mention, Post, Silence
from earwitness.store import keys
from earwitness.store.codec import Unreadable, pack, unpack, unstamp
from earwitness.store.erasures import names
from earwitness.store.exported import ExportedDays
from earwitness.store.mention_items import read, tombstone
from earwitness.store.table import Item, Refused, Table, key_of


@dataclass(frozen=True, slots=True)
class Theirs:
    """Whose it is: posts by an author, or one post. ``channel`` is a kind of channel or a name.

    ``urls`` are the addresses of that post: by them it is known where its id is not told.
    """

    channel: str = ""
    author: str = ""  # a handle, a name or an address
    post_id: str = ""
    urls: frozenset[str] = frozenset()

    def wrote(self, post: Post) -> bool:
        """Whether a post is theirs."""
        if self.post_id:
            return post.post_id == self.post_id
        return self.channel in (post.kind, post.channel) and self.is_called(post.author)

    def is_called(self, author: Author) -> bool:
        """Whether an author goes by that name."""
        return self.author.removeprefix("@").casefold() in names(author)

    def is_named_in(self, text: str) -> bool:
        """Whether a text names the author."""
        name = self.author.removeprefix("@").casefold()
        return bool(name) and name in text.casefold()


_GONE = object()


class Forgetting(ExportedDays):
    """What a table forgets."""

    _table: Table

    def forget(self, theirs: Theirs, now: datetime) -> Counter[str]:
        """Go through the whole table once; what was found and taken out, by what it was.

        Nothing found is the proof. Posts kept meanwhile are found by the next time through.
        """
        found: Counter[str] = Counter()
        for item in self._table.scan():
            sweep = _SWEEPS.get((str(item["PK"])[:2], str(item["SK"])))
            if sweep is not None:
                try:
                    found.update([sweep[0]] if sweep[1](self, item, theirs, now) else [])
                except Unreadable:
                    found["unreadable"] += 1
        return found

    def _mention(self, item: Item, theirs: Theirs, now: datetime) -> bool:
        if "tombstone_at" in item or not theirs.wrote(read(item).post):
            return False
        self.note_change(unstamp(item["g1sk"]), now)
        self._table.put(tombstone(key_of(item), now))
        return True

    def _said(self, item: Item, theirs: Theirs, now: datetime) -> bool:  # noqa: ARG002
        return self._scrubbed(item, unpack(Alert, item), theirs)

    def _group(self, item: Item, theirs: Theirs, now: datetime) -> bool:  # noqa: ARG002
        return self._scrubbed(item, unpack(Group, item), theirs)

    def _budget(self, item: Item, theirs: Theirs, now: datetime) -> bool:  # noqa: ARG002
        return self._scrubbed(item, unpack(Budget, item), theirs)

    def _story(self, item: Item, theirs: Theirs, now: datetime) -> bool:  # noqa: ARG002
        # Comparing stories loads rapidfuzz: only who forgets pays for that.
        from earwitness.stories import KnownStory, story_id_of_post  # noqa: PLC0415

        story = unpack(KnownStory, item)
        name = theirs.author.removeprefix("@").casefold()
        said_by = (story.signature.source or "").partition(":")
        is_theirs = bool(name) and said_by[0] == theirs.channel and said_by[2] == name
        if theirs.post_id:
            is_theirs = story.story_id == story_id_of_post(theirs.post_id)
        if is_theirs:
            self._table.delete(key_of(item))
        return is_theirs

    def _silence(self, item: Item, theirs: Theirs, now: datetime) -> bool:  # noqa: ARG002
        author = unpack(Silence, item).author
        if not author or not theirs.author or not theirs.is_called(Author(handle=author)):
            return False
        self._table.delete(key_of(item))
        return True

    def _scrubbed(self, item: Item, held: Any, theirs: Theirs) -> bool:
        """Write an item back without them. What changed since it was read, the next time finds."""
        clean = _without(held, theirs)
        if clean == held:
            return False
        given: dict[str, Any] = {**pack(clean)}
        change, when = "SET #d = :d, #v = :v", "attribute_exists(#PK)"
        if "version" in item:
            seen = int(item["version"])
            given |= {"seen": seen, "next": seen + 1}
            change, when = f"{change}, #version = :next", "#version = :seen"
        with suppress(Refused):
            self._table.update(key_of(item), change, given, when=when)
        return True


_Sweep = Callable[[Forgetting, Item, Theirs, datetime], bool]
_SWEEPS: Mapping[tuple[str, str], tuple[str, _Sweep]] = {
    ("M#", "M"): ("mentions", Forgetting._mention),  # noqa: SLF001
    ("N#", "N"): ("alerts", Forgetting._said),  # noqa: SLF001
    ("N#", "G"): ("groups", Forgetting._group),  # noqa: SLF001
    ("Q#", keys.budget().SK): ("folded alerts", Forgetting._budget),  # noqa: SLF001
    ("K#", "K"): ("stories", Forgetting._story),  # noqa: SLF001
    ("S#", "S"): ("silences", Forgetting._silence),  # noqa: SLF001
}


def _without(value: Any, theirs: Theirs) -> Any:
    """The value with their mentions emptied and their entries gone; counts stay."""
    if isinstance(value, Mention) and theirs.wrote(value.post):
        return _emptied(value)
    if isinstance(value, Entry) and (theirs.is_named_in(value.by) or value.url in theirs.urls):
        return _GONE
    if isinstance(value, Folded) and (theirs.is_named_in(value.url) or value.url in theirs.urls):
        return replace(value, url="")
    if isinstance(value, tuple):
        return tuple(one for each in value if (one := _without(each, theirs)) is not _GONE)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        field.name: after
        for field in fields(value)
        if (after := _without(held := getattr(value, field.name), theirs)) is not held
    }
    return replace(value, **changed) if changed else value


def _emptied(mention: Mention) -> Mention:
    """What is left of a mention: that there was one, of what brand, judged how."""
    post = Post(
        kind=mention.post.kind,
        source_id="",
        text="",
        channel=mention.post.channel,
        published_at=mention.post.published_at,
        fetched_at=mention.post.fetched_at,
    )
    reasons = tuple(replace(reason, evidence=()) for reason in mention.judgement.reasons)
    judgement = replace(mention.judgement, reasons=reasons)
    return replace(mention, post=post, matches=mention.matches, judgement=judgement)
