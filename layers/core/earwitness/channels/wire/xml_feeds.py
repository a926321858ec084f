"""RSS, Atom and their kin as items of a feed: bytes made harmless, then read by feedparser."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Mapping
from datetime import timedelta
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
from earwitness.channels.wire.stopping import TookTooLong, stopped_after
from earwitness.channels.wire.values import whole
from earwitness.model import Author, Engagement

MOST_TAGS = 120_000  # 2 s of parsing; a thousand articles of a hundred tags each
MOST_SECONDS = 10.0  # of parsing, whatever it is made of

_ITEM_END = re.compile(rb"</(?:[a-z0-9]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_FIRST_TAG = re.compile(rb"<([A-Za-z][\w.:-]*)")
_ROOT = re.compile(rb"<(?:[a-z0-9]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"\s*+(?:\xef\xbb\xbf)?\s*+<\?xml[^>]*\?>")
_WIDE_DECLARED = re.compile(rb"utf-?(?:16|32)|ucs-?[24]", re.IGNORECASE)
# Numeric references to half a character: expat refuses them and feedparser then crashes.
_SURROGATE_REFERENCE = re.compile(rb"&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5(?:529[6-9]|"
                                  rb"5[3-9]\d\d|[67]\d{3})|0*5[67]\d{3});")  # fmt: skip
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def read_xml_feed(body: bytes, content_type: str, url: str) -> Feed:
    """The items of an RSS, Atom, RDF or CDF document. Raises Unreadable.

    Nothing is expanded, fetched or opened: entity declarations are dropped and feedparser gets a
    stream of bytes, never a string, which it would take for an address or a path.
    """
    document, charset = _as_bytes(body, content_type)
    document, complete = _whole_items(_without_traps(document))
    if document.count(b"<") > MOST_TAGS:
        raise Unreadable(f"more than {MOST_TAGS} tags")
    parsed = _parsed(document, charset)
    if not parsed.version and not parsed.entries:
        raise Unreadable("it is no feed")
    entries = parsed.entries[:MOST_ITEMS]
    items = tuple(bounded(_item(entry, parsed.feed, url)) for entry in entries)
    if not complete and not items:
        raise Unreadable("it was cut short before the end of its first item")
    return Feed(items, complete, _ttl(parsed.feed))


def _parsed(document: bytes, charset: str) -> Any:
    import feedparser  # noqa: PLC0415 - 60 ms that channels other than feeds need not pay

    # It is not told the feed's address, or it would make every guid part of it: a feed that
    # moves would offer all its items as new ones.
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    try:
        with stopped_after(MOST_SECONDS):
            return feedparser.parse(
                io.BytesIO(document),
                response_headers=headers,
                sanitize_html=False,  # we keep text alone, and these two passes are its slow part
                resolve_relative_uris=False,
            )
    except TookTooLong:
        raise Unreadable(f"it takes more than {MOST_SECONDS:g} s to parse") from None
    except Exception as error:
        raise Unreadable(f"the parser fails on it ({type(error).__name__})") from error


def _as_bytes(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The document in an encoding that agrees with ASCII, and the charset declared for it."""
    for start, codec in _WIDE:
        if body.startswith(start):
            text = body.decode(codec, "replace").lstrip("\ufeff").encode()
            declaration = _XML_DECLARATION.match(text)
            return text[declaration.end() if declaration else 0 :], "utf-8"
    charset = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    return body, charset[1] if charset else ""


def _without_traps(document: bytes) -> bytes:
    """The XML declaration and what follows from the root on: no DOCTYPE, so no entities at all."""
    root = _ROOT.search(document)
    if root is None:
        raise Unreadable("it is no feed")
    declaration = _XML_DECLARATION.match(document, 0, 512)
    # What reads as ASCII so far is not in two or four bytes a character, whatever it declares.
    if declaration is None or _WIDE_DECLARED.search(declaration[0]):
        kept = document[root.start() :]
    else:
        kept = declaration[0] + document[root.start() :]
    return _SURROGATE_REFERENCE.sub(b"&#xFFFD;", kept)


