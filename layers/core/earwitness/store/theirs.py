"""What is somebody's, told by pure functions, and what is left of it when they are forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from earwitness.model import Alert, Author, Entry, Folded, Mention, Post, Reason
from earwitness.store.erasures import names


@dataclass(frozen=True, slots=True)
class Learned:
    """What a look through the table found of somebody: by it is told what names nobody.

    ``mentions`` and ``posts`` are ids; ``names`` what the author is called besides; ``digests``
    the ids of digests that tell of a post of theirs. ``naming`` are the ids of posts by others
    that name the author: they stay. ``places`` are kinds of channels and scopes of theirs.
    """

    mentions: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    urls: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    naming: frozenset[str] = frozenset()
    places: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Theirs:
    """Whose it is: posts by an author, or one post. ``channel`` is a kind of channel or a name.

    ``hidden`` are the author's names as keys hold them, without the sign before: kind and HMAC.
    """

    channel: str = ""
    author: str = ""  # a handle, a name or an address
    post_id: str = ""
    hidden: frozenset[str] = frozenset()
    known: Learned = Learned()

    def wrote(self, post: Post) -> bool:
        """Whether a post is theirs."""
        if self.post_id:
            return post.post_id == self.post_id
        return self.channel in (post.kind, post.channel) and self.is_called(post.author)

    def is_called(self, author: Author) -> bool:
        """Whether an author goes by the name that was given."""
        return bool(self._name) and self._name in names(author)

    def is_named_in(self, text: str | None) -> bool:
        """Whether a text names the author, as a word of its own, by any name."""
        if not text:
            return False
        folded = text.casefold()
        called = {self._name, *self.known.names} - {""}
        return any(
            name in folded and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded)
            for name in called
        )

    def told(self, entry: Entry) -> bool:
        """Whether a digest's line tells of a post of theirs."""
        known = entry.mention_id in self.known.mentions or entry.url in self.known.urls
        return known or self.is_named_in(entry.by) or self.is_named_in(entry.url)

    @property
    def _name(self) -> str:
        return self.author.removeprefix("@").casefold()


_GONE = object()


def without(value: Any, theirs: Theirs) -> Any:
    """The value with their mentions emptied and their entries gone; counts stay."""
    if isinstance(value, Mention) and theirs.wrote(value.post):
        return _emptied(value)
    if isinstance(value, Entry) and theirs.told(value):
        return _GONE
    if isinstance(value, Folded):
        is_theirs = value.url in theirs.known.urls or theirs.is_named_in(value.url)
        return replace(value, url="") if is_theirs else value
    if isinstance(value, Alert) and value.mention is not None and theirs.wrote(value.mention.post):
        value = replace(value, reasons=_bare(value.reasons))
    if isinstance(value, tuple):
        return tuple(one for each in value if (one := without(each, theirs)) is not _GONE)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        field.name: after
        for field in fields(value)
        if (after := without(held := getattr(value, field.name), theirs)) is not held
    }
    return replace(value, **changed) if changed else value


def mentions_in(value: Any) -> Iterator[Mention]:
    """The mentions that a noun holds, however deep."""
    if isinstance(value, Mention):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from mentions_in(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from mentions_in(getattr(value, field.name))


def strings_in(value: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The texts that a noun holds, each with the names of the fields that lead to it."""
    if isinstance(value, str):
        yield " > ".join(where), value
    elif isinstance(value, tuple):
        for one in value:
            yield from strings_in(one, where)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from strings_in(one, (*where, str(name)))
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from strings_in(getattr(value, field.name), (*where, field.name))


def _emptied(mention: Mention) -> Mention:
    """What is left of a mention: that there was one, of what brand, judged how, matched how."""
    post = Post(
        kind=mention.post.kind,
        source_id="",
        text="",
        channel=mention.post.channel,
        published_at=mention.post.published_at,
        fetched_at=mention.post.fetched_at,
    )
    judgement = replace(mention.judgement, reasons=_bare(mention.judgement.reasons))
    matches = tuple(replace(match, surface="", start=0, end=0) for match in mention.matches)
    return replace(mention, post=post, matches=matches, judgement=judgement, velocity=None)


def _bare(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Reasons without the words and numbers that set them off."""
    return tuple(replace(reason, evidence=()) for reason in reasons)
