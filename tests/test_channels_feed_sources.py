"""Feeds of aggregators and forums, as their posts' authors published them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.recorded_channels import STARTED
from earwitness.channels import KINDS
from earwitness.channels.wire.aggregators import unwrapped
from earwitness.fetching import Response
from earwitness.model import Channel, Engagement, Health

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def posts(body: bytes, url: str = "https://feeds.example/news"):
    channel = Channel("news", "feed", timedelta(minutes=10), url, (), {"since": "300d"})
    poll = KINDS["feed"].poll(
        channel, STARTED, lambda asked: Response(200, asked.url, {}, body), NOW
    )
    assert poll.health is Health.OK, poll.reason
    return poll.posts


def packed(address: str) -> str:
    """An old link of Google News around an address."""
    length = len(address)
    varint = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    message = b'\x08\x13"' + varint + address.encode() + b"\xd2\x01\x00"
    return f"https://news.google.com/rss/articles/{base64.urlsafe_b64encode(message).decode()}?oc=5"


NEWS = """<rss version="2.0"><channel><title>"Northwind Air" - Google News</title><item>
<title>Northwind Air cancels - again - The Example Post</title><link>{link}</link>
<guid isPermaLink="false">one</guid><pubDate>Sat, 21 Nov 2026 07:00:00 GMT</pubDate>
<description>&lt;a href="https://x.example"&gt;Northwind Air cancels - again&lt;/a&gt;
&lt;font color="#6f6f6f"&gt;The Example Post&lt;/font&gt;</description>
<source url="https://www.post.example">The Example Post</source></item></channel></rss>"""


def test_a_google_news_title_loses_its_outlet_which_becomes_the_author():
    link = packed("https://www.post.example/northwind")
    (post,) = posts(NEWS.format(link=link).encode())
    assert (post.title, post.text) == ("Northwind Air cancels - again", "")
    assert (post.author.name, post.author.url) == ("The Example Post", "https://www.post.example")
    assert post.url == "https://www.post.example/northwind"


@pytest.mark.parametrize("address", ["https://a.example/", f"https://a.example/{'x' * 300}"])
def test_an_old_google_news_link_gives_its_address_away(address):
    assert unwrapped(packed(address)) == address


@pytest.mark.parametrize(
    "link",
    [
        "https://news.google.com/rss/articles/CBMiAUFVX3lxTE0?oc=5",
        "https://news.google.com/rss/articles/!!!",
        "https://news.google.com/rss/articles/CBMi",
        packed("javascript:alert(1)"),
        "https://www.google.com/search?q=northwind",
        "https://[broken/url",
        None,
    ],
)
def test_a_link_without_an_address_inside_stays_as_it_is(link):
    assert unwrapped(link) == link


@pytest.mark.parametrize("host", ["www.google.com", "google.com", "www.google.de", "google.co.uk"])
def test_every_google_wraps_alike(host):
    assert unwrapped(f"https://{host}/url?sa=t&url=https://a.example/b") == "https://a.example/b"


@pytest.mark.parametrize("host", ["google.com.evil.example", "www.googlefake.com", "a.example"])
def test_only_google_is_unwrapped(host):
    link = f"https://{host}/url?url=https://a.example/b"
    assert unwrapped(link) == link


def test_a_youtube_feed_brings_description_views_and_likes():
    (post,) = posts(b"""<feed xmlns:media="http://search.yahoo.com/mrss/"
      xmlns="http://www.w3.org/2005/Atom"><title>Northwind</title><entry><id>yt:video:abc</id>
      <title>Our new cabin</title><link rel="alternate" href="https://www.youtube.com/watch?v=abc"/>
      <author><name>Northwind</name></author><published>2026-11-21T00:00:00+00:00</published>
      <media:group><media:description>Sit well.</media:description><media:community>
      <media:starRating count="12" average="5.00" min="1" max="5"/>
      <media:statistics views="3456"/></media:community></media:group></entry></feed>""")
    assert (post.title, post.text) == ("Our new cabin", "Sit well.")
    assert post.engagement == Engagement(likes=12, views=3456)


def test_a_reddit_feed_names_the_author_and_leaves_the_foot_out():
    html = (
        "&lt;!-- SC_OFF --&gt;&lt;div class=&quot;md&quot;&gt;&lt;p&gt;Lost my bag.&lt;/p&gt;"
        "&lt;/div&gt;&lt;!-- SC_ON --&gt; &amp;#32; submitted by &amp;#32; &lt;a href=&quot;"
        "https://www.reddit.com/user/sam_flies&quot;&gt; /u/sam_flies &lt;/a&gt; &lt;br/&gt; "
        "&lt;span&gt;&lt;a href=&quot;https://x.example&quot;&gt;[link]&lt;/a&gt;&lt;/span&gt; "
        "&amp;#32; &lt;span&gt;&lt;a href=&quot;https://y.example&quot;&gt;[comments]&lt;/a&gt;"
        "&lt;/span&gt;"
    )
    link = "https://www.reddit.com/r/travel/comments/1abc/northwind/"
    (post,) = posts(
        f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>new</title><entry>
      <author><name>/u/sam_flies</name><uri>https://www.reddit.com/user/sam_flies</uri></author>
      <content type="html">{html}</content><id>t3_1abc</id><link href="{link}"/>
      <updated>2026-11-21T00:00:00+00:00</updated><published>2026-11-21T00:00:00+00:00</published>
      <title>Northwind again</title></entry></feed>""".encode()
    )
    assert post.text == "Lost my bag."
    assert (post.author.handle, post.url) == ("sam_flies", link)


def test_a_discourse_forum_is_read_post_by_post():
    body = {
        "latest_posts": [
            {
                "id": 15, "username": "mira", "name": "Mira", "topic_id": 11, "post_number": 2,
                "topic_slug": "baggage", "topic_title": "Baggage", "cooked": "<p>Lost again.</p>",
                "created_at": "2026-11-21T10:00:00.000Z", "updated_at": "2026-11-21T11:00:00.000Z",
                "reply_count": 3, "reads": 90, "actions_summary": [{"id": 2, "count": 7}],
            }
        ]
    }  # fmt: skip
    (post,) = posts(json.dumps(body).encode(), "https://forum.example/posts.json")
    assert (post.title, post.text) == ("Baggage", "Lost again.")
    assert post.url == "https://forum.example/t/baggage/11/2"
    assert (post.author.handle, post.author.name) == ("mira", "Mira")
    assert post.engagement == Engagement(likes=7, replies=3, views=90)
    assert post.edited_at == datetime(2026, 11, 21, 11, tzinfo=UTC)


def test_a_discourse_search_brings_titles_and_beginnings():
    body = {
        "posts": [{"id": 1, "username": "mira", "topic_id": 4, "post_number": 1, "blurb": "Lost"}],
        "topics": [{"id": 4, "title": "Baggage"}],
        "grouped_search_result": {},
    }
    (post,) = posts(json.dumps(body).encode())
    assert (post.title, post.text, post.dated_by_us) == ("Baggage", "Lost", True)


def test_a_topic_that_is_bumped_is_not_edited():
    def latest(replies: int) -> bytes:
        topic = {"id": 4, "title": "Baggage", "slug": "baggage", "posts_count": replies + 1,
                 "created_at": "2026-11-21T10:00:00.000Z", "like_count": 2}  # fmt: skip
        return json.dumps({"topic_list": {"topics": [topic]}}).encode()

    (post,) = posts(latest(3))
    assert (post.engagement.replies, post.edited_at) == (3, None)
