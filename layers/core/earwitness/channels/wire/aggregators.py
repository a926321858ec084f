"""What Google Alerts, Google News and Reddit add to the items of their feeds, taken off again."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from earwitness.channels.wire.feeds import Item
from earwitness.channels.wire.html import web_address
from earwitness.model import Author

_GOOGLE = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}")
_NEWS = "news.google.com"
_NEWS_ARTICLE = re.compile(r"/(?:rss/)?(?:articles|read)/([\w-]+)=*")
_ADDRESS_FIELD = b'\x08\x13"'  # of the message that old links carry: kind, then the address
_REDDIT_AUTHOR = re.compile(r"/?u/([\w-]{1,32})")
_REDDIT_FOOT = re.compile(
    r"(?<!\s)\s*+submitted by /u/[\w-]{1,32}+[^\n]{0,300}+"
    r"(?:\s*+\[link\])?(?:\s*+\[comments\])?\s*+$"
)


def as_published(item: Item) -> Item:
    """The item as its author published it, as far as the feed lets us know."""
    host = urlsplit(item.link or "").hostname or ""
    if host == _NEWS:
        return _from_google_news(item)
    if host == "reddit.com" or host.endswith(".reddit.com"):
        return _from_reddit(item)
    return replace(item, link=unwrapped(item.link))


def unwrapped(link: str | None) -> str | None:
    """The article's own address where Google wraps it in a redirect of its own."""
    try:
        parts = urlsplit(link or "")
        inner = parse_qs(parts.query)
    except ValueError:
        return link
    if parts.path == "/url" and _GOOGLE.fullmatch(parts.hostname or ""):
        return web_address((inner.get("url") or inner.get("q") or [""])[0]) or link
    if parts.hostname == _NEWS and (article := _NEWS_ARTICLE.match(parts.path)):
        return _inside(article[1]) or link
    return link


def _inside(packed: str) -> str | None:
    """The address inside a Google News link; links made since 2024 hold none, only a number."""
    try:
        message = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return None
    if not message.startswith(_ADDRESS_FIELD):
        return None
    at = len(_ADDRESS_FIELD)
    length, shift = 0, 0
    while at < len(message) and shift < 21:  # a varint of up to three bytes
        length |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not message[at - 1] & 0x80:
            return web_address(message[at : at + length].decode("ascii", "replace"))
    return None


def _from_google_news(item: Item) -> Item:
    """The outlet stands behind the title and again in the text, which says nothing more."""
    outlet, title, text = item.source.name, item.title, item.text
    if outlet and title and title.endswith(f" - {outlet}"):
        title = title.removesuffix(f" - {outlet}")
        text = "" if text.replace("\n", " ").split() == f"{title} {outlet}".split() else text
    author = item.source if outlet else item.author
    return replace(item, title=title, text=text, author=author, link=unwrapped(item.link))


def _from_reddit(item: Item) -> Item:
    name = _REDDIT_AUTHOR.fullmatch(item.author.name or "")
    author = item.author
    if name:
        author = Author(name[1], name[1], url=f"https://www.reddit.com/user/{name[1]}")
    return replace(item, author=author, text=_REDDIT_FOOT.sub("", item.text))
