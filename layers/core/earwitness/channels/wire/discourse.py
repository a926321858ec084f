"""Discourse's own JSON: /posts.json, /latest.json, /search.json and a topic, as items of a feed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from earwitness.channels.wire.feeds import MOST_ITEMS, MOST_TEXT, Feed, Item
from earwitness.channels.wire.html import readable, tidy
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.model import Author, Engagement

_LIKE = 2  # the number of the action "like" among a post's


def is_discourse(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document is one of those that ``read_discourse`` reads."""
    return any(name in document for name in ("latest_posts", "topic_list", "post_stream")) or (
        "posts" in document and "grouped_search_result" in document
    )


def read_discourse(document: Mapping[str, Any], address: str) -> Feed:
    """The posts, or topics, of a forum at ``address``. Raises NotOk where the list is missing."""
    if "topic_list" in document:
        topics = entries(mapping(document["topic_list"]), "topics")
        return Feed(tuple(_topic(topic, address) for topic in topics[:MOST_ITEMS]))
    if "post_stream" in document:
        posts, titles = entries(mapping(document["post_stream"]), "posts"), {}
    else:
        posts = entries(document, "latest_posts" if "latest_posts" in document else "posts")
        topics = entries(document, "topics", absent_is_none=True)
        titles = {topic.get("id"): written(topic.get("title")) for topic in topics}
    title = written(document.get("title"))
    items = (
        _post(post, written(post.get("topic_title")) or titles.get(post.get("topic_id")) or title,
              address)
        for post in posts[:MOST_ITEMS]
    )  # fmt: skip
    return Feed(tuple(items))


def _post(post: Entry, title: str | None, address: str) -> Item:
    """A post; a search brings only the beginning of its text."""
    topic, number = post.get("topic_id"), post.get("post_number")
    handle, changed = written(post.get("username")), post.get("updated_at")
    acts = post.get("actions_summary")
    actions = [mapping(act) for act in acts] if isinstance(acts, list) else []
    likes = next((whole(act.get("count")) for act in actions if act.get("id") == _LIKE), 0)
    return Item(
        guid=f"post-{post.get('id')}",
        link=urljoin(address, f"/t/{post.get('topic_slug') or '-'}/{topic}/{number}"),
        title=tidy(title or "") or None,
        text=readable(written(post.get("cooked")) or written(post.get("blurb")) or "")[:MOST_TEXT],
        author=_author(written(post.get("name")), handle, address),
        language=None,
        published=written(post.get("created_at")),
        updated=written(changed) if changed != post.get("created_at") else None,
        engagement=Engagement(
            likes=likes, replies=whole(post.get("reply_count")), views=whole(post.get("reads"))
        ),
    )


def _topic(topic: Entry, address: str) -> Item:
    posts = whole(topic.get("posts_count"))
    return Item(
        guid=f"topic-{topic.get('id')}",
        link=urljoin(address, f"/t/{topic.get('slug') or '-'}/{topic.get('id')}"),
        title=readable(written(topic.get("title")) or "") or None,
        text=readable(written(topic.get("excerpt")) or ""),
        author=Author(),
        language=None,
        published=written(topic.get("created_at")),
        updated=None,  # it is bumped by replies: that is no edit
        engagement=Engagement(
            likes=whole(topic.get("like_count")),
            replies=None if posts is None else max(0, posts - 1),
            views=whole(topic.get("views")),
        ),
    )


def _author(name: str | None, handle: str | None, address: str) -> Author:
    url = urljoin(address, f"/u/{handle}") if handle else None
    return Author(name=name or handle, handle=handle, url=url)
