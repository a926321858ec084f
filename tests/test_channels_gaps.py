"""Every kind that searches, against a server that speaks its protocol and misbehaves.

Posts come over simulated hours with bursts, several in one second, late ones and deletions, of
the very item a page ends with too; the server throttles, fails, stalls in mid-answer and cuts
answers short; polls die between any two requests. Every post that stays must be offered.
"""

from __future__ import annotations

import json
import random
import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import KINDS
from earwitness.fetching import Fetch, Fetcher, Request, Response
from earwitness.model import Channel, Health
from tests.loopback import Answer, Asked, serving

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOURS = 6
POSTS = 10_000
POLLED_EVERY_SECONDS = 240
DEADLINE_FOR = timedelta(seconds=1)  # of a request; a healthy answer takes a hundredth of it
QUERY = '"Northwind Air"'
CREDENTIALS = dict.fromkeys(
    ("identifier", "app_password", "bearer_token", "client_id", "client_secret", "api_key",
     "access_token"), "hush"
)  # fmt: skip


@dataclass
class Item:
    number: int
    at: datetime
    shown_at: datetime


@dataclass
class World:
    """What is published when, and what the source shows of it at a moment."""

    random: random.Random
    now: datetime = START
    items: list[Item] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    anchor: Item | None = None  # the last item of the last page served

    def publish(self, posts: int, burst_for: timedelta) -> None:
        length, burst_seconds = HOURS * 3600, int(burst_for.total_seconds())
        for number in range(posts):
            burst = self.random.random() < 0.4
            second = self.random.randrange(burst_seconds) + length // 2 if burst else None
            at = START + timedelta(
                seconds=self.random.randrange(length) if second is None else second,
                milliseconds=number % 1000,
            )
            late = timedelta(seconds=self.random.randrange(40) if number % 50 == 0 else 0)
            self.items.append(Item(number, at, at + late))
        self.items.sort(key=lambda item: (item.at, item.number), reverse=True)

    def shown(self, low: float = 0, high: float = 1e12) -> list[Item]:
        """From the newest at ``high`` down to ``low``, in Unix seconds."""
        newest = bisect_left(self.items, -high, key=lambda item: -item.at.timestamp())
        oldest = bisect_right(self.items, -low, key=lambda item: -item.at.timestamp())
        return [
            item
            for item in self.items[newest:oldest]
            if item.shown_at <= self.now and item.number not in self.gone
        ]

    def page(self, found: list[Item], first: int, size: int) -> list[Item]:
        page = found[first : first + size]
        self.anchor = page[-1] if page else None
        return page

    def delete_anchor(self) -> None:
        if self.anchor is not None:
            self.gone.add(self.anchor.number)

    def delete_one(self) -> None:
        if shown := self.shown(self.now.timestamp() - 600):
            self.gone.add(self.random.choice(shown).number)


