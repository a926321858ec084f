"""What a post is by, on and about: the tests that mutes, VIPs and silences share."""

from __future__ import annotations

from collections.abc import Iterable

from earwitness.model import Author, Mute, Post
from earwitness.text import words


def mutes(mute: Mute, post: Post) -> str:
    """What mutes a post: the author, site or word as it is written; "" when nothing does."""
    if author := _first(one for one in mute.authors if is_by(post.author, (one,))):
        return author
    if site := _first(one for one in mute.sites if is_on(post, one)):
        return site
    return _first(one for one in mute.words if says(post, one))


def is_by(author: Author, names: Iterable[str]) -> bool:
    """Whether an author's handle, name or address is among ``names``, whatever the case."""
    own = {_bare(one) for one in (author.handle, author.name, author.url) if one}
    return any(_bare(name) in own for name in names)


def is_on(post: Post, site: str) -> bool:
    """Whether a post is on a site or on a part of it: ``example.org`` covers ``en.example.org``."""
    host = (post.url or "").partition("://")[2].partition("/")[0].casefold()
    return f".{host}".endswith(f".{site.casefold().removeprefix('www.')}")


def says(post: Post, phrase: str) -> bool:
    """Whether a post holds a word, or words in a row, whatever their case and accents."""
    said = _folded(f"{post.title or ''} {post.text}")
    return f" {_folded(phrase)} " in f" {said} "


def _bare(name: str) -> str:
    return name.strip().removeprefix("@").casefold()


def _folded(text: str) -> str:
    return " ".join(word for word, _, _ in words(text))


def _first(found: Iterable[str]) -> str:
    return next(iter(found), "")
