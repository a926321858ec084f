"""Stack Exchange: new questions of one site that a search finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.dates import from_epoch
from earwitness.channels.wire.html import readable, tidy, web_address
from earwitness.channels.wire.limits import capped
from earwitness.channels.wire.options import SINCE, Option, like, secret
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "site": Option(
        "the site's name in the API: stackoverflow (default), superuser, travel, ...",
        like(r"[a-z0-9.-]{2,64}", "stackoverflow"),
    ),
    "credentials": secret("(key): 10,000 requests a day instead of 300"),
}
CREDENTIALS = ()
ADDRESS = "https://api.stackexchange.com/2.3"
PAGE = 100
MOST_PAGES = 10  # within one second: more than any site has
MOST_REQUESTS = 10
OVERLAP_FOR = timedelta(minutes=10)
# Internal error, throttle violation, temporarily unavailable: api.stackexchange.com/docs/errors
_PASSING = (500, 502, 503)
_IN_SECONDS = re.compile(r"available in (\d{1,6}) seconds")


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited questions for each query."""
    listing = Listing(
        read=partial(_read, channel, fetch, now),
        position=in_seconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
        most_pages=MOST_PAGES,
        numbers_pages=True,
    )
    return poll_listing(listing, channel.queries, channel, cursor, now)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    parameters: dict[str, object] = {
        "q": query,
        "site": channel.options.get("site", "stackoverflow"),
        "sort": "creation",
        "order": "desc",
        "fromdate": window.low,
        "pagesize": PAGE,
        "page": window.page + 1,
        "filter": "withbody",
    }
    if window.high is not None:
        parameters["todate"] = window.high
    if key := channel.credentials.get("key"):
        parameters["key"] = key
    address = f"{(channel.url or ADDRESS).rstrip('/')}/search/advanced"
    answer = _ask(fetch, f"{address}?{urlencode(parameters)}", now)
    items = entries(answer, "items")
    found = [
        Found(whole(item.get("creation_date")) or 0, _post(channel, item, now))
        for item in items
        if whole(item.get("creation_date")) and written(item.get("question_id"))
    ]
    some_of(items, found)
    return Page(found, last=not answer.get("has_more"), wait_until=_wait_until(answer, now))


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The questions as they are now, 100 a request. What it leaves out may be hidden for a time."""
    waits_until: datetime | None = None

    def ask_for(some: Sequence[Post]) -> Answer:
        nonlocal waits_until
        if waits_until is not None:
            raise NotOk(Health.TRANSIENT, "quota: the source asks us to wait", waits_until)
        site = channel.options.get("site", "stackoverflow")
        parameters = {"site": site, "pagesize": PAGE, "filter": "withbody"}
        if key := channel.credentials.get("key"):
            parameters["key"] = key
        ids = ";".join(post.source_id for post in some)
        address = f"{(channel.url or ADDRESS).rstrip('/')}/questions/{ids}?{urlencode(parameters)}"
        answer = _ask(fetch, address, now)
        items = entries(answer, "items")
        waits_until = _wait_until(answer, now)
        return [_post(channel, i, now) for i in items if written(i.get("question_id"))], ()

    outcome = in_batches(posts, PAGE, ask_for)
    return replace(outcome, next_at=outcome.next_at or waits_until)


def _ask(fetch: Fetch, address: str, now: datetime) -> Entry:
    """The answer; raises NotOk. All of its errors come as 400, those that pass as well."""
    response = ask(fetch, Request(address), now, welcome=(200, 400))
    if response.status == 200:
        return mapping(decoded(response))
    try:
        error = mapping(decoded(response))
    except NotOk:
        error = {}
    if whole(error.get("error_id")) not in _PASSING:
        raise refused(response, now)
    said = tidy(written(error.get("error_message")) or "")[:200]
    seconds = _IN_SECONDS.search(said)
    again_at = capped(now + timedelta(seconds=int(seconds[1])), now) if seconds else None
    raise NotOk(Health.TRANSIENT, f"stackexchange_{error['error_id']}: {said}", again_at)


def _wait_until(answer: Entry, now: datetime) -> datetime | None:
    """The body says how many seconds to keep away, and how much of the day's quota is left."""
    if backoff := whole(answer.get("backoff")):
        return capped(now + timedelta(seconds=backoff), now)
    if answer.get("quota_remaining") == 0:
        tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return capped(tomorrow, now)
    return None


def _post(channel: Channel, item: Entry, now: datetime) -> Post:
    owner = mapping(item.get("owner"))
    site = str(channel.options.get("site", "stackoverflow"))
    published_at = from_epoch(item.get("creation_date"), now)
    return Post(
        kind=channel.kind,
        source_id=str(item["question_id"]),
        scope=site,  # sites number their questions alike
        channel=channel.name,
        title=readable(written(item.get("title")) or "") or None,
        text=readable(written(item.get("body")) or ""),
        url=web_address(written(item.get("link"))),
        author=Author(
            name=readable(written(owner.get("display_name")) or "") or None,
            url=web_address(written(owner.get("link"))),
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        edited_at=from_epoch(item.get("last_edit_date"), now),
        fetched_at=now,
        engagement=Engagement(
            likes=whole(item.get("score")),
            replies=whole(item.get("answer_count")),
            views=whole(item.get("view_count")),
        ),
    )