Speaks = Callable[[World, Asked], object]


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def hackernews(world: World, asked: Asked) -> object:
    low, high = 0, 1 << 40
    for bound in asked.query["numericFilters"].split(","):
        name, _, value = bound.replace("<=", ">=").partition(">=")
        assert name == "created_at_i"
        low, high = (int(value), high) if ">=" in bound else (low, int(value))
    found = world.shown(low, high + 0.9995)[:1000]
    size, page = int(asked.query["hitsPerPage"]), int(asked.query["page"])
    hits = [
        {"objectID": str(item.number), "created_at_i": seconds(item.at), "comment_text": "x"}
        for item in world.page(found, page * size, size)
    ]
    return {"hits": hits, "nbPages": -(-len(found) // size)}


def mastodon_id(item: Item) -> int:
    return (millis(item.at) << 16) + item.number


def mastodon(world: World, asked: Asked) -> object:
    low = int(asked.query["since_id"])
    high = int(asked.query.get("max_id", 1 << 80))
    shown = world.shown((low >> 16) / 1000 - 1, (high >> 16) / 1000 + 1)
    found = [item for item in shown if low < mastodon_id(item) < high]
    return [
        {
            "id": str(mastodon_id(item)),
            "uri": str(item.number),
            "created_at": stamp(item.at),
            "content": "x",
        }
        for item in world.page(found, 0, int(asked.query["limit"]))
    ]


def bluesky(world: World, asked: Asked) -> object:
    if asked.path.endswith("Session"):
        return {"accessJwt": "token", "refreshJwt": "renewal"}
    if asked.path.endswith("getProfiles"):
        return {"profiles": []}
    low = datetime.fromisoformat(asked.query["since"])
    high = datetime.fromisoformat(asked.query.get("until", "2099-01-01T00:00:00Z"))
    shown = world.shown(low.timestamp(), high.timestamp())
    found = [item for item in shown if low <= item.at < high]
    return {
        "posts": [
            {"uri": f"at://did/app.bsky.feed.post/{item.number}", "indexedAt": stamp(item.at),
             "record": {"createdAt": stamp(item.at)}}
            for item in world.page(found, 0, int(asked.query["limit"]))
        ]
    }  # fmt: skip


def x_id(item: Item) -> int:
    return ((millis(item.at) - 1288834974657) << 22) + item.number


def id_time(tweet_id: int) -> float:
    return ((tweet_id >> 22) + 1288834974657) / 1000


def x(world: World, asked: Asked) -> object:
    low, high = int(asked.query["since_id"]), int(asked.query.get("until_id", 1 << 80))
    shown = world.shown(id_time(low) - 1, id_time(high) + 1)
    found = [item for item in shown if low < x_id(item) < high]
    page = world.page(found, 0, int(asked.query["max_results"]))
    meta = {"result_count": len(page)} | ({"next_token": "t"} if len(found) > len(page) else {})
    data = [{"id": str(x_id(i)), "text": "x", "created_at": stamp(i.at)} for i in page]
    return {"meta": meta} | ({"data": data} if data else {})


def stackexchange(world: World, asked: Asked) -> object:
    low, high = int(asked.query["fromdate"]), int(asked.query.get("todate", 1 << 40))
    found = world.shown(low, high + 0.9995)
    size, page = int(asked.query["pagesize"]), int(asked.query["page"]) - 1
    items = [
        {"question_id": item.number, "creation_date": seconds(item.at), "title": "x"}
        for item in world.page(found, page * size, size)
    ]
    return {"items": items, "has_more": len(found) > (page + 1) * size, "quota_remaining": 99}


def github(world: World, asked: Asked) -> object:
    low, _, high = asked.query["q"].rpartition("created:")[2].partition("..")
    first = datetime.fromisoformat(low)
    last = datetime.fromisoformat("2099-01-01T00:00:00Z" if high == "*" else high)
    found = world.shown(first.timestamp(), last.timestamp() + 0.9995)[:1000]
    size, page = int(asked.query["per_page"]), int(asked.query["page"]) - 1
    return {
        "items": [
            {
                "html_url": f"https://git.example/{i.number}",
                "created_at": f"{i.at:%FT%TZ}",
                "title": "x",
            }
            for i in world.page(found, page * size, size)
        ],
        "total_count": len(found),
        "incomplete_results": False,
    }


def reddit(world: World, asked: Asked) -> object:
    if asked.path.endswith("access_token"):
        return {"access_token": "token", "expires_in": 3600}
    shown = world.shown(world.now.timestamp() - 86400)[:1000]
    names = [f"t3_{item.number}" for item in shown]
    anchor = asked.query.get("after")
    if anchor and anchor not in names:
        return {"data": {"children": []}}  # a deleted anchor hides all that is older
    first = names.index(anchor) + 1 if anchor else 0
    page = world.page(shown, first, int(asked.query["limit"]))
    things = [{"name": f"t3_{i.number}", "created_utc": float(seconds(i.at))} for i in page]
    return {"data": {"children": [{"kind": "t3", "data": thing} for thing in things]}}


def youtube(world: World, asked: Asked) -> object:
    if not asked.path.endswith("/search"):
        return {"items": []}  # details of videos, and their comments
    first = datetime.fromisoformat(asked.query["publishedAfter"])
    last = datetime.fromisoformat(asked.query.get("publishedBefore", "2099-01-01T00:00:00Z"))
    found = [i for i in world.shown(first.timestamp(), last.timestamp()) if i.at < last]
    page = world.page(found, 0, int(asked.query["maxResults"]))
    more = {"nextPageToken": "t"} if len(found) > len(page) else {}
    return more | {
        "items": [
            {"id": {"videoId": str(i.number)}, "snippet": {"publishedAt": f"{i.at:%FT%TZ}"}}
            for i in page
        ]
    }


def graph_page(world: World, items: list[Item], asked: Asked, time: str) -> object:
    """A page by cursor; the cursor names an item, and that of a deleted one is refused."""
    names = [str(item.number) for item in items]
    anchor = asked.query.get("after")
    if anchor and anchor not in names:
        return {"error": {"code": 100, "message": "Invalid cursor"}}
    first = names.index(anchor) + 1 if anchor else 0
    page = world.page(items, first, int(asked.query["limit"]))
    more = first + len(page) < len(items)
    data = [{"id": str(i.number), "message": "x", time: f"{i.at:%FT%T}+0000"} for i in page]
    after = {"cursors": {"after": data[-1]["id"]}} if data else {}
    return {"data": data, "paging": after | ({"next": "https://a.example"} if more else {})}


def facebook(world: World, asked: Asked) -> object:
    if "comments.order" in asked.query["fields"]:  # two posts with a comment each, never another
        return {"data": [{"id": n, "comments": {"data": [{"id": f"c{n}"}]}} for n in ("p1", "p2")]}
    if asked.path.endswith("/comments"):
        return {"data": []}
    low, high = int(asked.query["since"]), int(asked.query.get("until", 1 << 40))
    return graph_page(world, world.shown(low, high + 0.9995), asked, "created_time")


def instagram(world: World, asked: Asked) -> object:
    return graph_page(world, world.shown(), asked, "timestamp")


def threads(world: World, asked: Asked) -> object:
    low, high = int(asked.query["since"]), int(asked.query.get("until", 1 << 40))
    return graph_page(world, world.shown(low, high + 0.9995), asked, "timestamp")


SERVERS: dict[str, Speaks] = {
    "hackernews": hackernews,
    "mastodon": mastodon,
    "bluesky": bluesky,
    "x": x,
    "stackexchange": stackexchange,
    "github": github,
    "reddit": reddit,
    "youtube": youtube,
    "facebook": facebook,
    "instagram": instagram,
    "threads": threads,
}


# What a source lets through at all: a listing on Reddit ends after 1,000 items, and YouTube's
# hundred searches a day bring fifty videos each.
LOAD = {"reddit": (POSTS, timedelta(hours=1)), "youtube": (200, timedelta(hours=1))}
# YouTube's comments are a unit each; a cursor that is refused starts its list at the top again.
MOST_IN_A_POLL = {"youtube": 50, "instagram": 100, "facebook": 45, "reddit": 35}


def number_of(kind: str, source_id: str) -> int:
    if kind == "x":
        return int(source_id) & ((1 << 22) - 1)
    return int(re.split("[/_]", source_id)[-1])


def stalling(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    time.sleep(2 * DEADLINE_FOR.total_seconds())


def misbehaving(world: World, speaks: Speaks, dice: random.Random) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        luck = dice.random()
        if luck < 0.03:
            return Answer(b"slow down", 429, {"retry-after": "30"})
        if luck < 0.06:
            return Answer(b"oops", 500)
        body = json.dumps(speaks(world, asked)).encode()
        if luck < 0.08:
            return Answer(body[: len(body) // 2])
        if luck < 0.083:
            return Answer(stalling(body))
        if luck < 0.16:
            world.delete_one()
        elif luck < 0.22:
            world.delete_anchor()
        return Answer(body)

    return answer


class Killed(BaseException):
    """The function was stopped between two requests."""


def mortal(fetch: Fetch, requests: int) -> Fetch:
    """``fetch`` until it has been called that many times."""
    left = iter(range(requests))

    def fetch_or_die(request: Request) -> Response:
        if next(left, None) is None:
            raise Killed
        return fetch(request)

    return fetch_or_die


@pytest.mark.parametrize("kind", SERVERS)
def test_no_post_is_missed_whatever_the_source_does_f20_f21_f34_f35(kind):
    dice = random.Random(kind)
    world = World(dice)
    posts, burst_for = LOAD.get(kind, (POSTS, timedelta(minutes=10)))
    world.publish(posts, burst_for)
    cursor, offered, asked_per_poll = None, {}, []
    with (
        serving(misbehaving(world, SERVERS[kind], dice)) as server,
        Fetcher(allow_loopback=True, deadline_for=DEADLINE_FOR) as fetch,
    ):
        watched = channel(kind, server.url)
        end = START + timedelta(hours=HOURS + 3)
        while world.now < end:
            before, dies_after = len(server.asked), dice.randrange(12)
            try:
                # Every sixth poll dies between two requests, its first and its last included.
                mortality = mortal(fetch, dies_after) if dice.random() < 1 / 6 else fetch
                poll = KINDS[kind].poll(watched, cursor, mortality, world.now)
            except Killed:
                continue
            finally:
                asked_per_poll.append(len(server.asked) - before)
            assert poll.health is not Health.DEAD, poll.reason
            cursor = poll.cursor
            offered.update((number_of(kind, post.source_id), post) for post in poll.posts)
            soon = world.now + timedelta(seconds=1 if poll.more else POLLED_EVERY_SECONDS)
            world.now = max(soon, poll.next_poll_at or soon)
    stayed = {item.number for item in world.items} - world.gone
    assert stayed - offered.keys() == set()
    assert max(asked_per_poll) <= MOST_IN_A_POLL.get(kind, 31)
    if kind == "youtube":
        searches = [asked for asked in server.asked if asked.path.endswith("/search")]
        assert len(searches) <= 100 * (HOURS + 3) / 24 * 1.15  # killed polls search again
    # Quiet polls cost a request or two; a burst is read once, and its overlap again per poll.
    most_per_poll = 22 if kind == "youtube" else 3
    assert len(server.asked) < most_per_poll * len(asked_per_poll) + POSTS / 10


def channel(kind: str, url: str) -> Channel:
    options = {"most_posts_per_month": 10_000_000, "page": "n", "account": "1"}
    return Channel(kind, kind, timedelta(minutes=2), url, (QUERY,), options, CREDENTIALS)


def ever_the_same(world: World, speaks: Speaks) -> Callable[[Asked], Answer]:
    """A source that answers every search with the page that it gave first, and promises more."""
    pages: dict[str, bytes] = {}

    def answer(asked: Asked) -> Answer:
        what = asked.path + asked.query.get("fields", "")
        if what not in pages:
            pages[what] = json.dumps(speaks(world, asked)).encode()
        return Answer(pages[what])

    return answer


@pytest.mark.parametrize("kind", SERVERS)
def test_a_page_that_repeats_itself_is_not_read_for_ever_f22(kind):
    world = World(random.Random(kind))
    world.publish(3_000, timedelta(minutes=10))
    world.now = START + timedelta(hours=HOURS)
    with (
        serving(ever_the_same(world, SERVERS[kind])) as server,
        Fetcher(allow_loopback=True) as fetch,
    ):
        cursor, more, posts = None, True, 0
        while more and len(server.asked) < 100:
            poll = KINDS[kind].poll(channel(kind, server.url), cursor, fetch, world.now)
            cursor, more, posts = poll.cursor, poll.more, posts + len(poll.posts)
    assert posts
    assert not more
    if kind == "youtube":  # fifty videos, and their comments, are all that it gave
        assert len(server.asked) <= 4 + 2 + 20
    else:
        assert len(server.asked) <= 25
        assert poll.health is Health.TRANSIENT or poll.reason.startswith("gap")


# How each source that pages by a token says "an empty page, and there are more".
EMPTY_BUT_MORE = {
    "x": {"meta": {"result_count": 0, "next_token": "t"}},
    "bluesky": {"posts": [], "cursor": "t"},
    "youtube": {"items": [], "nextPageToken": "t"},
    "facebook": {"data": [], "paging": {"cursors": {"after": "0"}, "next": "https://a.example"}},
    "threads": {"data": [], "paging": {"cursors": {"after": "0"}, "next": "https://a.example"}},
    "instagram": {"data": [], "paging": {"cursors": {"after": "0"}, "next": "https://a.example"}},
    "mastodon": [],
}


@pytest.mark.parametrize("kind", EMPTY_BUT_MORE)
def test_an_empty_page_in_midstream_is_not_taken_for_the_end_f23(kind):
    world = World(random.Random(kind))
    world.publish(60, timedelta(minutes=10))
    world.now = START + timedelta(hours=HOURS, minutes=1)
    searched = iter((True,))

    def answer(asked: Asked) -> Answer:
        goes_on = {"next_token", "cursor", "pageToken", "after"} & asked.query.keys()
        looks_around = asked.path.endswith(("Session", "getProfiles", "videos", "commentThreads"))
        looks_around = looks_around or "comments.order" in asked.query.get("fields", "")
        if not looks_around and next(searched, False):
            link = {"link": "<https://a.example/?max_id=" + str(1 << 70) + '>; rel="next"'}
            return Answer(json.dumps(EMPTY_BUT_MORE[kind]).encode(), headers=link)
        for name in goes_on:  # the token of the empty page stands for the first page
            asked.query.pop(name)
        return Answer(json.dumps(SERVERS[kind](world, asked)).encode())

    with serving(answer) as server, Fetcher(allow_loopback=True) as fetch:
        found, cursor = {}, None
        for _ in range(3):
            poll = KINDS[kind].poll(channel(kind, server.url), cursor, fetch, world.now)
            cursor = poll.cursor
            found |= {number_of(kind, post.source_id): post for post in poll.posts}
    assert found.keys() == {item.number for item in world.items}


@pytest.mark.parametrize("kind", ["hackernews", "mastodon", "bluesky", "stackexchange", "github"])
def test_posts_seen_before_do_not_use_a_polls_budget_up_f24(kind):
    """Overlaps of many pages, all known: a new post on top of them is still offered at once."""
    world = World(random.Random(kind))
    world.publish(2_000, timedelta(minutes=3))
    world.now = START + timedelta(hours=HOURS / 2, minutes=3)
    with (
        serving(lambda asked: Answer(json.dumps(SERVERS[kind](world, asked)).encode())) as server,
        Fetcher(allow_loopback=True) as fetch,
    ):
        cursor, more = None, True
        while more:
            poll = KINDS[kind].poll(channel(kind, server.url), cursor, fetch, world.now)
            cursor, more = poll.cursor, poll.more
        world.items.insert(0, Item(5_000, world.now, world.now))
        poll = KINDS[kind].poll(channel(kind, server.url), cursor, fetch, world.now)
    assert [number_of(kind, post.source_id) for post in poll.posts] == [5_000]
