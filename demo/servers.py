"""Local channel servers: two RSS feeds and Hacker News search, speaking the real protocols.

They reveal the day's items as its clock passes, and answer nothing but 127.0.0.1.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

from demo import algolia
from demo.day import Day, Item, Pace, now

# Path of each channel of watchlist.yaml: the feeds, and where the search has its functions.
FEEDS = {"/aviation/feed.xml": "aviation news", "/forum/latest.rss": "travellers forum"}
SEARCH = {"/api/v1": "hn"}
_SHOWN = 30  # a feed holds its newest entries only
_HOME = "https://travellers.example/"  # a name that never resolves (RFC 2606)
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


@dataclass(slots=True)
class Servers:
    """Both channels on one loopback port. ``asked`` counts requests by path and status."""

    day: Day
    pace: Pace
    asked: dict[tuple[str, int], int] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        ET.register_namespace("dc", _DUBLIN_CORE)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    @property
    def address(self) -> str:
        """Where they listen, as http://127.0.0.1:PORT."""
        if self._server is None:
            raise RuntimeError("the servers are used as a context: with Servers(...) as servers")
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def urls(self) -> dict[str, str]:
        """The address of each channel, by its name in the watchlist."""
        return {name: self.address + path for path, name in (FEEDS | SEARCH).items()}

    def appeared(self, channel: str) -> list[Item]:
        """What can be read in a channel now, oldest first."""
        return self.pace.appeared(self.day.of(channel), now())


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def _handler_of(servers: Servers) -> type[BaseHTTPRequestHandler]:
    answers: dict[str, Callable[[Servers, BaseHTTPRequestHandler], _Answer]] = {
        **{path: partial(_feed, name) for path, name in FEEDS.items()},
        **{f"{path}/search_by_date": partial(_search, name) for path, name in SEARCH.items()},
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            answer = answers.get(path, _not_found)(servers, self)
            counted = (path, answer.status.value)
            servers.asked[counted] = servers.asked.get(counted, 0) + 1
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name upstream
            """The terminal belongs to the day."""

    return Handler


def _not_found(_: Servers, __: BaseHTTPRequestHandler) -> _Answer:
    return _Answer(HTTPStatus.NOT_FOUND, b"Not found\n", (("Content-Type", "text/plain"),))


def _feed(channel: str, servers: Servers, request: BaseHTTPRequestHandler) -> _Answer:
    """RSS 2.0 with conditional GET (RFC 9110, 13.1): the tag rules, else the date."""
    items = servers.appeared(channel)[-_SHOWN:]
    changed_at = max(map(servers.pace.appears_at, items), default=servers.pace.starts_at)
    body = rss(channel, items, servers.pace)
    validators = (
        ("ETag", f'"{hashlib.sha256(body).hexdigest()[:16]}"'),
        ("Last-Modified", format_datetime(changed_at.astimezone(UTC), usegmt=True)),
        ("Cache-Control", "max-age=0"),
    )
    if _is_unchanged(request, validators[0][1], changed_at):
        return _Answer(HTTPStatus.NOT_MODIFIED, headers=validators)
    kind = ("Content-Type", "application/rss+xml; charset=utf-8")
    return _Answer(HTTPStatus.OK, body, (*validators, kind))


def _is_unchanged(request: BaseHTTPRequestHandler, tag: str, changed_at: datetime) -> bool:
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return tag in [known.strip().removeprefix("W/") for known in tags.split(",")]
    since = request.headers.get("If-Modified-Since")
    try:
        return since is not None and parsedate_to_datetime(since) >= changed_at
    except (ValueError, TypeError):
        return False


def rss(name: str, items: list[Item], pace: Pace) -> bytes:
    """The feed's document, newest entry first."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    ET.SubElement(channel, "title").text = name.capitalize()
    ET.SubElement(channel, "link").text = _HOME
    ET.SubElement(channel, "description").text = "Written for the demo"
    for item in reversed(items):
        entry = ET.SubElement(channel, "item")
        ET.SubElement(entry, "title").text = item.title
        ET.SubElement(entry, "link").text = f"{_HOME}{item.number}"
        ET.SubElement(entry, "guid", isPermaLink="false").text = item.source_id
        ET.SubElement(entry, "pubDate").text = format_datetime(pace.appears_at(item), usegmt=True)
        ET.SubElement(entry, f"{{{_DUBLIN_CORE}}}creator").text = item.author
        ET.SubElement(entry, "description").text = item.text
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _search(channel: str, servers: Servers, request: BaseHTTPRequestHandler) -> _Answer:
    query = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
    entries = [
        algolia.Entry(i.number, i.author, i.title, i.text, servers.pace.appears_at(i))
        for i in servers.appeared(channel)
    ]
    kind = (("Content-Type", "application/json; charset=UTF-8"),)
    try:
        found = algolia.search_by_date(entries, query)
    except algolia.BadRequest as refused:
        body = json.dumps({"message": str(refused), "status": 400}).encode()
        return _Answer(HTTPStatus.BAD_REQUEST, body, kind)
    return _Answer(HTTPStatus.OK, json.dumps(found, ensure_ascii=False).encode(), kind)
