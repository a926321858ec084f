"""Forgetting a person or a post: found wherever the table holds them, and taken out.

This alone scans and deletes: it is rare, run by hand, and must find what no index leads to.
Counts of what was said stay: they name nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from earwitness.alerting.caps import Budget
from earwitness.model import Alert, Author, Group, Mention, Silence, Spelling
from earwitness.store.codec import Unreadable, pack, unpack, unstamp
from earwitness.store.erasures import names
from earwitness.store.exported import ExportedDays
from earwitness.store.mention_items import tombstone
from earwitness.store.table import Item, Key, Refused, Table, key_of
from earwitness.store.theirs import Learned, Theirs, mentions_in, without


class Forgetting(ExportedDays):
    """What a table forgets."""

    _table: Table

    def learn(self, theirs: Theirs) -> Theirs:
        """Go through the whole table once and learn by what else it tells of them.

        Before anything is taken out: a line of a digest holds the id of a mention and no name.
        """
        learning = _Learning(theirs)
        for item in self._table.scan():
            kind = _HOLDS_MENTIONS.get(kind_of(key_of(item)))
            if kind is not None and "d" in item:
                with suppress(Unreadable):  # ``forget`` says how many there are
                    learning.add(unpack(kind, item))
        return learning.theirs()

    def forget(self, theirs: Theirs, now: datetime) -> Counter[str]:
        """Go through the whole table once; what was found and taken out, by what it was.

        Nothing found is the proof. Posts kept meanwhile are found by the next time through.
        Mentions go last: whoever is stopped before that can learn anew what was theirs.
        """
        found: Counter[str] = Counter()
        mentions: list[Item] = []
        for item in self._table.scan():
            kind = kind_of(key_of(item))
            try:
                if kind == ("M", "M"):
                    mentions += [_short(item)] if _is_theirs(item, theirs) else []
                elif kind in _SWEEPS:
                    what, sweep = _SWEEPS[kind]
                    found.update([what] if sweep(self, item, theirs) else [])
                elif kind not in NOBODYS:
                    found["unknown"] += 1
            except Unreadable:
                found["unreadable"] += 1
        for item in mentions:
            self.note_change(unstamp(item["g1sk"]), now)
            self._table.put(tombstone(key_of(item), now))
        return found + Counter(mentions=len(mentions))

    def _said(self, item: Item, theirs: Theirs) -> bool:
        return self._scrubbed(item, unpack(Alert, item), theirs)

    def _group(self, item: Item, theirs: Theirs) -> bool:
        return self._scrubbed(item, unpack(Group, item), theirs)

    def _budget(self, item: Item, theirs: Theirs) -> bool:
        return self._scrubbed(item, unpack(Budget, item), theirs)

    def _story(self, item: Item, theirs: Theirs) -> bool:
        # Comparing stories loads rapidfuzz: only who forgets pays for that.
        from earwitness.stories import KnownStory, canonical, story_id_of_post  # noqa: PLC0415

        story = unpack(KnownStory, item)
        posts = {theirs.post_id, *theirs.known.posts} - {""}
        kind, _, name = (story.signature.source or "").partition(":")
        page = story.signature.page
        said_by_them = kind == theirs.channel and theirs.is_called(Author(handle=name))
        of_theirs = story.story_id in set(map(story_id_of_post, posts))
        about_theirs = page is not None and (
            page in {canonical(url) for url in theirs.known.urls} or theirs.is_named_in(page)
        )
        return self._deleted(item, when=said_by_them or of_theirs or about_theirs)

    def _post_read(self, item: Item, theirs: Theirs) -> bool:
        """What a post of theirs had at some age, or that it is to be read again."""
        hidden = str(item.get("g2pk", "")).rpartition("#")[0]
        is_theirs = str(item["PK"])[2:] in {theirs.post_id, *theirs.known.posts}
        return self._deleted(item, when=is_theirs or hidden in theirs.hidden)

    def _silence(self, item: Item, theirs: Theirs) -> bool:
        silence = unpack(Silence, item)
        named = map(theirs.is_named_in, (silence.author, silence.word, silence.reason))
        return self._deleted(item, when=any(named))

    def _spelling(self, item: Item, theirs: Theirs) -> bool:
        return self._deleted(item, when=theirs.is_named_in(unpack(Spelling, item).surface))

    def _deleted(self, item: Item, *, when: bool) -> bool:
        if when:
            self._table.delete(key_of(item))
        return when

    def _scrubbed(self, item: Item, held: Any, theirs: Theirs) -> bool:
        """Write an item back without them. What changed since it was read, the next time finds."""
        clean = without(held, theirs)
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


class _Learning:
    """What is learned of somebody, item by item."""

    def __init__(self, theirs: Theirs) -> None:
        self._theirs = theirs
        self._mentions: set[str] = set()
        self._posts: set[str] = set()
        self._urls: set[str] = set()
        self._names: set[str] = set()
        self._naming: set[str] = set()
        self._places: set[tuple[str, str]] = set()
        self._digests: list[Alert] = []  # as many as days and brands

    def add(self, value: object) -> None:
        for mention in mentions_in(value):
            post = mention.post
            if self._theirs.wrote(post):
                self._mentions.add(mention.mention_id)
                self._posts.add(post.post_id)
                self._places.add((post.kind, post.scope))
                self._urls |= {post.url} if post.url else set()
                self._names |= set() if self._theirs.post_id else names(post.author)
            elif any(map(self._theirs.is_named_in, (post.text, post.title, post.url))):
                self._naming.add(post.post_id)
        if isinstance(value, Alert) and value.digest is not None:
            self._digests.append(value)

    def theirs(self) -> Theirs:
        known = Learned(
            mentions=frozenset(self._mentions),
            posts=frozenset(self._posts),
            urls=frozenset(self._urls),
            names=frozenset(self._names),
            naming=frozenset(self._naming),
            places=frozenset(self._places),
        )
        theirs = replace(self._theirs, known=known)
        telling = {one.alert_id for one in self._digests if without(one, theirs) != one}
        return replace(theirs, known=replace(known, digests=frozenset(telling)))


def kind_of(key: Key) -> tuple[str, str]:
    """What an item is: the first words of its keys."""
    first = re.match("[A-Z]*", key.SK)
    return key.PK.partition("#")[0], first.group() if first else ""


def _is_theirs(item: Item, theirs: Theirs) -> bool:
    return "tombstone_at" not in item and theirs.wrote(unpack(Mention, item).post)


def _short(item: Item) -> Item:
    return {name: item[name] for name in ("PK", "SK", "g1sk")}


_HOLDS_MENTIONS: Mapping[tuple[str, str], type] = {
    ("M", "M"): Mention,
    ("N", "N"): Alert,
    ("N", "G"): Group,
    ("Q", "BUDGET"): Budget,
}
_Sweep = Callable[[Forgetting, Item, Theirs], bool]
_SWEEPS: Mapping[tuple[str, str], tuple[str, _Sweep]] = {
    ("N", "N"): ("alerts", Forgetting._said),  # noqa: SLF001
    ("N", "G"): ("groups", Forgetting._group),  # noqa: SLF001
    ("Q", "BUDGET"): ("folded alerts", Forgetting._budget),  # noqa: SLF001
    ("K", "K"): ("stories", Forgetting._story),  # noqa: SLF001
    ("P", "AGE"): ("readings", Forgetting._post_read),  # noqa: SLF001
    ("P", "AGAIN"): ("readings", Forgetting._post_read),  # noqa: SLF001
    ("S", "S"): ("silences", Forgetting._silence),  # noqa: SLF001
    ("V", "S"): ("spellings", Forgetting._spelling),  # noqa: SLF001
}
# What else a table holds, and why nothing of a person is in it. A test goes through all keys.
NOBODYS: Mapping[tuple[str, str], str] = {
    ("CH", "STATE"): "the cursor marks how far a source was read, until it is read on",
    ("CH", "HEALTH"): "counts of polls",
    ("CH", "REFRESH"): "a time",
    ("D", "D"): "times",
    ("E", "E"): "the log: an HMAC of the name, or the hash of a post's id, and who asked",
    ("G", "G"): "a time",
    ("I", "PAST"): "counts and times; its posts were left out",
    ("I", "REPORTS"): "32 bits of a hash of who reported trouble, for two hours",
    ("L", "L"): "who of the team used a link",
    ("N", "R"): "how fast the team answered",
    ("Q", "COUNT"): "a count",
    ("Q", "LISTENERS"): "a count",
    ("Q", "SPENT"): "an amount",
    ("R", ""): "counts",
    ("R", "SINCE"): "a time",
    ("SG", ""): "counts, and the hash of a mention's id",
    ("V", "V"): "what the team says of a judgement, under the hash of a mention's id",
    ("W", "W"): "the hash of a sender's nonce",
}
