"""Servers that speak the protocol of each kind of channel, one for each thing that it can read.

What they hold is a world of posts that come over simulated hours with bursts, several in one
second, late ones and deletions.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from earwitness.model import Channel
from tests.loopback import Answer, Asked

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOURS = 6
QUERY = '"Northwind Air"'
CREDENTIALS = dict.fromkeys(
    ("identifier", "app_password", "bearer_token", "client_id", "client_secret", "api_key",
     "access_token", "token"), "hush"
)  # fmt: skip
ACCOUNT = "UC" + "a" * 22


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

    def newest(self) -> Iterator[Item]:
        """What is shown, the newest first, as far as it is asked for."""
        now = bisect_left(self.items, -self.now.timestamp(), key=lambda i: -i.at.timestamp())
        for item in self.items[now:]:
            if item.shown_at <= self.now and item.number not in self.gone:
                yield item

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
    low = int(asked.query.get("since_id") or asked.query["min_id"])
    high = int(asked.query.get("max_id", 1 << 80))
    shown = world.shown((low >> 16) / 1000 - 1, (high >> 16) / 1000 + 1)
    found = [item for item in shown if low < mastodon_id(item) < high]
    statuses = [
        {
            "id": str(mastodon_id(item)),
            "uri": str(item.number),
            "created_at": stamp(item.at),
            "content": "x",
        }
        for item in world.page(found, 0, int(asked.query["limit"]))
    ]
    return {"statuses": statuses} if asked.path.endswith("v2/search") else statuses


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


def is_listed_at(path: str, item: Item) -> bool:
    """Subreddits list posts and comments apart; a search finds both."""
    if path.endswith("/search"):
        return True
    return path.endswith("/comments") is bool(item.number % 2)


def reddit(world: World, asked: Asked) -> object:
    if asked.path.endswith("access_token"):
        return {"access_token": "token", "expires_in": 3600}
    shown = [item for item in world.shown() if is_listed_at(asked.path, item)][:1000]
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


def discussions(world: World, asked: Asked) -> object:
    """GitHub's search of discussions, which promises no order."""
    variables = json.loads(asked.body)["variables"]
    low, _, high = variables["query"].rpartition("created:")[2].partition("..")
    first = datetime.fromisoformat(low)
    last = datetime.fromisoformat("2099-01-01T00:00:00Z" if high == "*" else high)
    found = world.shown(first.timestamp(), last.timestamp() + 0.9995)
    jumbled = sorted(found, key=lambda item: item.number * 7919 % 10_007)
    nodes = [
        {"url": f"https://git.example/{i.number}", "createdAt": f"{i.at:%FT%TZ}", "title": "x"}
        for i in world.page(jumbled, 0, 100)
    ]
    return {"data": {"search": {"discussionCount": len(found), "nodes": nodes}}}


def comments(world: World, asked: Asked) -> object:
    """What is said under three posts on Facebook or Instagram, newest first."""
    fields = asked.query.get("fields", "")
    if "comments.order" in fields or "comments.limit(1)" in fields:
        newest = {n: next((i for i in world.newest() if i.number % 3 == n), None) for n in range(3)}
        said = {n: [{"id": str(i.number)}] if i else [] for n, i in newest.items()}
        return {"data": [{"id": str(n), "comments": {"data": s}} for n, s in said.items()]}
    if not asked.path.endswith("/comments"):
        return {"data": []}
    time = "created_time" if "created_time" in fields else "timestamp"
    post = int(asked.path.split("/")[-2])
    return graph_page(world, [i for i in world.shown() if i.number % 3 == post], asked, time)


def hashtags(world: World, asked: Asked) -> object:
    """Instagram's hashtags: the media of 24 hours."""
    if asked.path.endswith("ig_hashtag_search"):
        return {"data": [{"id": "17"}]}
    shown = world.shown(world.now.timestamp() - 86400)
    return graph_page(world, shown, asked, "timestamp")


def video_comments(world: World, asked: Asked) -> object:
    """What is said under the videos of an account on YouTube; no search finds any."""
    if not asked.path.endswith("/commentThreads"):
        return {"items": []}
    before, _, number = asked.query.get("pageToken", "9999999999:-1").partition(":")
    above = (float(before), int(number))
    items = [i for i in world.shown() if (i.at.timestamp(), i.number) < above]
    page = world.page(items, 0, int(asked.query["maxResults"]))
    threads = [
        {"id": str(i.number), "snippet": {"topLevelComment": {"id": str(i.number), "snippet":
            {"publishedAt": f"{i.at:%FT%TZ}", "textDisplay": "x"}}}}
        for i in page
    ]  # fmt: skip
    more = len(page) < len(items)
    token = f"{page[-1].at.timestamp()}:{page[-1].number}" if page else ""
    return {"items": threads} | ({"nextPageToken": token} if more else {})


