"""GitHub: new issues and pull requests that a search finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from earwitness.channels.wire.asking import NotOk, ask, decoded
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.html import tidy, web_address
from earwitness.channels.wire.limits import spent_until
from earwitness.channels.wire.options import SINCE, secret
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post

OPTIONS = {
    "since": SINCE,
    "credentials": secret("(token): 30 searches a minute instead of 10"),
}
CREDENTIALS = ()
ADDRESS = "https://api.github.com"
PAGE = 100
MOST_PAGES = 10  # the search offers 1,000 results
MOST_REQUESTS = 8
OVERLAP_FOR = timedelta(minutes=10)


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited issues for each query."""
    listing = Listing(
        read=partial(_read, channel, fetch, now),
        position=in_seconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
        most_pages=MOST_PAGES,
    )
    return poll_listing(listing, channel.queries, channel, cursor, now)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    high = "*" if window.high is None else _moment(window.high)
    parameters = {
        "q": f"{query} created:{_moment(window.low)}..{high}",
        "sort": "created",
        "order": "desc",
        "per_page": PAGE,
        "page": window.page + 1,
    }
    headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
    if token := channel.credentials.get("token"):
        headers["authorization"] = f"Bearer {token}"
    address = f"{(channel.url or ADDRESS).rstrip('/')}/search/issues"
    response = ask(fetch, Request(f"{address}?{urlencode(parameters)}", headers), now)
    answer = mapping(decoded(response))
    issues = entries(answer, "items")
    if answer.get("incomplete_results"):
        # The search ran out of time: what it left out would be lost if the walk went on.
        raise NotOk(Health.TRANSIENT, "incomplete: the search ran out of time")
    undated = in_seconds(now) if window.high is None else window.high
    found = []
    for issue in issues:
        if written(issue.get("html_url")):
            created_at = rough_date(written(issue.get("created_at")))
            position = in_seconds(created_at) if created_at else undated
            found.append(Found(position, _post(channel, issue, created_at, now)))
    wait_until = spent_until(response.headers, now)
    return Page(found, last=len(issues) < PAGE, wait_until=wait_until)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _post(channel: Channel, issue: Entry, created_at: datetime | None, now: datetime) -> Post:
    user, reactions = mapping(issue.get("user")), mapping(issue.get("reactions"))
    handle = written(user.get("login"))
    published_at = possible(created_at, now)
    return Post(
        kind=channel.kind,
        source_id=str(issue["html_url"]),
        channel=channel.name,
        title=tidy(written(issue.get("title")) or "") or None,
        text=tidy(written(issue.get("body")) or ""),
        url=web_address(written(issue.get("html_url"))),
        author=Author(name=handle, handle=handle, url=web_address(written(user.get("html_url")))),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(
            likes=whole(reactions.get("+1")), replies=whole(issue.get("comments"))
        ),
    )
