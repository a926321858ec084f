"""GitHub: new issues and pull requests, or discussions, that a search finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_turn
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.dates import exact_date, possible, rough_date
from earwitness.channels.wire.discussions import AT_ONCE, Discussions, is_discussion, within
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


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited issues or discussions for each query."""
    discussions = channel.options.get("read") == "discussions"
    search = partial(_read, channel, fetch, now)
    listing = Listing(
        read=_discussions(channel, fetch, now).read if discussions else search,
        position=in_seconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_WINDOWS if discussions else MOST_REQUESTS,
        most_pages=MOST_PAGES,
        numbers_pages=not discussions,
    )
    return poll_listing(listing, channel.queries, channel, cursor, now)


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """Issues and pull requests as they are now, a request each; 50 discussions a request.

    An issue that has moved to another repository has another address: nothing is learned of it.
    """
    issues = [[post] for post in posts if _AT.fullmatch(post.source_id)]
    known = [post for post in posts if is_discussion(post)]
    together = [known[start : start + AT_ONCE] for start in range(0, len(known), AT_ONCE)]
    discussions = _discussions(channel, fetch, now)

    def ask_for(some: Sequence[Post]) -> Answer:
        if is_discussion(some[0]):
            return discussions.again(some)
        return _issue_again(channel, some[0], fetch, now)

    return in_turn([*issues, *together], ask_for)


def _issue_again(channel: Channel, post: Post, fetch: Fetch, now: datetime) -> Answer:
    owner, repository, number = _AT.findall(post.source_id)[0]
    request = _request(channel, f"repos/{owner}/{repository}/issues/{number}")
    response = ask(fetch, request, now, welcome=(200, *_NO_MORE))
    answer = mapping(decoded(response))
    if response.status in _NO_MORE and "message" in answer:
        return (), [post.source_id]
    if response.status != 200:  # not GitHub's own answer
        raise refused(response, now)
    return [found.post for found in _found(channel, now, [answer], in_seconds(now))], ()


def _discussions(channel: Channel, fetch: Fetch, now: datetime) -> Discussions:
    return Discussions(channel, _address(channel), fetch, now, partial(_found, channel, now))


def _address(channel: Channel) -> str:
    return (channel.url or ADDRESS).rstrip("/")


def _request(channel: Channel, path: str) -> Request:
    token = channel.credentials.get("token")
    headers = {**_HEADERS, **({"authorization": f"Bearer {token}"} if token else {})}
    return Request(f"{_address(channel)}/{path}", headers)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    parameters = {
        "q": within(query, window),
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
    found = _found(channel, now, issues, undated)
    wait_until = spent_until(response.headers, now)
    return Page(found, last=len(issues) < PAGE, wait_until=wait_until)


def _found(channel: Channel, now: datetime, issues: list[Entry], undated: int) -> list[Found]:
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