def appstore(world: World, asked: Asked) -> object:
    """Ten pages of fifty reviews, which shift as others come; one review alone is no list."""
    number = int(re.search(r"page=(\d+)", asked.path)[1])
    page = world.page(world.shown(), 50 * (number - 1), 50)
    reviews = [
        {
            "id": {"label": str(i.number)},
            "im:rating": {"label": "1"},
            "title": {"label": "x"},
            "updated": {"label": i.at.isoformat(timespec="seconds")},
        }
        for i in page
    ]
    entry = reviews[0] if len(reviews) == 1 else reviews
    return {"feed": {"entry": entry} if reviews else {}}


def json_feed(world: World, asked: Asked) -> object:
    """The newest thousand items, without regard to what was read."""
    page = world.page(world.shown(), 0, 1000)
    items = [{"id": str(i.number), "title": "x", "date_published": stamp(i.at)} for i in page]
    return {"version": "https://jsonfeed.org/version/1.1", "title": "n", "items": items}


def rss(world: World, asked: Asked) -> bytes:
    """The newest hundred items."""
    items = "".join(
        f"<item><guid>{i.number}</guid><title>x</title>"
        f"<pubDate>{format_datetime(i.at.replace(microsecond=0))}</pubDate></item>"
        for i in world.page(world.shown(), 0, 100)
    )
    return f"<rss version='2.0'><channel><title>n</title>{items}</channel></rss>".encode()


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


# What each kind can read: its name alone by default, and each of its other options.
SERVERS: dict[str, Speaks] = {
    "appstore": appstore,
    "bluesky": bluesky,
    "facebook": facebook,
    "facebook comments": comments,
    "facebook tagged": facebook,
    "feed": json_feed,
    "feed rss": rss,
    "github": github,
    "github discussions": discussions,
    "hackernews": hackernews,
    "hackernews terms": hackernews,
    "instagram": instagram,
    "instagram comments": comments,
    "instagram hashtags": hashtags,
    "mastodon": mastodon,
    "mastodon local": mastodon,
    "mastodon search": mastodon,
    "mastodon tags": mastodon,
    "reddit": reddit,
    "reddit subreddits": reddit,
    "stackexchange": stackexchange,
    "threads": threads,
    "threads mentions": threads,
    "x": x,
    "youtube": youtube,
    "youtube comments": video_comments,
}
_OPTIONS: dict[str, dict[str, object]] = {
    "facebook tagged": {"read": "tagged"},
    "github discussions": {"read": "discussions"},
    "hackernews terms": {"read": "terms"},
    "instagram comments": {"read": "comments"},
    "instagram hashtags": {"read": "hashtags"},
    "mastodon local": {"timeline": "local"},
    "mastodon search": {"timeline": "search"},
    "mastodon tags": {"timeline": "tags"},
    "reddit subreddits": {"subreddits": "travel+flights"},
    "threads mentions": {"read": "mentions"},
    "youtube comments": {"account": ACCOUNT},
}


def channel(what: str, url: str) -> Channel:
    """A channel that reads what a server of that name offers."""
    options = {
        "most_posts_per_month": 10_000_000,
        "page": "n",
        "account": "1",
        "app": "123456789",
        **_OPTIONS.get(what, {}),
    }
    kind = what.partition(" ")[0]
    return Channel(what, kind, timedelta(minutes=2), url, (QUERY,), options, CREDENTIALS)


def number_of(what: str, source_id: str) -> int:
    """The item that a post was made of."""
    if what == "x":
        return int(source_id) & ((1 << 22) - 1)
    return int(re.split("[/_]", source_id)[-1])


def body_of(world: World, speaks: Speaks, asked: Asked) -> bytes:
    """What a server says, as it goes over the wire."""
    said = speaks(world, asked)
    return said if isinstance(said, bytes) else json.dumps(said).encode()


def honest(world: World, speaks: Speaks) -> Callable[[Asked], Answer]:
    """A server that answers every request."""
    return lambda asked: Answer(body_of(world, speaks, asked))
