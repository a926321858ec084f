"""Every recorded feed: no crash, bounded time, and a known list of those refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.recorded_channels import STARTED
from earwitness.channels import KINDS
from earwitness.fetching import Response
from earwitness.model import Channel, Health

RECORDED = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "channels" / "rss"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# What is no feed, and so must not pass for an empty one.
REFUSED = {
    "feedparser-corpus/illformed/rss_empty_document.xml": "it is no feed",
    "feedparser-corpus/illformed/rss_incomplete_cdata.xml": "cut short",
    "feedparser-corpus/wellformed/cdf/channel_abstract_map_description.xml": "it is no feed",
    "feedparser-corpus/wellformed/cdf/channel_href_map_link.xml": "it is no feed",
    "feedparser-corpus/wellformed/cdf/channel_href_map_links.xml": "it is no feed",
    "feedparser-corpus/wellformed/cdf/channel_lastmod.xml": "it is no feed",
    "feedparser-corpus/wellformed/cdf/channel_lastmod_parsed.xml": "it is no feed",
    "feedparser-corpus/wellformed/cdf/channel_title.xml": "it is no feed",
    "live-wordpress-rest-posts-modified.json": "it is no feed",
    "live-wordpress-rest-search.json": "it is no feed",
    "live-wordpress-rss2-304.xml": "empty",
}


def recordings() -> list[str]:
    files = (path for path in RECORDED.rglob("*") if path.is_file())
    return sorted(
        str(path.relative_to(RECORDED))
        for path in files
        if not path.name.endswith((".meta.json", "README.txt"))
    )


@pytest.fixture(scope="module")
def polls():
    if not RECORDED.exists():
        pytest.skip("recordings are not on this machine")
    channel = Channel(
        "recorded", "feed", timedelta(minutes=10), "https://a.example/feed", (), {"since": "20000d"}
    )
    found = {}
    for name in recordings():
        body = (RECORDED / name).read_bytes()
        began = time.monotonic()
        poll = KINDS["feed"].poll(
            channel, STARTED, lambda request, body=body: Response(200, request.url, {}, body), NOW
        )
        found[name] = (poll, time.monotonic() - began)
    return found


def test_the_refused_are_known_with_their_reasons(polls):
    refused = {name: poll.reason for name, (poll, _) in polls.items() if poll.health != Health.OK}
    assert refused.keys() == REFUSED.keys()
    assert all(REFUSED[name] in reason for name, reason in refused.items())


def test_recorded_feeds_bring_their_items(polls):
    assert sum(len(poll.posts) for poll, _ in polls.values()) >= 1_800


def test_a6_no_recorded_feed_takes_long(polls):
    assert max(took for _, took in polls.values()) < 5


def test_every_text_can_be_stored(polls):
    for poll, _ in polls.values():
        for post in poll.posts:
            f"{post.title}{post.text}{post.source_id}{post.author.name}".encode()


def test_ids_are_unique_within_a_feed(polls):
    for poll, _ in polls.values():
        assert len({post.post_id for post in poll.posts}) == len(poll.posts)


def test_f31_every_date_is_possible(polls):
    for poll, _ in polls.values():
        for post in poll.posts:
            assert datetime(1990, 1, 1, tzinfo=UTC) <= post.published_at <= NOW
