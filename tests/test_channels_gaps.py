"""Every kind, in all that it can read, against a server that speaks its protocol and misbehaves.

The server throttles, fails, stalls in mid-answer and cuts answers short, and deletes the very item
a page ends with; polls die between any two requests. Every post that stays must be offered, as one
post however often, in no more requests than the source allows.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from earwitness import channels
from earwitness.channels import KINDS
from earwitness.fetching import Fetch, Fetcher, Request, Response
from earwitness.model import ChannelState, Health, Poll
from earwitness.schedule import next_poll_at
from tests.gap_servers import (
    HOURS,
    SERVERS,
    START,
    Item,
    Speaks,
    World,
    body_of,
    channel,
    number_of,
)
from tests.loopback import Answer, Asked, Loopback, serving

POSTS = 10_000  # by `make sweep`, for minutes
FEWER = 2_500  # by `make test`
POLLED_EVERY_SECONDS = 240
CATCHES_UP = 9  # hours at most, after those of the test: one request in twelve fails
DEADLINE_FOR = timedelta(seconds=1)  # of a request; a healthy answer takes a hundredth of it

# What a source lets through at all: a listing on Reddit ends after 1,000 items, a feed after a
# hundred or as many, the App Store after 500; a list on Instagram is read from its top, by
# fifties or hundreds, whenever the item of a cursor is gone; YouTube's hundred searches a day
# bring fifty videos each, and Stack Exchange has 300 requests a day for those without a key.
LOAD = {
    "appstore": (1_000, timedelta(hours=3)),
    "feed": (POSTS, timedelta(hours=2)),
    "feed rss": (600, timedelta(hours=2)),
    "reddit": (5_000, timedelta(hours=2)),
    "reddit subreddits": (5_000, timedelta(hours=2)),
    "stackexchange": (1_500, timedelta(hours=2)),
    "youtube": (200, timedelta(hours=1)),
}
# YouTube's comments are a unit each; a cursor that is refused starts its list at the top again.
MOST_IN_A_POLL = {
    "facebook": 60, "facebook comments": 60, "facebook tagged": 60, "github discussions": 60,
    "instagram": 100, "instagram comments": 60, "instagram hashtags": 100, "reddit": 35,
    "reddit subreddits": 60, "threads mentions": 60, "youtube": 50, "youtube comments": 50,
}  # fmt: skip


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
        body = body_of(world, speaks, asked)
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


def polled(what: str, url: str, cursor: str | None, fetch: Fetch, world: World) -> Poll:
    watched = channel(what, url)
    return KINDS[watched.kind].poll(watched, cursor, fetch, world.now)


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


def next_tick(at: datetime) -> datetime:
    """Dispatch looks for channels that are due once a minute."""
    return at + timedelta(minutes=1) - timedelta(seconds=at.second, microseconds=at.microsecond)


class Run:
    """A channel polled by its schedule for some hours, from a source that misbehaves."""

    def __init__(self, what: str, most: int) -> None:
        self._dice = random.Random(what)
        self.world = World(self._dice)
        self.what, self.posts, self.post_ids = what, {}, set()
        self.requests, self.in_vain, self.in_a_poll = 0, 0, 0
        posts, burst_for = LOAD.get(what, (POSTS, timedelta(minutes=10)))
        self.world.publish(min(posts, most), burst_for)

    def poll_for(self, hours: int) -> None:
        answer = misbehaving(self.world, SERVERS[self.what], self._dice)
        with (
            serving(answer) as server,
            Fetcher(allow_loopback=True, deadline_for=DEADLINE_FOR) as fetch,
        ):
            self.channel = channel(self.what, server.url)
            state, late = ChannelState(self.channel.channel_id), timedelta(hours=hours + CATCHES_UP)
            while self.world.now < START + timedelta(hours=hours) or (
                self.missed() and self.world.now < START + late
            ):
                state = self._polled(state, fetch, server)

    def missed(self) -> set[int]:
        """The items that stayed and were not offered: a gap stays one, a backlog is caught up."""
        return {item.number for item in self.world.items} - self.world.gone - self.posts.keys()

    def _polled(self, state: ChannelState, fetch: Fetch, server: Loopback) -> ChannelState:
        """The state after a poll. Every sixth dies between two requests: then it is as before."""
        now, before, dies_after = self.world.now, len(server.asked), self._dice.randrange(12)
        mortality = mortal(fetch, dies_after) if self._dice.random() < 1 / 6 else fetch
        try:
            poll = channels.poll(self.channel, state.cursor, mortality, now)
        except Killed:
            self.in_vain += len(server.asked) - before
            return state
        finally:
            self.in_a_poll = max(self.in_a_poll, len(server.asked) - before)
            self.requests = len(server.asked)
        assert poll.health is not Health.DEAD, poll.reason
        for post in poll.posts:
            self.posts[number_of(self.what, post.source_id)] = post
            self.post_ids.add(post.post_id)
        kind = KINDS[self.channel.kind]
        per_day = None if kind.paces_itself else kind.requests_per_day(self.channel)
        again_at = next_poll_at(self.channel, state, poll, now, per_day)
        at_once = poll.more and again_at is None
        soon = now + timedelta(seconds=1 if at_once else POLLED_EVERY_SECONDS)
        self.world.now = soon if at_once else next_tick(max(soon, again_at or soon))
        failed = state.not_ok_in_a_row + 1 if poll.health is not Health.OK else 0
        return replace(state, cursor=poll.cursor or state.cursor, not_ok_in_a_row=failed)


@pytest.mark.parametrize("what", SERVERS)
@pytest.mark.parametrize("most", [FEWER, pytest.param(POSTS, marks=pytest.mark.sweep)])
def test_f20_f21_f34_f35_no_post_is_missed_whatever_the_source_does(what, most):
    run, hours = Run(what, most), HOURS + 3
    run.poll_for(hours)
    assert run.missed() == set()
    assert len(run.post_ids) == len(run.posts)  # a post that is offered again is the same post
    assert run.in_a_poll <= MOST_IN_A_POLL.get(what, 31)
    kind = KINDS[run.channel.kind]
    if per_day := kind.requests_per_day(run.channel):
        hours = (run.world.now - START) / timedelta(hours=1)
        allowed = per_day * hours / 24 + run.in_a_poll + run.in_vain
        assert run.requests <= (allowed if not kind.paces_itself else 10_000 * hours / 24)


def test_youtube_is_searched_no_oftener_than_it_allows():
    run, hours = Run("youtube", POSTS), HOURS + 3
    searches = []
    speaks = SERVERS["youtube"]

    def counted(world: World, asked: Asked) -> object:
        searches.append(asked.path.endswith("/search"))
        return speaks(world, asked)

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(SERVERS, "youtube", counted)
        run.poll_for(hours)
    assert sum(searches) <= 100 * hours / 24 * 1.15  # those that die search again


# One document, pages by number, or windows that fit on one page.
UNPAGED = ("feed", "feed rss", "appstore", "github discussions")


def ever_the_same(world: World, speaks: Speaks) -> Callable[[Asked], Answer]:
    """A source that answers every search with the page that it gave first, and promises more."""
    pages: dict[str, bytes] = {}

    def answer(asked: Asked) -> Answer:
        what = asked.path + asked.query.get("fields", "")
        if what not in pages:
            pages[what] = body_of(world, speaks, asked)
        return Answer(pages[what])

    return answer


@pytest.mark.parametrize("kind", [what for what in SERVERS if what not in UNPAGED])
def test_f22_a_page_that_repeats_itself_is_not_read_for_ever(kind):
    world = World(random.Random(kind))
    world.publish(3_000, timedelta(minutes=10))
    world.now = START + timedelta(hours=HOURS)
    with (
        serving(ever_the_same(world, SERVERS[kind])) as server,
        Fetcher(allow_loopback=True) as fetch,
    ):
        cursor, more, posts = None, True, 0
        while more and len(server.asked) < 100:
            poll = polled(kind, server.url, cursor, fetch, world)
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
def test_f23_an_empty_page_in_midstream_is_not_taken_for_the_end(kind):
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
            poll = polled(kind, server.url, cursor, fetch, world)
            cursor = poll.cursor
            found |= {number_of(kind, post.source_id): post for post in poll.posts}
    assert found.keys() == {item.number for item in world.items}


@pytest.mark.parametrize("kind", ["hackernews", "mastodon", "bluesky", "stackexchange", "github"])
def test_f24_posts_seen_before_do_not_use_a_polls_budget_up(kind):
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
            poll = polled(kind, server.url, cursor, fetch, world)
            cursor, more = poll.cursor, poll.more
        world.items.insert(0, Item(5_000, world.now, world.now))
        poll = polled(kind, server.url, cursor, fetch, world)
    assert [number_of(kind, post.source_id) for post in poll.posts] == [5_000]
