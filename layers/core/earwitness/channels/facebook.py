"""Facebook: a Page's posts, what visitors write on it, their comments, and posts that tag it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from earwitness.channels.wire import graph
from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.graph_again import Rereading, is_comment
from earwitness.channels.wire.graph_lists import GraphLists
from earwitness.channels.wire.html import tidy, web_address
from earwitness.channels.wire.lists import Parameters
from earwitness.channels.wire.options import SINCE, Option, like, one_of, secret
from earwitness.channels.wire.values import Entry, mapping, whole, written
from earwitness.channels.wire.walk import Found, Window, in_seconds
from earwitness.fetching import Fetch
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "page": Option("the Page's number or name", like(r"[\w.]{1,64}", "northwindair")),
    "read": Option(
        "page (default): its posts, those of visitors, and their comments; "
        "tagged: posts elsewhere that tag the Page",
        one_of("page", "tagged"),
    ),
    "credentials": secret("(access_token)"),
}
CREDENTIALS = ("access_token",)
ADDRESS = "https://graph.facebook.com/v26.0"
_SUMMARY = "limit(0).summary(total_count)"
_POST = (
    "id,message,story,created_time,permalink_url,from{id,name},shares,"
    f"reactions.{_SUMMARY},comments.{_SUMMARY},attachments{{title,unshimmed_url}}"
)
_COMMENT = "id,message,created_time,permalink_url,from{id,name},like_count,comment_count"
_OTHERS: Parameters = {"fields": _POST, "limit": 25}
_OTHER_COMMENTS: Parameters = {
    "fields": f"id,comments.order(reverse_chronological).filter(stream).limit(5){{{_COMMENT}}}",
    "limit": 25,
}
_NEWEST = "comments.order(reverse_chronological).filter(stream).limit(1){id}"
_IN_PERMALINK = re.compile(
    r"/posts/(?:[\w.-]{0,200}/)?(\w{1,200})/?\?.{0,500}?\bcomment_id=(\d{1,40})"
    r"(?:.{0,500}?_id=(\d{1,40}))?"
)


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited posts and comments. ``channel.url`` replaces Meta's address."""
    page = str(channel.options.get("page", ""))
    if not page:
        return Poll((), cursor, Health.DEAD, "no_page: options must hold page, its number or name")
    edge = "tagged" if channel.options.get("read") == "tagged" else "feed"
    lists = GraphLists(channel, cursor, now)
    try:
        ask_for = graph.Graph(channel, fetch, ADDRESS, now).ask
        comments = lists.comments(ask_for, f"{page}/feed", _NEWEST) if edge == "feed" else []
    except NotOk as not_ok:
        return not_ok.poll(cursor)
    paths = [f"{page}/{edge}", *comments]
    return lists.poll(ask_for, paths, _parameters, partial(_found, channel, now))


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """Posts and comments of the Page as they are now, a request each; what tags it by its list.

    Others' posts may be read by their ids with their authors' leave alone, and leave the list
    when the tag is taken off: of one that is not listed nothing is learned.
    """
    page = str(channel.options.get("page", ""))

    def ask_for(path: str, parameters: Parameters) -> tuple[Any, datetime | None]:
        return graph.Graph(channel, fetch, ADDRESS, now).ask(path, parameters)

    return Rereading(
        ask=ask_for,
        made=partial(_made, channel, now),
        parameters=_parameters,
        listed=_list_of,
        fields=lambda post: _COMMENT if is_comment(post) else _POST,
        others=lambda post: (f"{page}/feed", _OTHER_COMMENTS if is_comment(post) else _OTHERS),
        sort=lambda post: (
            _page_of(post),
            is_comment(post),
            _is_ours(post),
            post.author.url is None,
        ),
        tells_owners=True,
    ).refresh(posts, now)


def _list_of(post: Post) -> str | None:
    """The list by which alone the post can be read again."""
    return post.asked_by if (post.asked_by or "").endswith("/tagged") else None


def _is_ours(post: Post) -> bool:
    """Whether the Page wrote it itself, which it may read without leave to read what others say.

    It cannot be told of one whose author the Graph withholds.
    """
    return post.author.url == f"https://www.facebook.com/{_page_of(post)}"


def _page_of(post: Post) -> str:
    """The number of the Page, with which the ids of all on it begin, but for those of comments."""
    path = (post.asked_by or "") if is_comment(post) else post.source_id
    return path.partition("_")[0]


def _parameters(path: str, window: Window) -> dict[str, object]:
    if path.endswith("/comments"):  # paged by cursor alone
        return {
            "fields": _COMMENT,
            "limit": graph.PAGE,
            "order": "reverse_chronological",
            "filter": "stream",
        }
    parameters: dict[str, object] = {"fields": _POST, "limit": graph.PAGE, "since": window.low}
    if window.high is not None:
        parameters["until"] = window.high + 1
    return parameters


def _found(channel: Channel, now: datetime, entry: Entry, undated: int) -> Found:
    at = rough_date(written(entry.get("created_time")))
    return Found(in_seconds(at) if at else undated, _post(channel, entry, at, now))


def _made(channel: Channel, now: datetime, entry: Entry, path: str | None) -> Post:
    at = rough_date(written(entry.get("created_time")))
    return replace(_post(channel, entry, at, now), asked_by=path)


def _post(channel: Channel, entry: Entry, at: datetime | None, now: datetime) -> Post:
    author, published_at = mapping(entry.get("from")), possible(at, now)
    link = web_address(written(entry.get("permalink_url")))
    author_id = written(author.get("id"))
    source_id = written(entry.get("id")) or _id_in(link) or graph.identity(entry)
    return Post(
        kind=channel.kind,
        source_id=source_id,
        channel=channel.name,
        text="\n".join(dict.fromkeys(_texts(entry))),
        url=link or f"https://www.facebook.com/{source_id}",
        author=Author(
            name=written(author.get("name")),
            url=f"https://www.facebook.com/{author_id}" if author_id else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(
            likes=_count(entry, "reactions", "like_count"),
            reposts=whole(mapping(entry.get("shares")).get("count")),
            replies=_count(entry, "comments", "comment_count"),
        ),
    )


def _texts(entry: Entry) -> Iterable[str]:
    """What was written, and the title and address of what was shared with it."""
    attached = mapping(entry.get("attachments")).get("data")
    for value in (
        written(entry.get("message")) or written(entry.get("story")),
        *(
            written(mapping(one).get(name))
            for one in (attached if isinstance(attached, list) else ())
            for name in ("title", "unshimmed_url")
        ),
    ):
        if value:
            yield tidy(value)


def _count(entry: Entry, list_name: str, name: str) -> int | None:
    total = mapping(mapping(entry.get(list_name)).get("summary")).get("total_count")
    return whole(entry.get(name)) if total is None else whole(total)


def _id_in(permalink: str | None) -> str | None:
    """A comment's id, POST_COMMENT, out of its address: answers may come without it."""
    parts = _IN_PERMALINK.search(permalink or "")
    return f"{parts[1]}_{parts[3] or parts[2]}" if parts else None
