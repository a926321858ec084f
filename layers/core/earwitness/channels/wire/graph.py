"""Meta's Graph: asking it, what its errors and limits mean, and its lists, paged by cursor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.html import tidy
from earwitness.channels.wire.limits import capped, retry_at
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Found, Page, Window, in_seconds
from earwitness.fetching import Fetch, Request, Response
from earwitness.model import Channel, Health, digest

PAGE = 100  # the most that the Graph gives at once
# Limits of app, user, page and use case, and "temporarily blocked": developers.facebook.com,
# Graph API, rate limiting and error handling.
_THROTTLED = frozenset({4, 17, 18, 32, 341, 368, 613, *range(80000, 80015)})
_FAILS_FOR_NOW = frozenset({1, 2})
_EXPLAINED = (200, 400, 401, 403, 404, 429, 500, 503)
_USAGE = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
_SHARES = ("call_count", "total_time", "total_cputime")  # percent of what an hour allows
_HURRIED_FROM = 80  # percent used, from which on we slow down
_CERTAINLY_OLDER = 3  # items in a row: one that is out of order does not end a list
_MOST_PASSED_OVER = 100  # pages read already, above the place where a walk goes on
_A_POST_HAS = ("message", "story", "text", "caption", "created_time", "timestamp", "media_type")

Parameters = Mapping[str, object]
Ask = Callable[[str, Parameters], tuple[Any, datetime | None]]


class Graph:
    """The Graph at one address, asked with the channel's token.

    The token travels in a header, not in the address, where proxies and errors would show it.
    """

    def __init__(self, channel: Channel, fetch: Fetch, address: str, now: datetime) -> None:
        """``channel.url`` replaces ``address``. Raises NotOk where the token is missing."""
        self._token = credential(channel, "access_token")
        self._address = (channel.url or address).rstrip("/")
        self._fetch, self._now = fetch, now

    def ask(self, path: str, parameters: Parameters) -> tuple[Any, datetime | None]:
        """The answer, and until when to leave the Graph alone after it, if at all."""
        url = f"{self._address}/{path}?{urlencode(parameters)}"
        request = Request(url, {"authorization": f"Bearer {self._token}"})
        response = ask(self._fetch, request, self._now, welcome=_EXPLAINED)
        error = mapping(mapping(_json(response)).get("error"))
        if error:
            raise _refusal(error, response, self._now, self._token)
        if response.status != 200:
            raise refused(response, self._now)
        return decoded(response), used_until(response.headers, self._now)


def used_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When to ask again after an answer whose headers show a limit nearly or wholly used.

    From 80 percent on the wait grows to an hour at 100; where the Graph names the minutes until
    access is regained, these rule.
    """
    waits_for = [_wait_for(budget) for name in _USAGE for budget in _budgets(headers.get(name))]
    longest_for = max(waits_for, default=timedelta())
    return capped(now + longest_for, now) if longest_for else None


def _wait_for(budget: Entry) -> timedelta:
    if minutes := whole(budget.get("estimated_time_to_regain_access")):
        return timedelta(minutes=max(0, min(minutes, 24 * 60)))
    share = max(whole(budget.get(name)) or 0 for name in _SHARES)
    hurry = (share - _HURRIED_FROM) / (100 - _HURRIED_FROM)
    return timedelta(hours=max(0.0, min(hurry, 1.0)))


def _budgets(header: str | None) -> Iterator[Entry]:
    """App and page usage are one object, that of use cases lists several under each business."""
    try:
        usage = mapping(json.loads(header or "{}"))
    except ValueError:
        return
    yield usage
    for lists in usage.values():
        yield from map(mapping, lists if isinstance(lists, list) else ())


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def _refusal(error: Entry, response: Response, now: datetime, token: str) -> NotOk:
    code = whole(error.get("code")) or 0
    said = tidy(written(error.get("message")) or "").replace(token, "***")[:300]
    reason = f"graph_{code}: {said}"
    if code in _THROTTLED or response.status == 429:
        again_at = used_until(response.headers, now) or retry_at(response.headers, now)
        return NotOk(Health.TRANSIENT, reason, again_at)
    passing = error.get("is_transient") is True or code in _FAILS_FOR_NOW
    lasting = not passing and response.status < 500
    return NotOk(Health.DEAD if lasting else Health.TRANSIENT, reason)


