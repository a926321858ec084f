"""Hacker News through Algolia's search_by_date: stories and comments, read in windows of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "read": Option(
        "all (default): every story and comment, so that misspelled names are found as well; "
        "terms: only what the search finds for the watchlist's terms",
        one_of("all", "terms"),
    ),
}
ADDRESS = "https://hn.algolia.com/api/v1"
ITEMS = "https://hacker-news.firebaseio.com/v0"  # Hacker News itself, one item a request
PAGE = 500  # hits per request
OFFERED = 1_000  # hits of one query that Algolia pages through, and no more
MOST_REQUESTS = 20
OVERLAP_FOR = timedelta(minutes=10)  # items reach the index late, and not in order
REFRESHED = 50  # posts per request: an address of 2,000 characters at most
MOST_ASKED = 40  # posts that the search does not have, asked for one by one
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
        numbers_pages=True,
    )
    return poll_listing(listing, ("",) if everything else channel.queries, channel, cursor, now)


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The posts as they are now, 50 a request; those that the search lacks one by one.

    A story is asked for by the tag of its id. Comments have no such tag, so those of the same
    authors in the same stretch of time are asked for.
    """
    wanted = {post.source_id: post for post in posts}
    found: dict[str, Mapping[str, Any]] = {}
    try:
        for start in range(0, len(posts), REFRESHED):
            some = posts[start : start + REFRESHED]
            for request in _requests(channel.url or ADDRESS, some):
                hits = _hits(ask_json(fetch, request, now))
                found |= {i: hit for hit in hits if (i := str(hit.get("objectID"))) in wanted}
        lacking = [post for post in posts if post.source_id not in found][:MOST_ASKED]
        gone = [post.post_id for post in lacking if _is_gone(channel, post, fetch, now)]
        health, reason, next_at = Health.OK, "", None
    except NotOk as failure:
        gone, health, reason = [], failure.health, failure.reason
        next_at = failure.next_poll_at
    front = (wanted[i].post_id for i, hit in found.items() if "front_page" in _tags(hit))
    reread = tuple(_post(channel, hit, now) for hit in found.values())
    return Refreshed(reread, tuple(gone), tuple(front), health, reason, next_at)


def _requests(address: str, posts: Sequence[Post]) -> Iterable[Request]:
    stories = [f"story_{post.source_id}" for post in posts if post.title is not None]
    comments = [post for post in posts if post.title is None]
    if stories:
        yield _listed(address, f"story,({','.join(stories)})", "")
    authors = sorted({f"author_{post.author.handle}" for post in comments if post.author.handle})
    dates = [int(post.published_at.timestamp()) for post in comments if post.published_at]
    if authors and dates:
        bounds = f"{_DATE}>={min(dates)},{_DATE}<={max(dates)}"
        yield _listed(address, f"comment,({','.join(authors)})", bounds)


def _listed(address: str, tags: str, bounds: str) -> Request:
    parameters = {
        "query": "",
        "tags": tags,
        **({"numericFilters": bounds} if bounds else {}),
        "hitsPerPage": OFFERED,
        "page": 0,
        "attributesToRetrieve": f"{_WANTED},_tags",
        "attributesToHighlight": "",
    }
    return Request(f"{address.rstrip('/')}/search_by_date?{urlencode(parameters)}")


def _tags(hit: Mapping[str, Any]) -> Sequence[object]:
    tags = hit.get("_tags")
    return tags if isinstance(tags, list) else ()


def _is_gone(channel: Channel, post: Post, fetch: Fetch, now: datetime) -> bool:
    """Whether Hacker News itself says that it was deleted, or that its moderators took it down."""
    address = f"{(channel.url or ITEMS).rstrip('/')}/item/{post.source_id}.json"
    item = ask_json(fetch, Request(address), now)
    return isinstance(item, dict) and bool(item.get("deleted") or item.get("dead"))


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    answer = ask_json(fetch, _request(channel.url or ADDRESS, query, window), now)
    hits = _hits(answer)
    found = [Found(hit[_DATE], _post(channel, hit, now)) for hit in hits]
    pages = answer.get("nbPages")
    more_pages = isinstance(pages, int) and window.page + 1 < pages
    return Page(found, last=len(answer["hits"]) < PAGE and not more_pages)


def _hits(answer: Any) -> list[Mapping[str, Any]]:
    """The hits of an answer that have an id and a date; raises NotOk where there is no list."""
    hits = answer.get("hits") if isinstance(answer, dict) else None
    if not isinstance(hits, list):
        raise NotOk(Health.TRANSIENT, "malformed: the answer has no list of hits")
    whole = (hit for hit in hits if isinstance(hit, dict) and isinstance(hit.get(_DATE), int))
    return [hit for hit in whole if hit.get("objectID")]


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
