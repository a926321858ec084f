"""GitHub: new issues and pull requests, or discussions, that a search finds."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.dates import exact_date, possible, rough_date
from earwitness.channels.wire.html import tidy, web_address
from earwitness.channels.wire.limits import spent_until
from earwitness.channels.wire.options import SINCE, Option, one_of, secret
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "read": Option(
        "issues (default): with pull requests; discussions: needs a token",
        one_of("issues", "discussions"),
    ),
    "credentials": secret("(token): 30 searches a minute instead of 10"),
}
CREDENTIALS = ()
ADDRESS = "https://api.github.com"
PAGE = 100
MOST_PAGES = 10  # the search offers 1,000 results
MOST_REQUESTS = 8
MOST_WINDOWS = 6  # of discussions, per poll: each may be halved several times before it is read
OVERLAP_FOR = timedelta(minutes=10)
_HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
_AT = re.compile(r"https://[^/]+/([\w.-]+)/([\w.-]+)/(?:issues|pull)/(\d+)")
_NO_MORE = (404, 410)  # its repository is gone or private; the issue was deleted
_LASTING = ("FORBIDDEN", "INSUFFICIENT_SCOPES", "UNAUTHENTICATED", "undefinedField")
_DISCUSSIONS = """query($query: String!) {
  search(type: DISCUSSION, query: $query, first: 100) {
    discussionCount
    nodes { ... on Discussion {
      url title bodyText createdAt lastEditedAt upvoteCount
      author { login url } comments { totalCount }
    } }
  }
}"""


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited issues or discussions for each query."""
    discussions = channel.options.get("read") == "discussions"
    search = partial(_read, channel, fetch, now)
    listing = Listing(
        read=_Discussions(channel, fetch, now).read if discussions else search,
        position=in_seconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_WINDOWS if discussions else MOST_REQUESTS,
        most_pages=MOST_PAGES,
        numbers_pages=not discussions,
    )
    return poll_listing(listing, channel.queries, channel, cursor, now)


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """Issues and pull requests as they are now, a request each. Discussions are not asked for.

    One that has moved to another repository has another address: nothing is learned of it.
    """
    known = [post for post in posts if _AT.fullmatch(post.source_id)]

    def ask_for(some: Sequence[Post]) -> Answer:
        owner, repository, number = _AT.findall(some[0].source_id)[0]
        request = _request(channel, f"repos/{owner}/{repository}/issues/{number}")
        response = ask(fetch, request, now, welcome=(200, *_NO_MORE))
        answer = mapping(decoded(response))
        if response.status in _NO_MORE and "message" in answer:
            return (), [some[0].source_id]
        if response.status != 200:  # not GitHub's own answer
            raise refused(response, now)
        return [found.post for found in _found(channel, [answer], in_seconds(now), now)], ()

    return in_batches(known, 1, ask_for)


def _request(channel: Channel, path: str) -> Request:
    token = channel.credentials.get("token")
    headers = {**_HEADERS, **({"authorization": f"Bearer {token}"} if token else {})}
    return Request(f"{(channel.url or ADDRESS).rstrip('/')}/{path}", headers)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    parameters = {
        "q": _within(query, window),
        "sort": "created",
        "order": "desc",
        "per_page": PAGE,
        "page": window.page + 1,
    }
    response = ask(fetch, _request(channel, f"search/issues?{urlencode(parameters)}"), now)
    answer = mapping(decoded(response))
    issues = entries(answer, "items")
    if answer.get("incomplete_results"):
        # The search ran out of time: what it left out would be lost if the walk went on.
        raise NotOk(Health.TRANSIENT, "incomplete: the search ran out of time")
    undated = in_seconds(now) if window.high is None else window.high
    found = _found(channel, issues, undated, now)
    wait_until = spent_until(response.headers, now)
    return Page(found, last=len(issues) < PAGE, wait_until=wait_until)


