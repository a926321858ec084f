"""GitHub's discussions, which its GraphQL API alone knows: searched, and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from earwitness.channels.wire.again import Answer
from earwitness.channels.wire.asking import NotOk, ask, decoded
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.limits import spent_until
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Found, Page, Window, in_seconds
from earwitness.fetching import Fetch, Request
from earwitness.model import Channel, Health, Post

PAGE = 100  # what a search offers at once
AT_ONCE = 50  # of known ones in a request, which costs one of 5,000 points an hour
_LASTING = ("FORBIDDEN", "INSUFFICIENT_SCOPES", "UNAUTHENTICATED", "undefinedField")
_NOT_FOUND = "NOT_FOUND"
_AT = re.compile(r"https://[^/]+/([\w.-]+)/([\w.-]+)/discussions/(\d{1,9})", re.ASCII)
_FIELDS = """url title bodyText createdAt lastEditedAt upvoteCount
      author { login url } comments { totalCount }"""
_SEARCH = f"""query($query: String!) {{
  search(type: DISCUSSION, query: $query, first: {PAGE}) {{
    discussionCount
    nodes {{ ... on Discussion {{
      {_FIELDS}
    }} }}
  }}
}}"""

# The posts of discussions in the words of ``as_issue``; those without a date at that position.
Find = Callable[[list[Entry], int], list[Found]]


def is_discussion(post: Post) -> bool:
    """Whether the post is a discussion, by its address."""
    return _AT.fullmatch(post.source_id) is not None


def within(query: str, window: Window) -> str:
    """The query, for what was created in the window."""
    high = "*" if window.high is None else _moment(window.high)
    return f"{query} created:{_moment(window.low)}..{high}"


class Discussions:
    """Discussions, asked for with the channel's token at ``address``."""

    def __init__(
        self, channel: Channel, address: str, fetch: Fetch, now: datetime, find: Find
    ) -> None:
        self._channel, self._address, self._fetch, self._now = channel, address, fetch, now
        self._find = find
        self._length = in_seconds(now)  # of the window that is tried next, in seconds

    def read(self, query: str, window: Window) -> Page:
        """All discussions of the window's newer end, as far down as they fit on a page.

        The search promises no order and its pages shift with deletions, so each window must fit
        on one page: one that holds more is halved, and the next is tried twice as long as the
        last that fitted.
        """
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

    def again(self, posts: Sequence[Post]) -> Answer:
        """Discussions as they are now; at most AT_ONCE. Raises NotOk.

        One is gone that GitHub cannot find in a repository that it shows, discussions and all. Of
        one whose repository we may not see nothing is learned, nor where its discussions are off.
        """
        wanted = {f"at{number}": post for number, post in enumerate(posts)}
        answer, _ = self._ask(_by_number(wanted), {})
        repositories = mapping(answer.get("data"))
        errors = entries(answer, "errors", absent_is_none=True)
        of_all = [error for error in errors if _alias(error) not in wanted]
        refusals = [error for error in errors if error.get("type") != _NOT_FOUND]
        if of_all or (refusals and not any(repositories.values())):
            raise self._failure((of_all or refusals)[0])
        if not repositories:
            raise NotOk(Health.TRANSIENT, "malformed: the answer has no data")
        missing = {_alias(error) for error in errors if _says_not_found(error)}
        found: list[Post] = []
        gone: list[str] = []
        for alias, post in wanted.items():
            repository = mapping(repositories.get(alias))
            if discussion := mapping(repository.get("discussion")):
                # A repository that was renamed answers with its new address.
                found += [
                    replace(now.post, source_id=post.source_id)
                    for now in self._find([as_issue(discussion)], in_seconds(self._now))
                ]
            elif alias in missing and repository.get("hasDiscussionsEnabled") is True:
                gone.append(post.source_id)
        return found, gone

    def _page(self, query: str, window: Window) -> Page | None:
        """The discussions of the window; None where they do not fit."""
        answer, wait_until = self._ask(_SEARCH, {"query": within(query, window)})
        for error in entries(answer, "errors", absent_is_none=True)[:1]:
            raise self._failure(error, wait_until)
        search = mapping(mapping(answer.get("data")).get("search"))
        if (whole(search.get("discussionCount")) or 0) > PAGE:
            return None
        discussions = [as_issue(node) for node in entries(search, "nodes")]
        undated = in_seconds(self._now) if window.high is None else window.high
        return Page(self._find(discussions, undated), last=True, wait_until=wait_until)

    def _ask(self, query: str, variables: Mapping[str, Any]) -> tuple[Entry, datetime | None]:
        token = credential(self._channel, "token")
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self._address}/graphql", headers, "POST", body)
        response = ask(self._fetch, request, self._now)
        return mapping(decoded(response)), spent_until(response.headers, self._now)

    def _failure(self, error: Entry, wait_until: datetime | None = None) -> NotOk:
        kind = written(error.get("type")) or "error"
        health = Health.DEAD if kind in _LASTING else Health.TRANSIENT
        said = str(error.get("message"))[:200]
        return NotOk(health, f"graphql_{kind.lower()}: {said}", wait_until)


def as_issue(discussion: Entry) -> Entry:
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


def _by_number(wanted: Mapping[str, Post]) -> str:
    asked = []
    for alias, post in wanted.items():
        owner, name, number = _AT.findall(post.source_id)[0]
        asked.append(
            f'{alias}: repository(owner: "{owner}", name: "{name}") {{ hasDiscussionsEnabled'
            f" discussion(number: {number}) {{ {_FIELDS} }} }}"
        )
    return "{ " + "\n".join(asked) + " }"


def _alias(error: Entry) -> object:
    """Which part of the request failed; None where all of it did."""
    path = error.get("path")
    return path[0] if isinstance(path, list) and path else None


def _says_not_found(error: Entry) -> bool:
    """Whether it says of a discussion, not of its repository, that there is none."""
    path = error.get("path")
    of_discussion = isinstance(path, list) and path[1:] == ["discussion"]
    return of_discussion and error.get("type") == _NOT_FOUND


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
