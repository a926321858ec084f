from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import feedparser
import pytest

from earwitness.channels import KINDS
from earwitness.channels.wire.xml_feeds import read_xml_feed
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


@pytest.mark.parametrize("ahead", [timedelta(seconds=4000), timedelta(hours=14)])
def test_f12_the_first_poll_keeps_what_our_clock_or_its_zone_puts_into_the_future(fetch, ahead):
    body = rss(item("1", at=NOW + ahead))
    (poll,) = poll_bodies(body, fetch=fetch)
    (post,) = poll.posts
    assert (post.published_at, post.dated_by_us) == (NOW, True)


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


def test_a3_a_permanent_move_is_remembered(fetch):
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
def test_f32_retry_after_sets_the_next_poll(fetch, said):
    with serving(lambda _: Answer(status=429, headers={"retry-after": said})) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.next_poll_at == NOW + timedelta(minutes=2)


def test_f32_retry_after_is_capped(fetch):
    with serving(lambda _: Answer(status=503, headers={"retry-after": "99999999999"})) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.next_poll_at == NOW + timedelta(hours=24)


def test_a_feed_asks_to_be_left_alone(fetch):
    headers = {"cache-control": "public, max-age=1800"}
    with serving(lambda _: Answer(rss(item("1")), headers=headers)) as server:
        poll = POLL(channel(server.url), None, fetch, NOW)
    assert poll.next_poll_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("said", ["<ttl>45</ttl>", "<ttl>99999</ttl>", "<ttl>-1</ttl>", "<ttl/>"])
def test_a_ttl_is_honoured_within_bounds(fetch, said):
    (poll,) = poll_bodies(rss(item("1"), more=said), fetch=fetch)
    assert poll.next_poll_at in (None, NOW + timedelta(minutes=45), NOW + timedelta(hours=1))
    assert (poll.next_poll_at is None) == (said in ("<ttl>-1</ttl>", "<ttl/>"))


def test_a3_a_moved_feed_that_dies_is_asked_for_at_its_own_address_again(fetch):
    moved = {
        "/old": Answer(status=301, headers={"location": "/new"}),
        "/new": Answer(rss(item("1"))),
    }
    with serving(lambda asked: moved[asked.path]) as server:
        poll = POLL(channel(f"{server.url}/old"), None, fetch, NOW)
        moved["/new"] = Answer(status=410)
        poll = POLL(channel(f"{server.url}/old"), poll.cursor, fetch, NOW)
        assert poll.health is Health.DEAD
        moved["/old"] = Answer(rss(item("1"), item("2")))
        poll = POLL(channel(f"{server.url}/old"), poll.cursor, fetch, NOW)
    assert [post.source_id for post in poll.posts] == ["2"]


def test_a_new_address_keeps_what_was_seen(fetch):
    with serving(lambda _: Answer(rss(item("1")))) as server:
        first = POLL(channel(f"{server.url}/a"), None, fetch, NOW)
        second = POLL(channel(f"{server.url}/b"), first.cursor, fetch, NOW)
    assert second.posts == ()


def test_atom_in_full(fetch):
    (poll,) = poll_bodies((SAMPLES / "atom.xml").read_bytes(), fetch=fetch)
    (post,) = poll.posts
    assert post.title == "Northwind Air: wieder verspätet"
    assert post.text == "Drei Stunden am Tor.\nDanke für nichts, Nordwind!"
    assert (post.language, post.author.name) == ("de", "Mara Beispiel")
    assert post.url.endswith("/2026/11/northwind")
    assert post.source_id == "tag:reise.example,2026:1"
    assert post.published_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 11, 22, 11, tzinfo=UTC)


