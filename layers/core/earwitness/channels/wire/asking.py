"""Asking a source, and saying what is wrong when it does not answer with what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from earwitness.channels.wire.limits import retry_at
from earwitness.fetching import Fetch, FetchFailed, Request, Response
from earwitness.model import Health, Poll

_WORDS = {
    400: "the source does not understand the request",
    401: "the source wants credentials, or refuses ours",
    403: "the source refuses to talk to us",
    404: "there is nothing at this address",
    410: "the source says it is gone for good",
    429: "the source asks us to slow down",
    451: "the source withholds it for legal reasons",
}
_MENDS_ITSELF = (408, 425, 429)
_A_MESSAGE = 4096  # bytes of a body that may hold one
_BLOCK_PAGE_SIGNS = (
    b"captcha", b"access denied", b"just a moment", b"cf-chl", b"unusual traffic",
    b"are you a robot", b"blocked", b"log in", b"sign in", b"enable javascript",
)  # fmt: skip


class NotOk(Exception):
    """A source did not answer with what was asked for: the health it puts the channel in."""

    def __init__(self, health: Health, reason: str, next_poll_at: datetime | None = None) -> None:
        self.health = health
        self.reason = reason
        self.next_poll_at = next_poll_at
        super().__init__(reason)

    def poll(self, cursor: str | None) -> Poll:
        """The poll that brought nothing: the cursor stays where it was."""
        return Poll((), cursor, self.health, self.reason, self.next_poll_at)


class OutOfTime(NotOk):
    """There is no time for another request: what was read is kept, and the poll goes on soon."""

    def __init__(self) -> None:
        super().__init__(Health.OK, "")

    def poll(self, cursor: str | None) -> Poll:
        """The poll that goes on."""
        return Poll((), cursor, Health.OK, more=True)


def ask(
    fetch: Fetch, request: Request, now: datetime, *, welcome: Iterable[int] = (200,)
) -> Response:
    """The response when its status is welcome; raises NotOk for any other and for no response."""
    try:
        response = fetch(request)
    except FetchFailed as failure:
        health = Health.TRANSIENT if failure.transient else Health.DEAD
        raise NotOk(health, str(failure)) from failure
    if response.status not in welcome:
        raise refused(response, now)
    return response


def ask_json(fetch: Fetch, request: Request, now: datetime) -> Any:
    """The decoded JSON body of a 200; raises NotOk for anything else, a block page included."""
    return decoded(ask(fetch, request, now))


def decoded(response: Response) -> Any:
    """The JSON body of a response; raises NotOk when it is none."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        raise no_answer(response, "JSON") from None


def refused(response: Response, now: datetime) -> NotOk:
    """What a status that was not welcome does to the channel."""
    status, again_at = response.status, retry_at(response.headers, now)
    reason = f"http_{status}: {_WORDS.get(status, 'unexpected answer')}"
    throttled = status == 403 and (
        response.headers.get("x-ratelimit-remaining") == "0"
        or b"rate limit" in response.body[:_A_MESSAGE].lower()  # GitHub's secondary ones
    )
    lasting = 400 <= status < 500 and status not in _MENDS_ITSELF
    if lasting and not throttled and not (status == 403 and "retry-after" in response.headers):
        return NotOk(Health.DEAD, reason)
    return NotOk(Health.TRANSIENT, reason, again_at)


def no_answer(response: Response, expected: str) -> NotOk:
    """What a 200 does to the channel whose body is not what was asked for."""
    start = response.body[:_A_MESSAGE].lstrip().lower()
    if not start:
        return NotOk(Health.TRANSIENT, f"malformed: the body is empty, expected {expected}")
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start[:1024]:
        blocked = any(sign in response.body[:65536].lower() for sign in _BLOCK_PAGE_SIGNS)
        what = "block_page" if blocked else "web_page"
        return NotOk(Health.DEAD, f"{what}: the source answers with a web page, not {expected}")
    return NotOk(Health.TRANSIENT, f"malformed: the body is not {expected}")
