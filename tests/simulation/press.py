"""What is said in the simulated world, and the sources that show it: tests/cases/simulation."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from earwitness.channels import hackernews
from earwitness.fetching import Request, Response
from earwitness.model import Channel, Mention, Post
from earwitness.watchlist import load

CASES = Path(__file__).parents[1] / "cases" / "simulation"
BEGAN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # the daily digest is a night away
HN = "hn"
NEWS = "news"
PUSH = "push"
OUTAGE = "outage"  # the group of those that are said as one incident
EVER = 10_000  # minutes
AGAIN = "hn again"  # to read posts again
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
WATCHED = load(WATCHLIST, "watchlist.yaml")
CHANNELS = WATCHED.channels


@dataclass(frozen=True)
class Item:
    """One post, as its source has it. Times are minutes after the world began.

    ``gone`` is when its author takes it down, ``points`` what it has after two hours, and
    ``front`` whether the front page shows it.
    """

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
    gone: int | None = None
    points: int | None = None
    front: bool = False

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

    def stays(self, minute: int) -> bool:
        """Whether, in that minute, it is neither erased nor gone."""
        ends = [one for one in (self.erased, self.gone) if one is not None]
        return all(minute < one for one in ends)

    def points_at(self, age_for: timedelta) -> int | None:
        """How many points it has at an age."""
        return self.points and round(self.points * min(1, age_for / timedelta(hours=2)))

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


def by_group() -> dict[str, list[Item]]:
    """The posts of each group that people are told of."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for one in ITEMS:
        if one.group is not None:
            groups[one.group].append(one)
    return groups


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
    ``failures`` are the sources that gave none, and when; ``told_gone`` the items that were said to
    be taken down.
    """

    clock: Callable[[], datetime]
    asked: Callable[[str, str], None]
    shown: Callable[[Item], None]
    moods: random.Random | None = None
    failures: list[tuple[str, datetime]] = field(default_factory=list)
    told_gone: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Response:
        """Answer as the source at that address."""
        source, answer = self._way(request.url)
        self.asked(source, request.url)
        if self.moods is not None and self.moods.random() < 0.15:
            self.failures.append((source, self.clock()))
            return Response(503, request.url, {}, b"")
        return answer(request)

    def _way(self, address: str) -> tuple[str, Callable[[Request], Response]]:
        if address == FEED:
            return NEWS, self._feed
        if address.startswith(hackernews.ITEMS):
            return AGAIN, self._item
        return (AGAIN, self._again) if "tags=comment" in address else (HN, self._search)

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

    def _again(self, request: Request) -> Response:
        """The comments of some authors, as they are now."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        some = [one for one in self._visible(HN) if f"author_{one.author}" in asked["tags"]]
        return self._answer(request, some, {"hits": [self._hit(one) for one in some]})

    def _item(self, request: Request) -> Response:
        """What Hacker News itself says of one that the search does not find."""
        (one,) = (one for one in ITEMS if request.url.endswith(f"/item/{one.id}.json"))
        gone = one.gone is not None and not one.stays(self.minute())
        if gone:
            self.told_gone.add(one.id)
        return self._answer(request, [], {"id": one.id, **({"deleted": True} if gone else {})})

    def _hit(self, one: Item) -> dict[str, Any]:
        return {
            "objectID": one.id,
            "author": one.author,
            "created_at_i": int(one.published_at.timestamp()),
            "comment_text": one.text_at(self.clock()),
            "points": one.points_at(self.clock() - one.published_at),
            "_tags": ["comment", *(["front_page"] if one.front else [])],
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

    def minute(self) -> int:
        """How many minutes the world has lived."""
        return int((self.clock() - BEGAN) / timedelta(minutes=1))

    def _visible(self, source: str) -> list[Item]:
        shown = [one for one in ITEMS if one.source == source and one.appears_at <= self.clock()]
        return [one for one in shown if one.gone is None or self.minute() < one.gone]
