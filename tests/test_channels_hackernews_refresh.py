"""Hacker News posts asked for again: in batches, and gone only when Hacker News says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import KINDS
from earwitness.fetching import Fetcher
from earwitness.model import Author, Channel, Health, Post
from tests.loopback import Answer, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = NOW - timedelta(minutes=30)
REFRESH = KINDS["hackernews"].refresh


def story(number):
    return Post("hackernews", str(number), "text", title="Title", channel="hn", published_at=AT)


def comment(number):
    author = Author("kim", "kim")
    return Post("hackernews", str(number), "text", channel="hn", author=author, published_at=AT)


def hit(post, **fields):
    number = post.source_id
    kind = "story" if post.title else "comment"
    tags = [kind, f"author_{post.author.handle}", *([f"story_{number}"] if post.title else [])]
    date = int(AT.timestamp())
    return {"objectID": number, "created_at_i": date, "author": "kim", "_tags": tags, **fields}


class HackerNews:
    """Algolia's tags, and Hacker News' own items."""

    def __init__(self, *hits, items=None):
        self.hits = hits
        self.items = items or {}

    def __call__(self, asked):
        if "/item/" in asked.path:
            number = asked.path.rsplit("/", 1)[1].removesuffix(".json")
            return Answer(json.dumps(self.items.get(number)).encode())
        kind, any_of = asked.query["tags"].split(",", 1)
        wanted = set(any_of.strip("()").split(","))
        found = [h for h in self.hits if kind in h["_tags"] and wanted & set(h["_tags"])]
        return Answer(json.dumps({"hits": found}).encode())


@pytest.fixture
def fetch():
    with Fetcher(allow_loopback=True) as fetcher:
        yield fetcher


def refreshed(fetch, posts, source):
    with serving(source) as server:
        channel = Channel("hn", "hackernews", timedelta(minutes=2), server.url)
        return REFRESH(channel, posts, fetch, NOW), server.asked


def test_a_story_and_a_comment_come_back_as_they_are_now(fetch):
    posts = [story(1), comment(2)]
    source = HackerNews(
        hit(posts[0], title="Title", story_text="text", points=80, num_comments=12),
        hit(posts[1], comment_text="edited"),
    )
    answer, _ = refreshed(fetch, posts, source)
    by_id = {post.source_id: post for post in answer.posts}
    assert by_id["1"].engagement.likes == 80
    assert by_id["2"].text == "edited"
    assert {post.post_id for post in answer.posts} == {post.post_id for post in posts}
    assert (answer.health, answer.gone) == (Health.OK, ())


def test_other_posts_of_the_same_author_are_not_taken(fetch):
    posts = [comment(2)]
    source = HackerNews(hit(posts[0], comment_text="text"), hit(comment(3), comment_text="other"))
    answer, _ = refreshed(fetch, posts, source)
    assert [post.source_id for post in answer.posts] == ["2"]


def test_a_hundred_stories_are_two_requests(fetch):
    posts = [story(number) for number in range(100)]
    source = HackerNews(*(hit(post, title="Title", points=1) for post in posts))
    answer, asked = refreshed(fetch, posts, source)
    assert len(answer.posts) == 100
    assert len(asked) == 2


def test_what_is_on_the_front_page_is_named(fetch):
    post = story(1)
    shown = hit(post, title="Title", points=80)
    shown["_tags"].append("front_page")
    answer, _ = refreshed(fetch, [post], HackerNews(shown))
    assert answer.front_page == (post.post_id,)


@pytest.mark.parametrize("item", [{"id": 1, "deleted": True}, {"id": 1, "dead": True}])
def test_what_hacker_news_says_is_gone_is_gone(fetch, item):
    answer, _ = refreshed(fetch, [story(1)], HackerNews(items={"1": item}))
    assert answer.gone == (story(1).post_id,)


@pytest.mark.parametrize("item", [None, {"id": 1, "title": "Title"}])
def test_what_the_search_merely_lacks_is_not_gone(fetch, item):
    answer, _ = refreshed(fetch, [story(1)], HackerNews(items={"1": item}))
    assert (answer.posts, answer.gone) == ((), ())


@pytest.mark.parametrize("status", [404, 429, 500])
def test_an_error_is_never_a_deletion(fetch, status):
    answer, _ = refreshed(fetch, [story(1)], lambda _: Answer(status=status))
    assert answer.gone == ()
    assert answer.health is not Health.OK
    assert f"http_{status}" in answer.reason


def test_what_was_read_before_an_error_is_kept(fetch):
    posts = [replace(story(1)), comment(2)]
    source = HackerNews(hit(posts[0], title="Title", points=80))

    def failing(asked):
        return source(asked) if "story_1" in asked.query.get("tags", "") else Answer(status=500)

    answer, _ = refreshed(fetch, posts, failing)
    assert [post.source_id for post in answer.posts] == ["1"]
    assert answer.health is Health.TRANSIENT
