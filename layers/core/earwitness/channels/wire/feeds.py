"""What a feed is, whatever it is written in: its items, and how much of each is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urljoin

from earwitness.model import Author, Engagement, digest

MOST_ITEMS = 1_000  # read of one document; the rest is older, or an attack
MOST_TEXT = 100_000  # code points kept of one item
MOST_TITLE = 1_000
MOST_LINK = 2_000


class Unreadable(Exception):
    """The body is no feed that we can read; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed. ``text`` is readable; dates are as written.

    ``source`` is where an aggregator has found it.
    """

    guid: str
    link: str | None
    title: str | None
    text: str
    author: Author
    language: str | None
    published: str | None
    updated: str | None
    source: Author = field(default_factory=Author)
    engagement: Engagement = field(default_factory=Engagement)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed document. ``complete`` is False when it was cut short and its last item is missing."""

    items: tuple[Item, ...]
    complete: bool = True
    ttl_for: timedelta | None = None


def bounded(item: Item) -> Item:
    """The item with nothing in it that would not fit into the table beside its text."""
    return replace(
        item,
        guid=item.guid if len(item.guid) <= MOST_LINK else digest("guid", item.guid),
        link=item.link if len(item.link or "") <= MOST_LINK else None,
        title=(item.title or "")[:MOST_TITLE] or None,
        language=(item.language or "")[:35] or None,
    )


def absolute(url: str, link: str) -> str:
    """A link as seen from the address of its feed; "" where it is none."""
    try:
        return urljoin(url, link) if link else ""
    except ValueError:
        return ""