def test_json_feed_in_full(fetch):
    (poll,) = poll_bodies((SAMPLES / "feed.json").read_bytes(), fetch=fetch)
    first, second = poll.posts
    assert (first.title, first.text) == ("Legroom", "Northwind Air & friends")
    assert (first.language, first.author.name) == ("en", "Jo Sample")
    assert (second.source_id, second.text) == ("7", "No title, but it names Contoso Jet")
    assert second.edited_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_google_alerts_links_are_unwrapped(fetch):
    wrapped = "https://www.google.com/url?rct=j&amp;url=https://news.example/a%3Fb&amp;ct=ga"
    (poll,) = poll_bodies(rss(item("1", link=wrapped)), fetch=fetch)
    assert poll.posts[0].url == "https://news.example/a?b"


def test_a9_a_wrapped_link_leads_nowhere_but_to_the_web(fetch):
    wrapped = "https://www.google.com/url?url=javascript:alert(1)"
    (poll,) = poll_bodies(rss(item("1", link=wrapped)), fetch=fetch)
    assert poll.posts[0].url == wrapped


def test_a9_a_link_that_is_a_script_is_no_link(fetch):
    (poll,) = poll_bodies(rss(item("1", link="javascript:alert(1)")), fetch=fetch)
    assert poll.posts[0].url is None


def test_f25_ten_items_of_one_guid_are_all_kept(fetch):
    body = rss(*(item("same", f"title {n}", link=f"https://a.example/{n}") for n in range(10)))
    first, second = poll_bodies(body, body, fetch=fetch)
    assert len({post.post_id for post in first.posts}) == 10
    assert second.posts == ()


def test_f25_ten_items_of_one_guid_and_link_are_all_kept(fetch):
    body = rss(*(item("same", f"title {n}", link="https://a.example/") for n in range(10)))
    first, second = poll_bodies(body, body, fetch=fetch)
    assert len({post.post_id for post in first.posts}) == 10
    assert second.posts == ()


def test_f25_a_guid_that_starts_to_repeat_offers_only_what_is_new(fetch):
    one = item("same", "one", link="https://a.example/1")
    two = item("same", "two", link="https://a.example/2")
    three = item("same", "three", link="https://a.example/3")
    _, second, third = poll_bodies(rss(one), rss(two, one), rss(three, two), fetch=fetch)
    assert [post.title for post in second.posts] == ["two"]
    assert [post.title for post in third.posts] == ["three"]


def test_items_without_guid_are_told_apart_by_link_then_by_content(fetch):
    body = rss(
        item(link="https://a.example/1"), item(link="https://a.example/2"),
        item(title="no link"), item(title="no link either"),
    )  # fmt: skip
    first, second = poll_bodies(body, body, fetch=fetch)
    assert len({post.post_id for post in first.posts}) == 4
    assert second.posts == ()


def test_feeds_that_number_their_items_alike_do_not_collide(fetch):
    with serving(lambda _: Answer(rss(item("1")))) as server:
        one = POLL(channel(server.url), None, fetch, NOW)
        other = Channel("other", "feed", timedelta(minutes=10), server.url)
        two = POLL(other, None, fetch, NOW)
    assert one.posts[0].post_id != two.posts[0].post_id


def test_a_guid_stays_the_same_when_the_feed_moves(fetch):
    with serving(lambda _: Answer(rss(item("relative")))) as server:
        one = POLL(channel(f"{server.url}/a/feed"), None, fetch, NOW)
        two = POLL(channel(f"{server.url}/b/feed"), None, fetch, NOW)
    assert one.posts[0].post_id == two.posts[0].post_id


