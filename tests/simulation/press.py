"""What is said in the simulated world, and the sources that show it: tests/cases/simulation."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from earwitness.fetching import Request, Response
from earwitness.model import Channel, Mention, Post
from earwitness.watchlist import load

CASES = Path(__file__).parents[1] / "cases" / "simulation"
BEGAN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # the daily digest is a night away
HN = "hn"
NEWS = "news"
PUSH = "push"
FEED = "https://news.example/feed"
BRANDS = ("Northwind Air", "Skylark Jet")
WATCHLIST = f"""
brands:
  - {{name: Northwind Air, role: own, terms: [Northwind Air]}}
  - {{name: Skylark Jet, role: own, terms: [Skylark Jet], digest: never}}
channels:
  - {{name: {HN}, kind: hackernews, every: 2m}}
  - {{name: {NEWS}, kind: feed, url: "{FEED}", every: 3m}}
alerting: {{group_wait: {{critical: 0s, high: 2m}}, daily_cap: 1000}}
""".encode()
CHANNELS = load(WATCHLIST, "watchlist.yaml").channels


@dataclass(frozen=True)
class Item:
    """One post, as its source has it. Times are minutes after the world began."""

    id: str
    source: str
    published: int
    author: str
    about: tuple[str, ...]
    text: str
    appears: int | None = None
    group: str | None = None
    edited: int | None = None
    then: str = ""
    erased: int | None = None

    @property
    def published_at(self) -> datetime:
        return BEGAN + timedelta(minutes=self.published)

    @property
    def appears_at(self) -> datetime:
        """From when its source shows it."""
        minutes = self.published if self.appears is None else self.appears
        return BEGAN + timedelta(minutes=minutes)

    def text_at(self, now: datetime) -> str:
        """What it says at a time."""
        edited = self.edited is not None and now >= BEGAN + timedelta(minutes=self.edited)
        return self.then if edited else self.text

    @property
    def post_id(self) -> str:
        """The id that its post must have."""
        kind, scope = {
            HN: ("hackernews", ""),
            NEWS: ("feed", Channel(NEWS, "feed", timedelta(0)).channel_id),
            PUSH: ("ingest", "partner"),
        }[self.source]
        return Post(kind=kind, scope=scope, source_id=self.id, text="", channel="").post_id

    @property
    def mention_ids(self) -> tuple[str, ...]:
        """The ids that its mentions must have."""
        return tuple(Mention.id_of(brand, self.post_id) for brand in self.about)


def _read() -> tuple[Item, ...]:
    raw = yaml.safe_load((CASES / "posts.yaml").read_text(encoding="utf-8"))
    return tuple(Item(**{**one, "about": tuple(one["about"])}) for one in raw)


ITEMS = _read()


def pushed() -> bytes:
    """The body of the one request that a partner sends."""
    posts = [
        {
            "id": one.id,
            "channel": "partner",
            "text": one.text,
            "author": {"handle": one.author},
            "published_at": one.published_at.isoformat(),
        }
        for one in ITEMS
        if one.source == PUSH
    ]
    return json.dumps({"posts": posts}).encode()


@dataclass
class Sources:
    """Hacker News and a feed at the time ``clock`` tells. ``moods`` makes them fail now and then.

    ``asked`` is told which source was asked for what address, ``shown`` each item in an answer.
    """

    clock: Callable[[], datetime]
    asked: Callable[[str, str], None]
    shown: Callable[[Item], None]
    moods: random.Random | None = None

    def __call__(self, request: Request) -> Response:
        """Answer as the source at that address."""
        source = NEWS if request.url == FEED else HN
        self.asked(source, request.url)
        if self.moods is not None and self.moods.random() < 0.15:
            return Response(503, request.url, {}, b"")
        return self._feed(request) if source == NEWS else self._search(request)

    def _search(self, request: Request) -> Response:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        low = int(re.search(r"created_at_i>=(\d+)", asked["numericFilters"])[1])
        high = re.search(r"created_at_i<=(\d+)", asked["numericFilters"])
        found = [
            one
            for one in self._visible(HN)
            if low <= (at := one.published_at.timestamp()) and (high is None or at <= int(high[1]))
        ]
        found.sort(key=lambda one: one.published_at, reverse=True)
        size, page = int(asked["hitsPerPage"]), int(asked["page"])
        some = found[page * size : (page + 1) * size]
        return self._answer(request, some, {"hits": [self._hit(one) for one in some],
                                            "nbPages": -(-len(found) // size)})  # fmt: skip

    def _hit(self, one: Item) -> dict[str, Any]:
        return {
            "objectID": one.id,
            "author": one.author,
            "created_at_i": int(one.published_at.timestamp()),
            "comment_text": one.text_at(self.clock()),
        }

    def _feed(self, request: Request) -> Response:
        some = self._visible(NEWS)
        etag = "-".join(one.id for one in some)
        if request.headers.get("if-none-match") == etag:
            return Response(304, request.url, {}, b"")
        items = [
            {
                "id": one.id,
                "content_text": one.text_at(self.clock()),
                "date_published": one.published_at.isoformat(),
                "authors": [{"name": one.author}],
            }
            for one in some
        ]
        document = {"version": "https://jsonfeed.org/version/1.1", "items": items}
        return self._answer(request, some, document, {"etag": etag})

    def _answer(
        self,
        request: Request,
        some: list[Item],
        document: Any,
        headers: dict[str, str] | None = None,
    ) -> Response:
        for one in some:
            self.shown(one)
        return Response(200, request.url, headers or {}, json.dumps(document).encode())

    def _visible(self, source: str) -> list[Item]:
        return [one for one in ITEMS if one.source == source and one.appears_at <= self.clock()]
