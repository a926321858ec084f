from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from earwitness.channels import KINDS
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health
from tests.loopback import Answer, Asked, serving

SAMPLES = Path(__file__).parent / "samples" / "feeds"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POLL = KINDS["feed"].poll


def channel(url: str = "https://feeds.example/news", **options: object) -> Channel:
    return Channel("news", "feed", timedelta(minutes=10), url, (), options)


def rss(*items: str, more: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{more}'
        f"{''.join(items)}</channel></rss>"
    ).encode()


def item(
    guid: str = "",
    title: str = "Northwind Air",
    at: datetime | None = NOW - timedelta(hours=1),
    link: str = "",
    text: str = "",
) -> str:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    return (
        f"<item>{f'<guid>{guid}</guid>' if guid else ''}<title>{title}</title>"
        f"{f'<link>{link}</link>' if link else ''}<description>{text}</description>{date}</item>"
    )


@pytest.fixture
def fetch():
    with Fetcher(allow_loopback=True) as fetcher:
        yield fetcher


def poll_bodies(*bodies: bytes, fetch, **options):
    """One poll per body, each with the cursor of the one before."""
    polls, cursor = [], None
    left = iter(bodies)
    with serving(lambda _: Answer(next(left))) as server:
        for _ in bodies:
            polls.append(POLL(channel(server.url, **options), cursor, fetch, NOW))
            cursor = polls[-1].cursor
    return polls


def test_an_item_becomes_a_post(fetch):
    body = rss(
        item("1", "Delays &amp;amp; queues", link="https://news.example/1",
             text="&lt;p&gt;Northwind &lt;b&gt;Air&lt;/b&gt; &amp;amp; Sons&lt;p&gt;Late"),
        more="<language>en-GB</language>",
    )  # fmt: skip
    (poll,) = poll_bodies(body, fetch=fetch)
    (post,) = poll.posts
    assert poll.health is Health.OK
    assert (post.title, post.text) == ("Delays & queues", "Northwind Air & Sons\nLate")
    assert (post.url, post.language) == ("https://news.example/1", "en-GB")
    assert (post.published_at, post.dated_by_us) == (NOW - timedelta(hours=1), False)


def test_a_feed_without_items_is_ok(fetch):
    (poll,) = poll_bodies(rss(), fetch=fetch)
    assert (poll.health, poll.posts) == (Health.OK, ())


def test_unchanged_items_are_not_offered_again(fetch):
    body = rss(item("1"), item("2"))
    first, second = poll_bodies(body, body, fetch=fetch)
    assert (len(first.posts), len(second.posts)) == (2, 0)


def test_an_edited_item_comes_again_as_the_same_post(fetch):
    first, second = poll_bodies(
        rss(item("1", text="before")), rss(item("1", text="after")), fetch=fetch
    )
    (before,), (after,) = first.posts, second.posts
    assert after.post_id == before.post_id
    assert (after.text, after.edited_at) == ("after", NOW)


def test_the_first_poll_leaves_out_what_is_older_than_since(fetch):
    body = rss(item("old", at=NOW - timedelta(days=3)), item("new"))
    (poll,) = poll_bodies(body, fetch=fetch)
    assert [post.source_id for post in poll.posts] == ["new"]


def test_since_widens_the_first_poll(fetch):
    body = rss(item("old", at=NOW - timedelta(days=3)), item("new"))
    (poll,) = poll_bodies(body, fetch=fetch, since="7d")
    assert len(poll.posts) == 2


class Conditional:
    """A feed that answers 304 to its own validators."""

    def __init__(self, body: bytes, modified: datetime, now: datetime = NOW) -> None:
        self.body, self.modified, self.now = body, modified, now

    def __call__(self, asked: Asked) -> Answer:
        stamp = format_datetime(self.modified, usegmt=True)
        headers = {
            "etag": f'"{int(self.modified.timestamp())}"',
            "last-modified": stamp,
            "date": format_datetime(self.now, usegmt=True),
        }
        if asked.headers.get("if-none-match") == headers["etag"]:
            return Answer(status=304, headers=headers)
        return Answer(self.body, headers=headers)


def test_a_feed_that_has_not_changed_is_not_sent_again(fetch):
    with serving(Conditional(rss(item("1")), NOW - timedelta(hours=1))) as server:
        first = POLL(channel(server.url), None, fetch, NOW)
        second = POLL(channel(server.url), first.cursor, fetch, NOW)
    assert server.asked[1].headers["if-modified-since"]
    assert (second.health, second.posts) == (Health.OK, ())


def test_a_second_edit_within_the_same_second_is_not_lost(fetch):
    source = Conditional(rss(item("1", text="first edit")), NOW)
    with serving(source) as server:
        first = POLL(channel(server.url), None, fetch, NOW)
        source.body = rss(item("1", text="second edit"))
        second = POLL(channel(server.url), first.cursor, fetch, NOW)
    assert [post.text for post in second.posts] == ["second edit"]


def test_a_permanent_move_is_remembered(fetch):
    def answer(asked: Asked) -> Answer:
        if asked.path == "/old":
            return Answer(status=301, headers={"location": "/new"})
        return Answer(rss(item("1")))

    with serving(answer) as server:
        first = POLL(channel(f"{server.url}/old"), None, fetch, NOW)
        POLL(channel(f"{server.url}/old"), first.cursor, fetch, NOW)
    assert [asked.path for asked in server.asked] == ["/old", "/new", "/new"]


def test_a_passing_move_is_not_remembered(fetch):
    def answer(asked: Asked) -> Answer:
        if asked.path == "/old":
            return Answer(status=302, headers={"location": "/new"})
        return Answer(rss(item("1")))

    with serving(answer) as server:
        first = POLL(channel(f"{server.url}/old"), None, fetch, NOW)
        POLL(channel(f"{server.url}/old"), first.cursor, fetch, NOW)
    assert [asked.path for asked in server.asked] == ["/old", "/new", "/old", "/new"]


@pytest.mark.parametrize(
    ("status", "health"),
    [(401, Health.DEAD), (403, Health.DEAD), (404, Health.DEAD), (410, Health.DEAD),
     (429, Health.TRANSIENT), (500, Health.TRANSIENT), (503, Health.TRANSIENT)],
)  # fmt: skip
def test_a_bad_status_is_never_an_empty_list(fetch, status, health):
    with serving(lambda _: Answer(rss(item("1")), status)) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert (poll.health, poll.posts) == (health, ())


@pytest.mark.parametrize("said", ["120", format_datetime(NOW + timedelta(minutes=2), usegmt=True)])
def test_retry_after_sets_the_next_poll_f32(fetch, said):
    with serving(lambda _: Answer(status=429, headers={"retry-after": said})) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.next_poll_at == NOW + timedelta(minutes=2)


def test_retry_after_is_capped_f32(fetch):
    with serving(lambda _: Answer(status=503, headers={"retry-after": "99999999999"})) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.next_poll_at == NOW + timedelta(hours=24)