@pytest.mark.parametrize(
    ("body", "health"),
    [
        (b"", Health.TRANSIENT),
        (b"   ", Health.TRANSIENT),
        (b"<!DOCTYPE html><html><body>Just a moment...</body></html>", Health.DEAD),
        (b"<html><head><title>Access denied</title></head></html>", Health.DEAD),
        (b"<?xml version='1.0'?><!DOCTYPE html><html xmlns='x'><item/></html>", Health.DEAD),
        (b"<!-- cached --><html><body>hello</body></html>", Health.DEAD),
        (b'{"error": "maintenance"}', Health.TRANSIENT),
        (b'{"version": "https://jsonfeed.org/version/1"}', Health.TRANSIENT),
        (b'{"version": "https://jsonfeed.org/ver', Health.TRANSIENT),
        (b"[]", Health.TRANSIENT),
        (b"Service temporarily unavailable", Health.TRANSIENT),
        (b"<error>try later</error>", Health.TRANSIENT),
        (b"/etc/passwd", Health.TRANSIENT),
        (b"\x00\x01\x02\xff\xfe", Health.TRANSIENT),
    ],
)
def test_f28_a4_a_body_that_is_no_feed_is_not_ok(fetch, body, health):
    (poll,) = poll_bodies(body, fetch=fetch)
    assert (poll.health, poll.posts) == (health, ())
    assert poll.reason


def test_f35_a_body_that_is_no_feed_leaves_the_cursor_as_it_was(fetch):
    first, second, third = poll_bodies(rss(item("1")), b"<html>", rss(item("1")), fetch=fetch)
    assert second.cursor == first.cursor
    assert third.posts == ()


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_f29_a_feed_cut_short_brings_its_complete_items_alone(fetch, cut):
    body = rss(item("1", text="whole"), item("2", text="the text of the second item"))
    start = body.index(b"<guid>2")
    (poll,) = poll_bodies(body[: start + cut], fetch=fetch)
    assert [post.source_id for post in poll.posts] == ["1"]
    assert poll.posts[0].text == "whole"


def test_f29_a_feed_cut_short_is_asked_for_again_in_full(fetch):
    whole = rss(item("1"), item("2"))
    source = Conditional(whole[:-60], NOW - timedelta(hours=1))
    with serving(source) as server:
        first = POLL(channel(server.url), None, fetch, NOW)
        source.body = whole
        second = POLL(channel(server.url), first.cursor, fetch, NOW)
    assert [post.source_id for post in (*first.posts, *second.posts)] == ["1", "2"]


def test_f30_half_a_character_does_not_hurt_the_other_items(fetch):
    body = rss(item("1", "&#xD800;broken"), item("2", "&#55357;&#56832;"), item("3"))
    (poll,) = poll_bodies(body, fetch=fetch)
    assert [post.source_id for post in poll.posts] == ["1", "2", "3"]
    for post in poll.posts:
        post.title.encode("utf-8")


def test_f30_a_crash_of_the_parser_stays_with_the_feed(fetch, monkeypatch):
    def crash(*_: object, **__: object) -> None:
        raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(feedparser, "parse", crash)
    (poll,) = poll_bodies(rss(item("1")), fetch=fetch)
    assert poll.health is Health.TRANSIENT
    assert "UnicodeEncodeError" in poll.reason


@pytest.mark.parametrize(
    "date",
    ["2016/6/29 15:07:41", "Thu, 4 May 2017 19:40:17", "1 Jan 0001 00:00:00 GMT",
     "2099-01-01T00:00:00Z", "31 Feb 2024", "nonsense"],
)  # fmt: skip
def test_f31_an_item_with_an_impossible_date_is_dated_by_us(fetch, date):
    body = rss(f"<item><guid>1</guid><title>x</title><pubDate>{date}</pubDate></item>")
    _, poll = poll_bodies(rss(), body, fetch=fetch)
    assert (poll.posts[0].published_at, poll.posts[0].dated_by_us) == (NOW, True)


def test_f31_an_undated_item_is_dated_by_us(fetch):
    _, poll = poll_bodies(rss(), rss(item("1", at=None)), fetch=fetch)
    assert (poll.posts[0].published_at, poll.posts[0].dated_by_us) == (NOW, True)


@pytest.mark.parametrize("date", ["", "<pubDate>2099-01-01T00:00:00Z</pubDate>"])
def test_f31_items_that_an_undated_feed_has_already_are_no_news(fetch, date):
    old, new = (f"<item><guid>{n}</guid><title>Northwind {n}</title>{date}</item>" for n in "12")
    polls = poll_bodies(rss(old), rss(new, old), rss(new, old), fetch=fetch)
    assert [[post.source_id for post in poll.posts] for poll in polls] == [[], ["2"], []]


