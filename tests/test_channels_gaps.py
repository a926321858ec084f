"""Every kind that searches, against a server that speaks its protocol and misbehaves.

Posts come over simulated hours with bursts, several in one second, late ones and deletions; the
server throttles, fails and cuts answers short; polls die before their result is kept. Every post
that stays must be offered at least once.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import KINDS
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health
from tests.loopback import Answer, Asked, serving

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOURS = 6
POSTS = 10_000
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
        for item in found[page * size : (page + 1) * size]
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
        {"id": str(mastodon_id(item)), "uri": str(item.number), "created_at": stamp(item.at)}
        for item in found[: int(asked.query["limit"])]
    ]


def bluesky(world: World, asked: Asked) -> object:
    if asked.path.endswith("Session"):
        return {"accessJwt": "token", "refreshJwt": "renewal"}
    low = datetime.fromisoformat(asked.query["since"])
    high = datetime.fromisoformat(asked.query.get("until", "2099-01-01T00:00:00Z"))
    shown = world.shown(low.timestamp(), high.timestamp())
    found = [item for item in shown if low <= item.at < high]
    return {
        "posts": [
            {"uri": f"at://did/app.bsky.feed.post/{item.number}", "indexedAt": stamp(item.at),
             "record": {"createdAt": stamp(item.at)}}
            for item in found[: int(asked.query["limit"])]
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
    page = found[: int(asked.query["max_results"])]
    meta = {"result_count": len(page)} | ({"next_token": "t"} if len(found) > len(page) else {})
    data = [{"id": str(x_id(i)), "text": "x", "created_at": stamp(i.at)} for i in page]
    return {"meta": meta} | ({"data": data} if data else {})


def stackexchange(world: World, asked: Asked) -> object:
    low, high = int(asked.query["fromdate"]), int(asked.query.get("todate", 1 << 40))
    found = world.shown(low, high + 0.9995)
    size, page = int(asked.query["pagesize"]), int(asked.query["page"]) - 1
    items = [
        {"question_id": item.number, "creation_date": seconds(item.at), "title": "x"}
        for item in found[page * size : (page + 1) * size]
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
            for i in found[page * size : (page + 1) * size]
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
    page = shown[first : first + int(asked.query["limit"])]
    things = [{"name": f"t3_{i.number}", "created_utc": float(seconds(i.at))} for i in page]
    return {"data": {"children": [{"kind": "t3", "data": thing} for thing in things]}}


def youtube(world: World, asked: Asked) -> object:
    first = datetime.fromisoformat(asked.query["publishedAfter"])
    last = datetime.fromisoformat(asked.query.get("publishedBefore", "2099-01-01T00:00:00Z"))
    found = [i for i in world.shown(first.timestamp(), last.timestamp()) if i.at < last]
    page = found[: int(asked.query["maxResults"])]
    more = {"nextPageToken": "t"} if len(found) > len(page) else {}
    return more | {
        "items": [
            {"id": {"videoId": str(i.number)}, "snippet": {"publishedAt": f"{i.at:%FT%TZ}"}}
            for i in page
        ]
    }


def graph_page(items: list[Item], asked: Asked, time: str) -> object:
    """A page by cursor; the cursor names an item, and that of a deleted one is refused."""
    names = [str(item.number) for item in items]
    anchor = asked.query.get("after")
    if anchor and anchor not in names:
        return {"error": {"code": 100, "message": "Invalid cursor"}}
    first = names.index(anchor) + 1 if anchor else 0
    page = items[first : first + int(asked.query["limit"])]
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
    return graph_page(world.shown(low, high + 0.9995), asked, "created_time")


def instagram(world: World, asked: Asked) -> object:
    return graph_page(world.shown(), asked, "timestamp")


def threads(world: World, asked: Asked) -> object:
    low, high = int(asked.query["since"]), int(asked.query.get("until", 1 << 40))
    return graph_page(world.shown(low, high + 0.9995), asked, "timestamp")


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


def number_of(kind: str, source_id: str) -> int:
    if kind == "x":
        return int(source_id) & ((1 << 22) - 1)
    return int(re.split("[/_]", source_id)[-1])


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
        if luck < 0.2:
            world.delete_one()
        return Answer(body)

    return answer


@pytest.mark.parametrize("kind", SERVERS)
def test_no_post_is_missed_whatever_the_source_does_f20_f21_f22_f35(kind):
    dice = random.Random(kind)
    world = World(dice)
    posts, burst_for = LOAD.get(kind, (POSTS, timedelta(minutes=10)))
    world.publish(posts, burst_for)
    cursor, offered, asked_per_poll = None, {}, []
    with (
        serving(misbehaving(world, SERVERS[kind], dice)) as server,
        Fetcher(allow_loopback=True) as fetch,
    ):
        channel = Channel(
            kind, kind, timedelta(minutes=2), server.url, (QUERY,),
            {"most_posts_per_month": 10_000_000, "page": "n", "account": "1"}, CREDENTIALS,
        )  # fmt: skip
        end = START + timedelta(hours=HOURS + 3)
        while world.now < end:
            before = len(server.asked)
            poll = KINDS[kind].poll(channel, cursor, fetch, world.now)
            asked_per_poll.append(len(server.asked) - before)
            assert poll.health is not Health.DEAD, poll.reason
            if dice.random() < 0.1:
                continue  # killed before anything was kept: the next poll starts where this did
            cursor = poll.cursor
            offered.update((number_of(kind, post.source_id), post) for post in poll.posts)
            soon = world.now + timedelta(seconds=1 if poll.more else 120)
            world.now = max(soon, poll.next_poll_at or soon)
    stayed = {item.number for item in world.items} - world.gone
    assert stayed - offered.keys() == set()
    assert max(asked_per_poll) <= 31
    if kind == "youtube":
        assert len(server.asked) <= 100 * (HOURS + 3) / 24 * 1.15  # killed polls search again
    # Quiet polls cost a request or two; a burst is read once, and its overlap again per poll.
    assert len(server.asked) < 2 * len(asked_per_poll) + POSTS / 10
