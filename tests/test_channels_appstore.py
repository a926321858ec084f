from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from earwitness.channels import KINDS, poll
from earwitness.fetching import Fetcher, Response
from earwitness.model import Channel, Health
from tests.loopback import Answer, Asked, serving

RECORDED = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "channels" / "appstore"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POLL = KINDS["appstore"].poll


def channel(url: str = "https://a.example", **options: object) -> Channel:
    return Channel("app", "appstore", timedelta(hours=1), url, (), {"app": "1"} | options)


def review(number: int, at: datetime, text: str = "Late again") -> dict[str, object]:
    labels = {"id": number, "title": "One star", "content": text, "im:rating": 1,
              "updated": at.isoformat()}  # fmt: skip
    return {name: {"label": str(value)} for name, value in labels.items()}


class Store:
    """Fifty reviews a page, ten pages, newest first, per country."""

    def __init__(self) -> None:
        self.reviews: dict[str, list[dict[str, object]]] = {"us": [], "de": []}

    def __call__(self, asked: Asked) -> Answer:
        _, country, _, _, page, *_ = asked.path.split("/")
        first = (int(page.removeprefix("page=")) - 1) * 50
        found = self.reviews[country][::-1][first : first + 50]
        app = [{"id": {"label": "app"}, "title": {"label": "The app"}}] if first == 0 else []
        entry = app + found
        feed = {"entry": entry[0] if len(entry) == 1 else entry} if entry else {}
        return Answer(json.dumps({"feed": feed}).encode())


@pytest.fixture
def fetch():
    with Fetcher(allow_loopback=True) as fetcher:
        yield fetcher


def test_reviews_of_every_country_are_read_once(fetch):
    store = Store()
    store.reviews["us"] = [review(n, NOW - timedelta(hours=1)) for n in range(120)]
    store.reviews["de"] = [review(7, NOW - timedelta(hours=2))]
    with serving(store) as server:
        watched = channel(server.url, countries="us, de")
        first = POLL(watched, None, fetch, NOW)
        second = POLL(watched, first.cursor, fetch, NOW)
    assert len({post.post_id for post in first.posts}) == 121
    assert (second.posts, second.health) == ((), Health.OK)


def test_an_edited_review_comes_again_as_the_same_post(fetch):
    store = Store()
    store.reviews["us"] = [review(1, NOW - timedelta(hours=2))]
    with serving(store) as server:
        first = POLL(channel(server.url), None, fetch, NOW)
        store.reviews["us"] = [review(1, NOW - timedelta(hours=1), "On time now")]
        second = POLL(channel(server.url), first.cursor, fetch, NOW)
    assert second.posts[0].post_id == first.posts[0].post_id
    assert second.posts[0].edited_at == NOW - timedelta(hours=1)


def test_new_reviews_are_all_read_while_pages_shift_and_requests_fail(fetch):
    store, failing = Store(), iter([False, False, True] * 400)
    answers = lambda asked: Answer(status=503) if next(failing) else store(asked)  # noqa: E731
    with serving(answers) as server:
        cursor, offered = None, set()
        for hour in range(60):
            for number in range(hour * 30, hour * 30 + 30):
                store.reviews["us"].append(review(number, NOW + timedelta(hours=hour)))
            for _ in range(3):
                poll = POLL(channel(server.url), cursor, fetch, NOW + timedelta(hours=hour))
                cursor = poll.cursor
                offered |= {post.source_id for post in poll.posts}
    assert offered == {str(number) for number in range(60 * 30)}


def test_an_app_without_reviews_is_ok(fetch):
    with serving(Store()) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert (poll.health, poll.posts) == (Health.OK, ())


def test_a_channel_without_its_app_is_dead():
    poll = POLL(channel(app="../etc"), None, pytest.fail, NOW)
    assert poll.health is Health.DEAD


def test_the_recorded_review_parses():
    path = RECORDED / "viber-al-2018-1review.json"
    if not path.exists():
        pytest.skip("recordings are not on this machine")
    poll = POLL(channel(), None, lambda _: Response(200, "", {}, path.read_bytes()), NOW)
    assert [post.source_id for post in poll.posts] == ["2221577708"]
    assert poll.posts[0].author.name == "eldadedinca"


def test_a_country_that_fails_keeps_no_other_from_being_read():
    def source(request):
        if "/us/" in request.url:
            return Response(404, request.url, {}, b"")
        return Response(200, request.url, {}, json.dumps({"feed": {"entry": written}}).encode())

    written = [review(7, NOW - timedelta(hours=2))]
    watched = channel(countries="us, de")
    first = POLL(watched, None, source, NOW)
    second = POLL(watched, first.cursor, source, NOW)
    assert (first.health, first.posts) == (Health.DEAD, ())
    assert (second.health, len(second.posts)) == (Health.DEAD, 1)


def test_countries_that_there_was_no_time_for_come_first_the_next_time():
    def source(request):
        asked.append(request.url.split("/")[3])
        return Response(200, request.url, {}, b'{"feed": {}}')

    asked: list[str] = []
    watched = channel(countries="us, de, fr")
    cursor = None
    for _ in range(3):
        cursor = poll(watched, cursor, source, NOW, lambda: len(asked) % 2 == 1).cursor
    assert asked == ["us", "de", "fr", "us", "de", "fr"]


@pytest.mark.parametrize("hidden", [2, 3])
def test_an_empty_page_amid_full_ones_hides_nothing_for_good(hidden):
    store, asked = Store(), []
    store.reviews["us"] = [review(n, NOW - timedelta(hours=1)) for n in range(200)]

    def source(request):
        asked.append(request.url)
        is_hidden = f"page={hidden}/" in request.url and len(asked) <= 5
        answer = store(Asked("GET", request.url.partition("a.example")[2], {}, {}, b""))
        body = b'{"feed": {}}' if is_hidden else answer.body
        return Response(200, request.url, {}, body)

    first = POLL(channel(), None, source, NOW)
    second = POLL(channel(), first.cursor, source, NOW)
    third = POLL(channel(), second.cursor, source, NOW)
    assert (first.health, len(first.posts)) == (Health.TRANSIENT, 150)
    assert first.reason == f"incomplete: page {hidden} of us is empty, the next is not"
    assert len({post.post_id for post in (*first.posts, *second.posts)}) == 200
    assert (third.health, third.posts, third.lost_until) == (Health.OK, (), None)