def one_item(title: bytes, before: bytes = b"") -> bytes:
    return (
        b'<?xml version="1.0"?>' + before + b'<rss version="2.0"><channel><item><guid>1</guid>'
        b"<title>" + title + b"</title></item></channel></rss>"
    )


LAUGHS = b"<!DOCTYPE l [<!ENTITY a0 'lol'>%s]>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)


@pytest.mark.parametrize(
    "body",
    [
        one_item(b"&a9;", LAUGHS),
        one_item(b"&a;" * 2000, b"<!DOCTYPE l [<!ENTITY a '%s'>]>" % (b"A" * 50_000)),
        one_item(b"&x;", b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
        one_item(b"&x;", b"<!-- <rss --><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
        one_item(b"&x;", b"<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> %p;]>"),
    ],
    ids=["laughs", "quadratic", "external", "hidden", "parameter"],
)
def test_a7_no_entity_is_expanded(fetch, body):
    (poll,) = poll_bodies(body, fetch=fetch)
    for post in poll.posts:
        assert len(post.title) < 10_000
        assert "root:" not in post.title
        assert "lollol" not in post.title
        assert "AAA" not in post.title


MANY = b'<rss version="2.0"><channel>%s</channel></rss>'


@pytest.mark.parametrize(
    "body",
    [
        one_item(b"<b>" * 200_000),
        one_item(b"<b>" * 100_000 + b"</b>" * 100_000),
        MANY % (b"<item><title>x" * 200_000),
        MANY % (b"<!-- x -->" * 200_000),
        one_item(b"x", b"<!DOCTYPE a [" + b"<!ENTITY" * 200_000),
    ],
    ids=["nested", "nested well", "open items", "comments", "declarations"],
)
def test_a6_a_document_built_to_be_slow_is_refused_or_read_in_time(fetch, body):
    began = time.monotonic()
    poll_bodies(body, fetch=fetch)
    assert time.monotonic() - began < 6


def test_a6_a_hundred_thousand_items_cost_as_much_as_a_thousand(fetch):
    items = b"".join(b"<item><guid>%d</guid><title>x</title></item>" % n for n in range(100_000))
    _, poll = poll_bodies(rss(), MANY % items, fetch=fetch)
    assert poll.health is Health.OK
    assert len(poll.posts) == 1000


def test_a6_a_parse_that_takes_too_long_is_stopped(fetch, monkeypatch):
    monkeypatch.setattr("earwitness.channels.wire.xml_feeds.MOST_SECONDS", 0.05)
    (poll,) = poll_bodies(one_item(b"<b>" * 100_000), fetch=fetch)
    assert poll.health is Health.TRANSIENT
    assert "to parse" in poll.reason


def test_f32_a_failure_in_one_feed_leaves_the_fetcher_fit_for_the_next(fetch):
    bodies = iter([Answer(status=500), Answer(rss(item("1")))])
    with serving(lambda _: next(bodies)) as server:
        assert POLL(channel(server.url), None, fetch, NOW).health is Health.TRANSIENT
        assert len(POLL(channel(server.url), None, fetch, NOW).posts) == 1


@pytest.mark.parametrize("cursor", ["", "x", "[]", "{}", '{"seen": 3}', '"a"', "null"])
def test_a_damaged_cursor_starts_afresh(fetch, cursor):
    with serving(lambda _: Answer(rss(item("1")))) as server:
        poll = POLL(channel(server.url), cursor, fetch, NOW)
    assert len(poll.posts) == 1


def test_a12_spaces_before_a_wide_declaration_cost_linear_time():
    body = "\ufeff".encode("utf-16-le") + (" " * 200_000 + "<rss/>").encode("utf-16-le")
    assert read_xml_feed(body, "application/rss+xml", "https://news.example/feed").items == ()
