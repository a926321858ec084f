"""A search read newest first: what its pages may do without a post being missed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.walk import (
    Found,
    Listing,
    Page,
    first_inside,
    in_seconds,
    poll_listing,
)
from earwitness.model import Channel, Health
from tests.posts import a_post

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
CHANNEL = Channel("search", "example", timedelta(minutes=5))


class Source:
    """Lists posts, one a second, ten at a time; ``empty`` pages hold nothing though more follow."""

    def __init__(self, empty=()):
        self.posts = []
        self.empty = set(empty)
        self.asked = 0

    def publish(self, count, at):
        start = in_seconds(at)
        self.posts += [(start + number, str(start + number)) for number in range(count)]

    def read(self, _query, window):
        self.asked += 1
        if self.asked in self.empty:
            return Page([], last=False)
        inside = [
            Found(at, a_post(source_id=name))
            for at, name in sorted(self.posts, reverse=True)
            if at >= window.low and (window.high is None or at <= window.high)
        ]
        return Page(inside[:10], last=len(inside) <= 10)


def poll(source, cursor=None, now=NOW, most=5, overlap=timedelta(minutes=10)):
    listing = Listing(source.read, in_seconds, overlap, most)
    return poll_listing(listing, ["q"], CHANNEL, cursor, now)


def drained(source, cursor, now, polls=20):
    """What polls bring while there is more, and where they stop."""
    found = []
    for _ in range(polls):
        one = poll(source, cursor, now)
        found += [post.source_id for post in one.posts]
        cursor = one.cursor
        if not one.more:
            break
    return found, cursor


def test_f24_known_posts_in_the_overlap_take_no_room_from_new_ones():
    source = Source()
    source.publish(200, NOW - timedelta(minutes=5))
    known, cursor = drained(source, None, NOW)
    later = NOW + timedelta(minutes=1)
    source.publish(30, later - timedelta(seconds=40))
    found, _ = drained(source, cursor, later)
    assert len(known) == 200
    assert len(found) == len(set(found)) == 30


def test_f23_an_empty_page_mid_stream_is_not_taken_for_the_end():
    source = Source(empty=[2])
    source.publish(45, NOW - timedelta(minutes=5))
    first = poll(source)
    assert first.health is Health.TRANSIENT
    rest, _ = drained(source, None, NOW)  # a poll that is not ok leaves the stored cursor alone
    assert sorted(rest) == sorted(name for _, name in source.posts)


def test_f22_a_source_that_never_says_it_is_done_is_asked_no_more_than_the_cap():
    source = Source(empty=range(1, 1000))
    outcome = poll(source, most=5)
    assert source.asked <= 5
    assert outcome.posts == ()


class SameSecond:
    """Has posts of one second, on numbered pages of two; some are taken down before a request."""

    def __init__(self, posts, taken_down):
        self.posts = list(posts)
        self.taken_down = dict(taken_down)
        self.asked = 0

    def read(self, _query, window):
        self.asked += 1
        self.posts.remove(self.taken_down[self.asked]) if self.asked in self.taken_down else None
        some = self.posts[2 * window.page :][:2]
        found = [Found(in_seconds(NOW) - 60, a_post(source_id=name)) for name in some]
        return Page(found, last=len(self.posts) <= 2 * (window.page + 1))


@pytest.mark.parametrize("before_request", range(1, 9))
@pytest.mark.parametrize("taken_down", list("abcdef"))
@pytest.mark.parametrize("requests_a_poll", [1, 20])
def test_f23_a_post_taken_down_between_pages_of_one_second_hides_no_other(
    before_request, taken_down, requests_a_poll
):
    source = SameSecond("abcdef", {before_request: taken_down})
    listing = Listing(
        source.read, in_seconds, timedelta(), requests_a_poll, most_pages=9, numbers_pages=True
    )
    found, cursor, is_more = set(), None, True
    while is_more:
        outcome = poll_listing(listing, ["q"], CHANNEL, cursor, NOW)
        cursor, is_more = outcome.cursor, outcome.more
        found |= {post.source_id for post in outcome.posts}
    assert found >= set("abcdef") - {taken_down}


@pytest.mark.parametrize("version", [5, 6, 7])
def test_a_cursor_of_an_earlier_version_goes_on_where_it_was(version):
    source = Source()
    source.publish(45, NOW - timedelta(minutes=5))
    first = poll(source, most=1)
    held = {query: walk[:version] for query, walk in json.loads(first.cursor).items()}
    rest, _ = drained(source, json.dumps(held), NOW)
    assert sorted([post.source_id for post in first.posts] + rest) == [n for _, n in source.posts]


def test_a_cursor_is_one_of_the_version_before_but_in_a_second_reading():
    source = SameSecond("abcdef", {})
    listing = Listing(source.read, in_seconds, timedelta(), 1, most_pages=9, numbers_pages=True)
    cursor, lengths = None, []
    for _ in range(8):
        cursor = poll_listing(listing, ["q"], CHANNEL, cursor, NOW).cursor
        lengths += [len(walk) for walk in json.loads(cursor).values()]
    assert lengths == [6, 6, 6, 7, 7, 7, 6, 6]


class Quiet:
    """Has nothing for any query, and fails for those that ``fail``."""

    def __init__(self, fail=()):
        self.fail = fail
        self.asked = []

    def read(self, query, _window):
        self.asked.append(query)
        if query in self.fail:
            raise NotOk(Health.TRANSIENT, "http_500")
        return Page([], last=True)

    def asked_in(self, polls, queries, most):
        """What is asked for in each of so many polls."""
        listing, cursor, asked = Listing(self.read, in_seconds, timedelta(), most), None, []
        for number in range(polls):
            now = NOW + number * CHANNEL.every_for
            outcome = poll_listing(listing, queries, CHANNEL, cursor, now)
            cursor, self.asked = outcome.cursor, asked.append(self.asked) or []
            asked[-1] += ["more"] if outcome.more else []
        return asked


def test_quiet_queries_that_fill_a_poll_keep_no_other_from_being_read():
    asked = Quiet().asked_in(3, ["a", "b", "c", "d", "e"], most=3)
    assert asked == [["a", "b", "c", "more"], ["d", "e"], ["a", "b", "c", "more"]]


def test_a_query_that_fails_again_and_again_holds_up_no_other():
    asked = Quiet(fail=["b"]).asked_in(4, ["a", "b", "c", "d"], most=3)
    assert asked == [["a", "b"], ["c", "d", "b"], ["a", "c", "d", "more"], ["b"]]


def test_a_query_that_failed_is_read_with_the_others_once_the_source_is_back():
    source = Quiet(fail=["a"])
    listing = Listing(source.read, in_seconds, timedelta(), 5)
    failed = poll_listing(listing, ["a", "b"], CHANNEL, None, NOW)
    source.fail = ()
    poll_listing(listing, ["a", "b"], CHANNEL, failed.cursor, NOW + CHANNEL.every_for)
    assert source.asked == ["a", "b", "a"]


@pytest.mark.parametrize(("empty", "is_lost"), [(11, False), (12, False), (13, True), (99, True)])
def test_what_lies_behind_empty_pages_without_end_is_lost_and_said_to_be(empty, is_lost):
    pages = iter(range(1, 100))

    def ask(_token):
        return Page([], last=False), "more" if next(pages) < empty else None

    listing = Listing(lambda _, window: first_inside(ask, window), in_seconds, timedelta(), 1)
    outcome = poll_listing(listing, ["q"], CHANNEL, None, NOW)
    assert (outcome.lost_until == NOW, outcome.reason[:4] == "gap:") == (is_lost, is_lost)
