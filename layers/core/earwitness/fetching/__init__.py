"""One careful HTTP request: checked addresses, total deadline, size cap, redirects re-checked.

Stands on httpcore, the engine of httpx: it takes a network backend, where the address check
belongs, and imports in a third of the time. Reads no proxy settings and keeps no cookies.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpcore

from earwitness.fetching.addresses import Target, check_url, parse_url
from earwitness.fetching.body import ACCEPT_ENCODING, read_body
from earwitness.fetching.connection import Deadline, PinnedBackend
from earwitness.fetching.failure import FetchFailed

__all__ = ["Fetch", "FetchFailed", "Fetcher", "Request", "Response", "check_url"]

USER_AGENT = "Earwitness/0.1 (brand-mention monitor)"
MAX_REDIRECTS = 5
_KEPT_METHOD = (307, 308)
_REDIRECTS = (301, 302, 303, *_KEPT_METHOD)
_PERMANENT = (301, 308)
_NO_HEADER = re.compile("[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")  # RFC 9110, 5.5
_CREDENTIALS = ("authorization", "cookie", "x-api-key", "x-goog-api-key")


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for. ``repr`` leaves out headers and body: they may hold credentials."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whatever its status.

    ``url`` is where the answer came from, ``headers`` have lower-case names, ``body`` is
    decompressed. ``moved_to`` is the new address when every redirect up to it was permanent.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    moved_to: str | None = None


Fetch = Callable[[Request], Response]


class Fetcher:
    """Fetches, one request at a time, keeping connections open between requests.

    A call raises FetchFailed when there is no response; any status is a response.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        deadline_for: timedelta = timedelta(seconds=20),
        size_cap: int = 5 * 1024 * 1024,
        user_agent: str = USER_AGENT,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._deadline = Deadline(deadline_for)
        self._size_cap = size_cap
        self._user_agent = user_agent
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            keepalive_expiry=5,  # seconds: servers close idle connections soon after
            network_backend=PinnedBackend(self._deadline, allow_loopback=allow_loopback),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections kept open."""
        self._pool.close()

    def __call__(self, request: Request) -> Response:
        """The response to ``request`` after at most five redirects, each checked like the first."""
        self._deadline.start()
        asked, moved_to, permanent = request, None, True
        target = self._target(request.url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._exchange(asked, target)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                return replace(response, moved_to=moved_to)
            url = _joined_url(asked.url, location)
            old, target = target, self._redirected(target, url)
            asked = _following(
                asked, url, response.status, leaves_origin=old.origin != target.origin
            )
            permanent = permanent and response.status in _PERMANENT
            moved_to = url if permanent else moved_to
        raise FetchFailed("too_many_redirects", transient=False, detail=f"over {MAX_REDIRECTS}")

    def _target(self, url: str) -> Target:
        try:
            return parse_url(url, allow_loopback=self._allow_loopback)
        except ValueError as error:
            raise FetchFailed("url_refused", transient=False, detail=str(error)) from None

    def _redirected(self, old: Target, url: str) -> Target:
        try:
            target = parse_url(url, allow_loopback=self._allow_loopback)
        except ValueError as error:
            raise FetchFailed("redirect_refused", transient=False, detail=str(error)) from None
        if (old.scheme, target.scheme) == ("https", "http"):
            raise FetchFailed("redirect_refused", transient=False, detail="from https to http")
        return target

    def _exchange(self, request: Request, target: Target) -> Response:
        headers = {
            "host": target.authority,
            "user-agent": self._user_agent,
            "accept-encoding": ACCEPT_ENCODING,
            "accept": "*/*",
            **{name.lower(): value for name, value in request.headers.items()},
        }
        url = httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        encoded = [(name.encode(), _encoded(name, value)) for name, value in headers.items()]
        try:
            with self._pool.stream(
                request.method,
                url,
                headers=_with_length(encoded, request),
                content=request.body or None,
            ) as answer:
                answer_headers = _joined(answer.headers)
                body = read_body(
                    answer.iter_stream(), answer_headers.get("content-encoding", ""), self._size_cap
                )
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _failure(error, self._deadline) from error
        return Response(answer.status, request.url, answer_headers, body)


def _encoded(name: str, value: str) -> bytes:
    """A header's value as it is sent. What is wrong with it is said without it: it may be a key."""
    if value != value.strip() or _NO_HEADER.search(value):
        why = f"the value of {name} holds a line's end or another sign that no header can"
        raise FetchFailed("header_refused", transient=False, detail=why)
    return value.encode("latin-1")


def _joined_url(url: str, location: str) -> str:
    try:
        return urljoin(url, location).partition("#")[0]
    except ValueError as error:
        raise FetchFailed("redirect_refused", transient=False, detail=str(error)) from None


def _following(request: Request, url: str, status: int, *, leaves_origin: bool) -> Request:
    """The request a redirect asks for; credentials stay with the origin they were meant for.

    So does a body, which may be a sign-in: without it the request would be another one.
    """
    headers = {
        name: value
        for name, value in request.headers.items()
        if not (leaves_origin and name.lower() in _CREDENTIALS)
    }
    if status in _KEPT_METHOD and request.body and leaves_origin:
        why = "what was sent is meant for the first address alone"
        raise FetchFailed("redirect_refused", transient=False, detail=why)
    if status in _KEPT_METHOD or request.method in ("GET", "HEAD"):
        return replace(request, url=url, headers=headers)
    headers = {k: v for k, v in headers.items() if k.lower() != "content-type"}
    return Request(url, headers)


def _with_length(headers: list[tuple[bytes, bytes]], request: Request) -> list[tuple[bytes, bytes]]:
    if not request.body and request.method == "GET":
        return headers
    return [*headers, (b"content-length", str(len(request.body)).encode())]


def _joined(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _failure(error: Exception, deadline: Deadline) -> FetchFailed:
    """The named reason for what went wrong underneath."""
    try:
        deadline.left()
    except FetchFailed as timed_out:
        return timed_out
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        cause = error.__cause__ or error.__context__
        return FetchFailed("certificate", transient=True, detail=str(cause))
    if isinstance(error, httpcore.ProtocolError):
        # httpcore would quote the answer, which may repeat what was asked with.
        return FetchFailed("malformed", transient=True, detail="the answer is not HTTP")
    return FetchFailed("connection", transient=True, detail=type(error).__name__)
