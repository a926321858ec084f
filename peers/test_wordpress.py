"""The feed kind against WordPress."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import feed
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health, Poll
from peers.servers import Missing, WordPress, folder_for_all, wordpress


@pytest.fixture(scope="module")
def blog() -> Iterator[WordPress]:
    try:
        with folder_for_all() as folder, wordpress(folder) as started:
            yield started
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def fetch() -> Iterator[Fetcher]:
    with Fetcher(allow_loopback=True) as fetcher:
        yield fetcher


class Reader:
    """Our channel, from poll to poll."""

    def __init__(self, blog: WordPress, fetch: Fetcher, path: str = "/?feed=rss2") -> None:
        self._channel = Channel("blog", "feed", timedelta(minutes=10), f"{blog.url}{path}")
        self._fetch, self._cursor = fetch, None

    def poll(self) -> Poll:
        poll = feed.poll(self._channel, self._cursor, self._fetch, datetime.now(UTC))
        self._cursor = poll.cursor
        assert poll.health is Health.OK, poll.reason
        return poll

    def texts(self) -> list[str]:
        return [post.text for post in self.poll().posts]


@pytest.mark.parametrize("path", ["/?feed=rss2", "/?feed=atom", "/?feed=rdf"])
def test_a_post_is_read_once_from_every_feed(blog, fetch, path):
    reader = Reader(blog, fetch, path)
    reader.poll()
    number = blog.do("post", "Northwind", f"They lost my bag, says {path}")
    (post,) = reader.poll().posts
    assert (post.title, post.text) == ("Northwind", f"They lost my bag, says {path}")
    assert f"p={number}" in post.url
    assert reader.texts() == []


def test_two_edits_within_a_second_are_both_read(blog, fetch):
    """WordPress makes its ETag from whole seconds: the second edit must not be lost to a 304."""
    number, reader = blog.do("post", "Contoso", "first"), Reader(blog, fetch)
    reader.poll()
    for text in ("second", "third", "fourth"):
        blog.do("edit", number, text)
        assert reader.texts() == [text]


def test_an_edit_is_the_same_post(blog, fetch):
    number, reader = blog.do("post", "Fabrikam", "before"), Reader(blog, fetch)
    first = next(post for post in reader.poll().posts if post.title == "Fabrikam")
    blog.do("edit", number, "after")
    (again,) = reader.poll().posts
    assert again.post_id == first.post_id
    assert again.edited_at is not None


def test_a_search_feed_finds_what_names_a_brand(blog, fetch):
    blog.do("post", "Tailspin", "Toys that squeak")
    found = Reader(blog, fetch, "/?s=Tailspin&feed=rss2").poll().posts
    assert [post.title for post in found] == ["Tailspin"]


def test_a_deleted_post_is_no_news(blog, fetch):
    number, reader = blog.do("post", "Wingtip", "gone soon"), Reader(blog, fetch)
    assert "gone soon" in reader.texts()
    blog.do("delete", number)
    assert reader.texts() == []