def _whole_items(document: bytes) -> tuple[bytes, bool]:
    """The document without an item that is cut short and without items over the cap.

    Also says whether the document reached its end.
    """
    root = _ROOT.search(document)
    name = _FIRST_TAG.match(document, root.start()) if root else None
    if name is None:
        return document, True
    closing = b"</" + name[1]
    complete = closing.lower() in document[-4096:].lower() or document.rstrip().endswith(b"/>")
    ends = [end.end() for end in _ITEM_END.finditer(document)]
    if complete and len(ends) <= MOST_ITEMS:
        return document, True
    if not ends:
        return document[: _first_item_start(document)] + _ending(document, closing), complete
    kept = document[: ends[min(len(ends), MOST_ITEMS) - 1]]
    return kept + _ending(kept, closing), complete


def _first_item_start(document: bytes) -> int:
    start = re.search(rb"<(?:[a-z0-9]+:)?(?:item|entry)[\s>]", document, re.IGNORECASE)
    return start.start() if start else len(document)


def _ending(kept: bytes, closing: bytes) -> bytes:
    channel_open = closing.lower() == b"</rss" and b"</channel" not in kept
    return (b"</channel>" if channel_open else b"") + closing + b">"


def _item(entry: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> Item:
    details = [*entry.get("content", ()), entry.get("summary_detail") or {}]
    texts = [_text(detail) for detail in details]
    title = entry.get("title_detail") or {}
    languages = (*(d.get("language") for d in (*details, title)), feed.get("language"))
    # Past feedparser's own get, which answers with the published date where there is no updated.
    updated = dict.get(entry, "updated") if isinstance(entry, dict) else None
    return Item(
        guid=tidy(str(entry.get("id") or "")),
        link=_link(entry, url),
        title=_text(title) or None,
        text=max(texts, key=len)[:MOST_TEXT],
        author=_author(entry) or _author(feed) or Author(),
        language=next((tidy(language) for language in languages if language), None),
        published=entry.get("published") or updated or entry.get("created"),
        updated=updated,
        source=_source(entry),
        engagement=_engagement(entry),
    )


def _source(entry: Mapping[str, Any]) -> Author:
    source = entry.get("source")
    if not isinstance(source, Mapping):
        return Author()
    name = tidy(str(source.get("title") or ""))[:200]
    return Author(name=name or None, url=web_address(str(source.get("href") or "")))


def _engagement(entry: Mapping[str, Any]) -> Engagement:
    """Views and likes of the Media RSS that YouTube writes, replies of the thread extension."""
    statistics, stars = entry.get("media_statistics"), entry.get("media_starrating")
    views = statistics.get("views") if isinstance(statistics, Mapping) else None
    likes = stars.get("count") if isinstance(stars, Mapping) else None
    replies = entry.get("slash_comments") or entry.get("thr_total")
    return Engagement(likes=whole(likes), replies=whole(replies), views=whole(views))


def _link(entry: Mapping[str, Any], url: str) -> str | None:
    """The item's address. A guid stands in for it only where it is an address itself."""
    link = str(entry.get("link") or "")
    return web_address(link if link == entry.get("id") else absolute(url, link))


def _text(detail: Mapping[str, Any]) -> str:
    kind = detail.get("type") or "text/plain"
    if not (kind.startswith("text/") or "html" in kind):
        return ""
    value = str(detail.get("value") or "")
    return readable(value) if "html" in kind else tidy(value)


def _author(source: Mapping[str, Any]) -> Author | None:
    detail = source.get("author_detail") or {}
    name = tidy(str(detail.get("name") or source.get("author") or ""))
    return Author(name=name[:200], url=web_address(detail.get("href"))) if name else None


def _ttl(feed: Mapping[str, Any]) -> timedelta | None:
    """How long the feed asks to be left alone: <ttl> in minutes, or its update period."""
    ttl = str(feed.get("ttl") or "").strip()
    if ttl.isascii() and ttl.isdigit():
        return timedelta(minutes=min(int(ttl[:6]), 100_000))
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    frequency = str(feed.get("sy_updatefrequency") or "1").strip()
    if period is None or not (frequency.isascii() and frequency.isdigit()):
        return None
    return period / max(1, min(int(frequency[:6]), 100_000))
