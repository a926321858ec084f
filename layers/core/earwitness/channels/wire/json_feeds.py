"""JSON Feed as items of a feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from earwitness.channels.wire.feeds import (
    MOST_ITEMS,
    MOST_TEXT,
    Feed,
    Item,
    Unreadable,
    absolute,
    bounded,
)
from earwitness.channels.wire.html import readable, tidy, web_address
from earwitness.model import Author


def read_json_feed(document: Any, address: str) -> Feed:
    """The items of a decoded JSON Feed (version 1 or 1.1). Raises Unreadable."""
    if not isinstance(document, dict) or "jsonfeed.org/version" not in str(document.get("version")):
        raise Unreadable("it is JSON, but no JSON Feed")
    entries = document.get("items")
    if not isinstance(entries, list):
        raise Unreadable("it is a JSON Feed without items")
    items = (_json_item(e, document, address) for e in entries[:MOST_ITEMS] if isinstance(e, dict))
    return Feed(tuple(map(bounded, items)))


def _json_item(entry: Mapping[str, Any], feed: Mapping[str, Any], address: str) -> Item:
    def written(name: str) -> str | None:
        value = entry.get(name)
        return str(value) if isinstance(value, str | int | float) and value != "" else None

    html, plain = written("content_html"), written("content_text") or written("summary")
    text = readable(html) if html else tidy(plain or "")
    author = _json_author(entry) or _json_author(feed) or Author()
    return Item(
        guid=tidy(written("id") or ""),
        link=web_address(absolute(address, written("url") or written("external_url") or "")),
        title=tidy(written("title") or "") or None,
        text=text[:MOST_TEXT],
        author=author,
        language=written("language") or (str(feed["language"]) if feed.get("language") else None),
        published=written("date_published") or written("date_modified"),
        updated=written("date_modified"),
    )


def _json_author(source: Mapping[str, Any]) -> Author | None:
    authors = source.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else source.get("author")
    if not isinstance(first, dict):
        return None
    author = Author(url=web_address(str(first.get("url") or "")))
    return replace(author, name=tidy(str(first["name"]))[:200]) if first.get("name") else author