def objects(answer: Any) -> list[Entry]:
    """The posts of an answer, in every form in which the Graph gives them.

    A list under data; one object; objects under their ids; or either wrapped in the name of the
    field that was asked for. Raises NotOk where there is something, but no post.
    """
    found = _listed(answer)
    posts = [entry for entry in found if any(name in entry for name in _A_POST_HAS)]
    if found and not posts:
        raise NotOk(Health.TRANSIENT, "malformed: the answer holds no posts")
    return posts


def _listed(answer: Any) -> list[Entry]:
    given = mapping(answer)
    if "data" in given:
        return entries(given, "data")
    for name in ("mentioned_media", "mentioned_comment", "business_discovery"):
        if name in given:
            inner = mapping(given[name])
            return _listed(mapping(inner["media"]) if "media" in inner else inner)
    if "id" in given:
        return [given]
    by_id = [mapping(value) for key, value in given.items() if mapping(value).get("id") == key]
    if not by_id:
        raise NotOk(Health.TRANSIENT, "malformed: the answer has no list of data")
    return by_id


def identity(entry: Entry) -> str:
    """The object's id, else its address, else a digest of it: some answers leave ids out."""
    known = written(entry.get("id")) or written(entry.get("permalink"))
    return known or digest("graph", json.dumps(entry, sort_keys=True))[:32]


class Lists:
    """Lists read newest first, each page by the cursor of the one before.

    A cursor may expire, or lead nowhere once its item is deleted: then the list is read from its
    top again, and what lies above the window is passed over.
    """

    def __init__(
        self, ask_for: Ask, find: Callable[[Entry, int], Found], held: object = None
    ) -> None:
        """``find`` makes a post of an object, at the position given where it has no date.

        ``held`` is what ``going_on`` was at the end of the poll before.
        """
        self._ask_for = ask_for
        self._find = find
        self._going_on: dict[str, tuple[Parameters, list[str]]] = {}
        self._held = dict(mapping(held))

    @property
    def going_on(self) -> dict[str, str]:
        """The cursors of the lists that are not read to their end, and know no window of time."""
        on = self._going_on.items()
        return {path: cursors[-1] for path, (asked, cursors) in on if "since" not in asked}

    def read(self, path: str, parameters: Parameters, window: Window, now: datetime) -> Page:
        """The next page of ``path`` that reaches into the window, or the last page of all."""
        undated = in_seconds(now) if window.high is None else window.high
        held = written(self._held.pop(path, None))
        if held and window.high is not None:
            self._going_on[path] = (parameters, [held])
        for _ in range(_MOST_PASSED_OVER):
            asked, cursors = self._going_on.get(path, (parameters, []))
            answer, wait_until = self._page(path, asked, cursors)
            found = [self._find(entry, undated) for entry in objects(answer)]
            following = next_cursor(answer)
            positions = [post.position for post in found]
            reached = bool(positions) and max(positions[-_CERTAINLY_OLDER:]) < window.low
            if following is None or reached:
                self._going_on.pop(path, None)
                return Page(found, last=True, wait_until=wait_until)
            if following in cursors:
                raise NotOk(Health.TRANSIENT, "malformed: the source repeats a page")
            self._going_on[path] = (asked, [*cursors, following])
            if positions and (window.high is None or min(positions) <= window.high):
                return Page(found, last=False, wait_until=wait_until)
        raise NotOk(Health.TRANSIENT, f"too_deep: no end after {_MOST_PASSED_OVER} pages")

    def _page(
        self, path: str, asked: Parameters, cursors: list[str]
    ) -> tuple[Any, datetime | None]:
        if cursors:
            try:
                return self._ask_for(path, {**asked, "after": cursors[-1]})
            except NotOk as not_ok:
                if not_ok.health is not Health.DEAD:
                    raise
                cursors.clear()  # the cursor is refused: from the top, then
        return self._ask_for(path, asked)


def next_cursor(answer: Any) -> str | None:
    """The cursor of the page after this one. A short or empty page is no sign of the end."""
    paging = mapping(mapping(answer).get("paging"))
    if not written(paging.get("next")):
        return None
    return written(mapping(paging.get("cursors")).get("after")) or _after_in(str(paging["next"]))


def _after_in(address: str) -> str | None:
    _, _, query = address.partition("?")
    return next(iter(parse_qs(query).get("after", ())), None)