def _within(query: str, window: Window) -> str:
    high = "*" if window.high is None else _moment(window.high)
    return f"{query} created:{_moment(window.low)}..{high}"


class _Discussions:
    """Reads discussions, whose search promises no order and whose pages shift with deletions.

    So each window must fit on one page: one that holds more is halved, and the next is tried
    twice as long as the last that fitted.
    """

    def __init__(self, channel: Channel, fetch: Fetch, now: datetime) -> None:
        self._channel, self._fetch, self._now = channel, fetch, now
        self._length = in_seconds(now)  # of the window that is tried next, in seconds

    def read(self, query: str, window: Window) -> Page:
        """All discussions of the window's newer end, as far down as they fit on a page."""
        high = in_seconds(self._now) + 60 if window.high is None else window.high
        while True:
            low = max(window.low, high - self._length)
            page = self._page(query, Window(low, high, 0))
            if page is None and low == high:
                raise NotOk(Health.TRANSIENT, "too_many: over a hundred discussions of one second")
            if page is None:
                self._length = (high - low) // 2
                continue
            self._length = 2 * max(1, self._length)
            if page.found or low == window.low:
                return replace(page, last=low == window.low)
            high = low - 1  # nothing there: what is older, then

    def _page(self, query: str, window: Window) -> Page | None:
        """The discussions of the window; None where they do not fit."""
        asked = {"query": _within(query, window)}
        search, wait_until = _ask_graphql(self._channel, self._fetch, self._now, asked)
        if (whole(search.get("discussionCount")) or 0) > PAGE:
            return None
        discussions = [_as_issue(node) for node in entries(search, "nodes")]
        undated = in_seconds(self._now) if window.high is None else window.high
        found = _found(self._channel, discussions, undated, self._now)
        return Page(found, last=True, wait_until=wait_until)


def _ask_graphql(
    channel: Channel, fetch: Fetch, now: datetime, variables: Entry
) -> tuple[Entry, datetime | None]:
    token = credential(channel, "token")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = json.dumps({"query": _DISCUSSIONS, "variables": variables}).encode()
    address = f"{(channel.url or ADDRESS).rstrip('/')}/graphql"
    response = ask(fetch, Request(address, headers, "POST", body), now)
    answer = mapping(decoded(response))
    for error in entries(answer, "errors", absent_is_none=True)[:1]:
        kind = written(error.get("type")) or "error"
        health = Health.DEAD if kind in _LASTING else Health.TRANSIENT
        raise NotOk(health, f"graphql_{kind.lower()}: {str(error.get('message'))[:200]}",
                    spent_until(response.headers, now))  # fmt: skip
    return mapping(mapping(answer.get("data")).get("search")), spent_until(response.headers, now)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_issue(discussion: Entry) -> Entry:
    """A discussion in the words that the search of issues uses."""
    author = mapping(discussion.get("author"))
    return {
        "html_url": discussion.get("url"),
        "title": discussion.get("title"),
        "body": discussion.get("bodyText"),
        "created_at": discussion.get("createdAt"),
        "edited_at": discussion.get("lastEditedAt"),
        "user": {"login": author.get("login"), "html_url": author.get("url")},
        "reactions": {"+1": discussion.get("upvoteCount")},
        "comments": mapping(discussion.get("comments")).get("totalCount"),
    }


def _found(channel: Channel, issues: list[Entry], undated: int, now: datetime) -> list[Found]:
    """The posts of an answer, those without a date at the position ``undated``."""
    found = []
    for issue in issues:
        if written(issue.get("html_url")):
            created_at = rough_date(written(issue.get("created_at")))
            position = in_seconds(created_at) if created_at else undated
            found.append(Found(position, _post(channel, issue, created_at, now)))
    some_of(issues, found)
    return found


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
        edited_at=exact_date(written(issue.get("edited_at")), now),
        fetched_at=now,
        engagement=Engagement(
            likes=whole(reactions.get("+1")), replies=whole(issue.get("comments"))
        ),
    )
