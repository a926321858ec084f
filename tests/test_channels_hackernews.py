from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from earwitness.channels import KINDS
from earwitness.channels.hackernews import MOST_REQUESTS, OVERLAP_FOR
from earwitness.fetching import Fetcher, FetchFailed, Response
from earwitness.model import Channel, Health
from tests.loopback import Answer, Asked, serving

RECORDINGS = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "channels"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POLL = KINDS["hackernews"].poll


def channel(url: str | None = None, queries: tuple[str, ...] = (), **options: object) -> Channel:
    return Channel("hn", "hackernews", timedelta(minutes=2), url, queries, options)


class Algolia:
    """Speaks search_by_date: newest first, numeric filters, at most 1,000 hits per query."""

    def __init__(self) -> None:
        self.hits: list[dict[str, object]] = []

    def publish(self, number: int, at: datetime, text: str = "Northwind Air again") -> None:
        self.hits.append(
            {
                "objectID": str(number),
                "created_at_i": int(at.timestamp()),
                "author": f"author{number}",
                "comment_text": text,
            }
        )

    def __call__(self, asked: Asked) -> Answer:
        low, high = 0, 1 << 40
        for bound in asked.query["numericFilters"].split(","):
            if bound.startswith("created_at_i>="):
                low = int(bound.removeprefix("created_at_i>="))
            elif bound.startswith("created_at_i<="):
                high = int(bound.removeprefix("created_at_i<="))
        phrase = asked.query["query"].strip('"').lower()
        found = [
            hit
            for hit in self.hits
            if low <= hit["created_at_i"] <= high and phrase in hit["comment_text"].lower()
        ]
        found.sort(key=lambda hit: hit["created_at_i"], reverse=True)
        found = found[:1000]
        size, page = int(asked.query["hitsPerPage"]), int(asked.query["page"])
        body = {
            "hits": found[page * size : (page + 1) * size],
            "nbHits": len(found),
            "nbPages": -(-len(found) // size),
            "page": page,
            "hitsPerPage": size,
        }
        return Answer(json.dumps(body).encode())


@pytest.fixture
def fetch():
    with Fetcher(allow_loopback=True) as fetcher:
        yield fetcher


def poll_until_done(watched: Channel, cursor: str | None, fetch, now: datetime):
    posts = []
    while True:
        poll = POLL(watched, cursor, fetch, now)
        assert poll.health is Health.OK, poll.reason
        posts += poll.posts
        cursor = poll.cursor
        if not poll.more:
            return posts, cursor


def test_a_comment_becomes_a_post(fetch):
    algolia = Algolia()
    algolia.publish(7, NOW - timedelta(minutes=1), "Northwind &amp; Sons<p>is <i>late</i>")
    with serving(algolia) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    (post,) = poll.posts
    assert post.text == "Northwind & Sons\nis late"
    assert post.url == "https://news.ycombinator.com/item?id=7"
    assert post.published_at == NOW - timedelta(minutes=1)
    assert post.author.handle == "author7"


def test_no_items_is_ok(fetch):
    with serving(Algolia()) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert (poll.posts, poll.health) == ((), Health.OK)


def test_the_second_poll_offers_nothing_twice(fetch):
    algolia = Algolia()
    algolia.publish(1, NOW - timedelta(minutes=3))
    with serving(algolia) as server:
        _, cursor = poll_until_done(channel(server.url), None, fetch, NOW)
        posts, _ = poll_until_done(channel(server.url), cursor, fetch, NOW)
    assert posts == []


def test_f20_an_item_indexed_late_is_still_found(fetch):
    algolia = Algolia()
    algolia.publish(1, NOW - timedelta(minutes=1))
    with serving(algolia) as server:
        _, cursor = poll_until_done(channel(server.url), None, fetch, NOW)
        algolia.publish(2, NOW - OVERLAP_FOR + timedelta(minutes=1))
        posts, _ = poll_until_done(channel(server.url), cursor, fetch, NOW)
    assert [post.source_id for post in posts] == ["2"]


def test_f34_an_outage_longer_than_the_overlap_is_made_up_for(fetch):
    algolia = Algolia()
    algolia.publish(0, NOW)
    with serving(algolia) as server:
        _, cursor = poll_until_done(channel(server.url), None, fetch, NOW)
        for number in range(1, 3000):
            algolia.publish(number, NOW + timedelta(seconds=9 * number))
        later = NOW + timedelta(hours=8)
        posts, _ = poll_until_done(channel(server.url), cursor, fetch, later)
    assert {str(number) for number in range(1, 3000)} <= {post.source_id for post in posts}


def test_the_first_poll_reaches_back_as_far_as_since_says(fetch):
    algolia = Algolia()
    algolia.publish(1, NOW - timedelta(hours=7))
    algolia.publish(2, NOW - timedelta(hours=5))
    with serving(algolia) as server:
        posts, _ = poll_until_done(channel(server.url, since="6h"), None, fetch, NOW)
    assert [post.source_id for post in posts] == ["2"]


def test_terms_are_searched_one_query_each_when_asked_for(fetch):
    algolia = Algolia()
    algolia.publish(1, NOW - timedelta(minutes=2), "Northwind Air is late")
    algolia.publish(2, NOW - timedelta(minutes=1), "something else")
    with serving(algolia) as server:
        watched = channel(server.url, ('"Northwind Air"', '"Contoso"'), read="terms")
        posts, _ = poll_until_done(watched, None, fetch, NOW)
    assert [post.source_id for post in posts] == ["1"]
    assert [asked.query["query"] for asked in server.asked] == ['"Northwind Air"', '"Contoso"']


def test_more_than_a_query_pages_through_is_read_in_narrower_windows(fetch):
    algolia = Algolia()
    for number in range(5000):
        algolia.publish(number, NOW - timedelta(seconds=number // 7))
    with serving(algolia) as server:
        posts, _ = poll_until_done(channel(server.url), None, fetch, NOW)
    assert {post.source_id for post in posts} == {str(number) for number in range(5000)}


def test_items_of_one_second_are_all_read(fetch):
    algolia = Algolia()
    for number in range(900):
        algolia.publish(number, NOW - timedelta(seconds=30))
    algolia.publish(901, NOW - timedelta(seconds=60))
    with serving(algolia) as server:
        posts, _ = poll_until_done(channel(server.url), None, fetch, NOW)
    assert len({post.source_id for post in posts}) == 901


def test_a_poll_stops_at_its_budget_and_says_that_there_is_more(fetch):
    algolia = Algolia()
    for number in range(500 * (MOST_REQUESTS + 2)):
        algolia.publish(number, NOW - timedelta(seconds=number))
    with serving(algolia) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.more
    assert len(server.asked) == MOST_REQUESTS


def test_f35_an_error_midway_keeps_what_was_read_and_goes_on_from_there(fetch):
    algolia = Algolia()
    for number in range(1200):
        algolia.publish(number, NOW - timedelta(seconds=number))
    failing = iter([False, True])
    with serving(lambda asked: Answer(status=500) if next(failing, False) else algolia(asked)) as s:
        first = POLL(channel(s.url), None, fetch, NOW)
        rest, _ = poll_until_done(channel(s.url), first.cursor, fetch, NOW)
    assert first.health is Health.TRANSIENT
    assert len({post.source_id for post in (*first.posts, *rest)}) == 1200


def test_f22_a_source_that_repeats_its_page_is_stopped(fetch):
    page = Algolia()
    for number in range(500):
        page.publish(number, NOW - timedelta(seconds=10))
    body = json.dumps({"hits": page.hits, "nbPages": 99}).encode()
    with serving(lambda _: Answer(body)) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.health is Health.TRANSIENT
    assert len(server.asked) <= 6  # at its place, and its two pages twice


@pytest.mark.parametrize(
    ("status", "health"),
    [(401, Health.DEAD), (403, Health.DEAD), (404, Health.DEAD), (410, Health.DEAD),
     (429, Health.TRANSIENT), (500, Health.TRANSIENT), (503, Health.TRANSIENT)],
)  # fmt: skip
def test_a_bad_status_is_never_an_empty_list(fetch, status, health):
    with serving(lambda _: Answer(status=status)) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert (poll.health, poll.posts) == (health, ())
    assert f"http_{status}" in poll.reason


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"hits": 3}', b"<html>hello", b'{"hits'])
def test_f28_a_body_that_is_no_answer_is_not_ok(fetch, body):
    with serving(lambda _: Answer(body)) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.health is not Health.OK


def test_f35_a_failed_fetch_leaves_the_cursor_where_it_was(fetch):
    algolia = Algolia()
    algolia.publish(1, NOW - timedelta(minutes=3))
    with serving(algolia) as server:
        _, cursor = poll_until_done(channel(server.url), None, fetch, NOW)

    def fails(_request: object) -> Response:
        raise FetchFailed("timeout", transient=True)

    poll = POLL(channel(server.url), cursor, fails, NOW)
    assert poll.health is Health.TRANSIENT
    assert places(poll.cursor) == places(cursor)


def places(cursor: str) -> dict[str, list[object]]:
    """Where each query stands, without whose turn it is."""
    return {query: walk[:5] for query, walk in json.loads(cursor).items()}


def test_the_recorded_search_parses():
    recording = RECORDINGS / "hackernews" / "algolia-search-2026-08.json"
    if not recording.exists():
        pytest.skip("recordings are not on this machine")
    bodies = iter([recording.read_bytes()])

    def fetch(_request: object) -> Response:
        return Response(200, "https://hn.algolia.com", {}, next(bodies, b'{"hits": []}'))

    poll = POLL(channel(since="5000d"), None, fetch, NOW)
    assert poll.health is Health.OK
    assert len(poll.posts) == 3
    assert all(post.title and post.engagement.likes for post in poll.posts)
