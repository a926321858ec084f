"""Meta's Graph: asking it, what its errors and limits mean, and the pages of its lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.html import tidy
from earwitness.channels.wire.limits import capped, retry_at
from earwitness.channels.wire.lists import Answered, Parameters
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Page
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
_A_POST_HAS = ("message", "story", "text", "caption", "created_time", "timestamp", "media_type")

_TOKEN_ENDED = frozenset({102, 190})
_UNREADABLE = (100, 33)  # code and subcode: deleted, hidden, or not for our token

Ask = Callable[[str, Parameters], tuple[Any, datetime | None]]


class Refused(NotOk):
    """The Graph refused a request for a reason that lasts."""

    def __init__(self, reason: str, code: int, subcode: int | None) -> None:
        super().__init__(Health.DEAD, reason)
        self.of_the_token = code in _TOKEN_ENDED
        self.is_unreadable = (code, subcode) == _UNREADABLE


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
    if passing or response.status >= 500:
        return NotOk(Health.TRANSIENT, reason)
    return Refused(reason, code, whole(error.get("error_subcode")))


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


def page_of(ask: Ask, path: str, parameters: Parameters, cursor: str | None) -> Answered:
    """One page of a list, for ``Lists``."""
    answer, wait_until = ask(path, {**parameters, "after": cursor} if cursor else parameters)
    return Answered(objects(answer), next_cursor(answer), wait_until)


def listed_at(path: str, page: Page) -> Page:
    """The page, each of whose posts knows of the list that it was read from."""
    found = [replace(one, post=replace(one.post, asked_by=path)) for one in page.found]
    return replace(page, found=found)


def next_cursor(answer: Any) -> str | None:
    """The cursor of the page after this one. A short or empty page is no sign of the end."""
    paging = mapping(mapping(answer).get("paging"))
    if not written(paging.get("next")):
        return None
    return written(mapping(paging.get("cursors")).get("after")) or _after_in(str(paging["next"]))


def _after_in(address: str) -> str | None:
    _, _, query = address.partition("?")
    return next(iter(parse_qs(query).get("after", ())), None)
