"""Threads: new posts that a keyword search finds, or those that mention the account."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from earwitness.channels.wire import graph
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.graph_again import Rereading
from earwitness.channels.wire.html import tidy, web_address
from earwitness.channels.wire.lists import Lists, Parameters
from earwitness.channels.wire.options import SINCE, Option, one_of, secret
from earwitness.channels.wire.values import Entry, mapping, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch
from earwitness.model import Author, Channel, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "read": Option(
        "search (default): the watchlist's terms; mentions: posts that mention the account",
        one_of("search", "mentions"),
    ),
    "credentials": secret("(access_token)"),
}
CREDENTIALS = ("access_token",)
ADDRESS = "https://graph.threads.net/v1.0"
MOST_REQUESTS = 30
OVERLAP_FOR = timedelta(minutes=10)
OTHERS_FOR = timedelta(days=7)  # how far back to look for another post that we may read
# Of the 2,200 that an account has in 24 hours, whatever the app; a refresh, every five minutes,
# needs one at the most before it knows whether it may read what it searches for.
SEARCHES_A_DAY = 1_900
_A_SEARCH_COSTS = timedelta(days=1) / SEARCHES_A_DAY
_FIELDS = "id,text,timestamp,permalink,username,is_reply,is_quote_post"
_MENTIONS, _OURSELVES = "me/mentions", "me"
_HANDLES = re.compile(r"@([\w.]+)")


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New posts for each query. The next poll waits 45 seconds for each search that found any.

    ``channel.url`` replaces Meta's address.
    """
    counted = 0  # searches that find nothing are free

    def ask_for(path: str, parameters: Parameters) -> tuple[Any, datetime | None]:
        nonlocal counted
        answer, wait_until = _ask(channel, fetch, now, path, parameters)
        counted += bool(mapping(answer).get("data")) and path != _MENTIONS
        return answer, wait_until

    lists = Lists(partial(graph.page_of, ask_for), partial(_found, channel, now))

    def read(query: str, window: Window) -> Page:
        page = lists.read(query, _parameters(query, window), window, now)
        return graph.listed_at(query, page)

    listing = Listing(read, in_seconds, OVERLAP_FOR, MOST_REQUESTS, most_pages=MOST_REQUESTS)
    mentions = channel.options.get("read") == "mentions"
    queries = [_MENTIONS] if mentions else channel.queries
    outcome = poll_listing(listing, queries, channel, cursor, now)
    if not counted:
        return outcome
    affordable_at = now + counted * _A_SEARCH_COSTS
    next_poll_at = max(filter(None, (outcome.next_poll_at, affordable_at)))
    return replace(outcome, next_poll_at=next_poll_at, more=False)


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """Posts as they are now, a request each; the Graph has counts of our own alone."""
    ask_for = partial(_ask, channel, fetch, now)

    @cache
    def handle() -> str | None:
        answer, _ = ask_for(_OURSELVES, {"fields": "username"})
        return written(mapping(answer).get("username"))

    def sort(post: Post) -> Hashable:
        if post.asked_by == _MENTIONS and not _names(handle(), post.text):
            return post.post_id  # read as another account, of which no post of now can tell
        return post.author.handle == handle(), post.author.handle is None  # withheld: perhaps ours

    return Rereading(
        ask=ask_for,
        made=partial(_made, channel, now),
        parameters=_parameters,
        listed=lambda _: None,
        fields=lambda _: _FIELDS,
        others=lambda post: _others(post, now),
        sort=sort,
    ).refresh(posts, now)


def _names(handle: str | None, text: str) -> bool:
    named = (found.rstrip(".").casefold() for found in _HANDLES.findall(text))
    return handle is not None and handle.casefold() in named


def _ask(
    channel: Channel, fetch: Fetch, now: datetime, path: str, parameters: Parameters
) -> tuple[Any, datetime | None]:
    """What is at a path, or what a query finds."""
    path = "keyword_search" if "q" in parameters else path
    return graph.Graph(channel, fetch, ADDRESS, now).ask(path, parameters)


def _others(post: Post, now: datetime) -> tuple[str, Parameters]:
    """The list that the post was read from, as it is now."""
    query = str(post.asked_by)
    return query, _parameters(query, Window(in_seconds(now - OTHERS_FOR), None, 0))


def _parameters(query: str, window: Window) -> dict[str, object]:
    parameters: dict[str, object] = {"fields": _FIELDS, "limit": graph.PAGE, "since": window.low}
    if window.high is not None:
        parameters["until"] = window.high + 1
    if query == _MENTIONS:
        return parameters
    mode = "TAG" if query.startswith("#") else "KEYWORD"
    searched = query.strip('"').removeprefix("#").removeprefix("@")
    return parameters | {"q": searched, "search_type": "RECENT", "search_mode": mode}


def _found(channel: Channel, now: datetime, entry: Entry, undated: int) -> Found:
    at = rough_date(written(entry.get("timestamp")))
    return Found(in_seconds(at) if at else undated, _post(channel, entry, at, now))


def _made(channel: Channel, now: datetime, entry: Entry, query: str | None) -> Post:
    at = rough_date(written(entry.get("timestamp")))
    return replace(_post(channel, entry, at, now), asked_by=query)


def _post(channel: Channel, entry: Entry, at: datetime | None, now: datetime) -> Post:
    handle, published_at = written(entry.get("username")), possible(at, now)
    return Post(
        kind=channel.kind,
        source_id=graph.identity(entry),
        channel=channel.name,
        text=tidy(written(entry.get("text")) or ""),
        url=web_address(written(entry.get("permalink"))),
        author=Author(
            name=handle,
            handle=handle,
            url=f"https://www.threads.net/@{handle}" if handle else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
    )
