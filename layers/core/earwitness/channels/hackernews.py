"""Hacker News through Algolia's search_by_date: stories and comments, read in windows of time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from earwitness.channels.wire.asking import NotOk, ask_json
from earwitness.channels.wire.dates import from_epoch
from earwitness.channels.wire.html import readable
from earwitness.channels.wire.options import SINCE, Option, one_of
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post

OPTIONS = {
    "since": SINCE,
    "read": Option(
        "all (default): every story and comment, so that misspelled names are found as well; "
        "terms: only what the search finds for the watchlist's terms",
        one_of("all", "terms"),
    ),
}
ADDRESS = "https://hn.algolia.com/api/v1"
PAGE = 500  # hits per request
OFFERED = 1_000  # hits of one query that Algolia pages through, and no more
MOST_REQUESTS = 20
OVERLAP_FOR = timedelta(minutes=10)  # items reach the index late, and not in order
_DATE = "created_at_i"
_WANTED = f"author,{_DATE},title,url,story_text,comment_text,points,num_comments"


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New stories and comments, per query. ``channel.url`` replaces Algolia's address."""
    everything = channel.options.get("read", "all") == "all"
    listing = Listing(
        read=partial(_read, channel, fetch, now),
        position=in_seconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
        most_pages=OFFERED // PAGE,
    )
    return poll_listing(listing, ("",) if everything else channel.queries, channel, cursor, now)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    answer = ask_json(fetch, _request(channel.url or ADDRESS, query, window), now)
    hits = answer.get("hits") if isinstance(answer, dict) else None
    if not isinstance(hits, list):
        raise NotOk(Health.TRANSIENT, "malformed: the answer has no list of hits")
    found = [
        Found(hit[_DATE], _post(channel, hit, now))
        for hit in hits
        if isinstance(hit, dict) and isinstance(hit.get(_DATE), int) and hit.get("objectID")
    ]
    pages = answer.get("nbPages")
    more_pages = isinstance(pages, int) and window.page + 1 < pages
    return Page(found, last=len(hits) < PAGE and not more_pages)


def _request(address: str, query: str, window: Window) -> Request:
    bounds = [f"{_DATE}>={window.low}"]
    if window.high is not None:
        bounds.append(f"{_DATE}<={window.high}")
    parameters = {
        "query": query,
        "tags": "(story,comment)",
        "numericFilters": ",".join(bounds),
        "hitsPerPage": PAGE,
        "page": window.page,
        "advancedSyntax": "true",  # a quoted phrase means the phrase
        "typoTolerance": "false",  # we find misspellings ourselves, and say how sure we are
        "attributesToRetrieve": _WANTED,
        "attributesToHighlight": "",
    }
    return Request(f"{address.rstrip('/')}/search_by_date?{urlencode(parameters)}")


def _post(channel: Channel, hit: Mapping[str, Any], now: datetime) -> Post:
    source_id = str(hit["objectID"])
    published_at = from_epoch(hit[_DATE], now)
    # A story's link is part of what its author posted: it may name a domain that is watched.
    parts = (hit.get("comment_text"), hit.get("story_text"), hit.get("url"))
    author = hit.get("author")
    return Post(
        kind=channel.kind,
        source_id=source_id,
        channel=channel.name,
        title=readable(str(hit["title"])) if hit.get("title") else None,
        text="\n".join(filter(None, (readable(str(part)) for part in parts if part))),
        url=f"https://news.ycombinator.com/item?id={source_id}",
        author=Author(
            name=author,
            handle=author,
            url=f"https://news.ycombinator.com/user?id={author}" if author else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(likes=hit.get("points"), replies=hit.get("num_comments")),
    )
