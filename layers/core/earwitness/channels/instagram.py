"""Instagram: media that tag an account, comments on its own, and the newest of hashtags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Found, Window, in_seconds
from earwitness.fetching import Fetch
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "account": Option(
        "the number of our professional account on Instagram", like(r"[0-9]{1,20}", "178414000")
    ),
    "read": Option(
        "tags (default): media in which others tag the account; comments: those on its own "
        "newest media; hashtags: the watchlist's terms as hashtags",
        one_of("tags", "comments", "hashtags"),
    ),
    "credentials": secret("(access_token)"),
}
CREDENTIALS = ("access_token",)
ADDRESS = "https://graph.facebook.com/v26.0"
# Instagram Platform, hashtag search: 30 unique hashtags in a rolling week per account. One that
# is asked for again within its week costs nothing more.
MOST_HASHTAGS = 30
HASHTAG_COUNTS_FOR = timedelta(days=7)
PAGE = 50  # of a hashtag's media, the most given at once
_COUNTS = "like_count,comments_count,media_type,permalink,timestamp"
_MEDIA = f"id,caption,username,{_COUNTS}"
_HASHTAG_MEDIA = f"id,caption,{_COUNTS}"  # who wrote it is withheld
_COMMENT = "id,text,timestamp,username,like_count"
_OTHER_COMMENTS: Parameters = {"fields": f"id,comments.limit(5){{{_COMMENT}}}", "limit": 25}
_NEWEST = "comments.limit(1){id}"


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited media or comments. ``channel.url`` replaces Meta's address."""
    account = str(channel.options.get("account", ""))
    if not account:
        reason = "no_account: options must hold account, the number of the professional account"
        return Poll((), cursor, Health.DEAD, reason)
    lists, read = GraphLists(channel, cursor, now), channel.options.get("read", "tags")
    hashtags = _Hashtags(lists.held.get("hashtags"), now)
    try:
        ask_for = graph.Graph(channel, fetch, ADDRESS, now).ask
        if read == "hashtags":
            paths = hashtags.look(ask_for, channel.queries, account)
        elif read == "comments":
            paths = lists.comments(ask_for, f"{account}/media", _NEWEST)
        else:
            paths = [f"{account}/tags"]
    except NotOk as not_ok:
        return not_ok.poll(lists.cursor(hashtags=hashtags.counting))
    outcome = lists.poll(
        ask_for, paths, partial(_parameters, account), partial(_found, channel, now)
    )
    outcome = replace(outcome, cursor=lists.cursor(hashtags=hashtags.counting))
    if not hashtags.left_out or outcome.health is not Health.OK:
        return outcome
    waits = f"{hashtags.left_out} hashtags wait, for Instagram reads {MOST_HASHTAGS} in 7 days"
    return replace(outcome, reason=f"saving: {waits}")


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """Comments as they are now, a request each; media of others by their lists.

    Media may be read by their ids with their owners' leave alone, and leave their lists when the
    tag is taken off, or after 24 hours: of those that are not listed nothing is learned.
    """
    account = str(channel.options.get("account", ""))

    def ask_for(path: str, parameters: Parameters) -> tuple[Any, datetime | None]:
        return graph.Graph(channel, fetch, ADDRESS, now).ask(path, parameters)

    return Rereading(
        ask=ask_for,
        made=partial(_made, channel, now),
        parameters=partial(_parameters, account),
        listed=lambda post: None if is_comment(post) else post.asked_by or f"{account}/tags",
        fields=lambda _: _COMMENT,
        others=lambda _: (f"{account}/media", _OTHER_COMMENTS),
        sort=is_comment,
    ).refresh(posts, now)


class _Hashtags:
    """The hashtags that count against the week's budget, first come first served."""

    def __init__(self, held: object, now: datetime) -> None:
        """``held`` is what was ``counting`` at the end of the poll before."""
        self._now = in_seconds(now)
        oldest = in_seconds(now - HASHTAG_COUNTS_FOR)
        given = {tag: mapping(value) for tag, value in mapping(held).items()}
        # By hashtag: its number, and when it began to count, in Unix seconds.
        self.counting: dict[str, Entry] = {
            tag: one
            for tag, one in given.items()
            if written(one.get("id")) and (whole(one.get("from")) or 0) >= oldest
        }
        self.left_out = 0

    def look(self, ask_for: graph.Ask, queries: Iterable[str], account: str) -> list[str]:
        """The lists of as many hashtags as the budget allows. Raises NotOk."""
        named = ("".join(filter(str.isalnum, query)).lower() for query in queries)
        tags = list(dict.fromkeys(filter(None, named)))
        for tag in tags:
            if tag in self.counting:
                continue
            if len(self.counting) >= MOST_HASHTAGS:
                self.left_out += 1
                continue
            answer, _ = ask_for("ig_hashtag_search", {"user_id": account, "q": tag})
            for entry in entries(answer, "data")[:1]:
                if number := written(entry.get("id")):
                    self.counting[tag] = {"id": number, "from": self._now}
        return [f"{self.counting[tag]['id']}/recent_media" for tag in tags if tag in self.counting]


def _parameters(account: str, path: str, _window: Window) -> dict[str, object]:
    if path.endswith("/recent_media"):
        return {"user_id": account, "fields": _HASHTAG_MEDIA, "limit": PAGE}
    fields = _COMMENT if path.endswith("/comments") else _MEDIA
    return {"fields": fields, "limit": graph.PAGE}


def _found(channel: Channel, now: datetime, entry: Entry, undated: int) -> Found:
    at = rough_date(written(entry.get("timestamp")))
    return Found(in_seconds(at) if at else undated, _post(channel, entry, at, now))


def _made(channel: Channel, now: datetime, entry: Entry, path: str | None) -> Post:
    at = rough_date(written(entry.get("timestamp")))
    return replace(_post(channel, entry, at, now), asked_by=path)


def _post(channel: Channel, entry: Entry, at: datetime | None, now: datetime) -> Post:
    handle, published_at = written(entry.get("username")), possible(at, now)
    text = written(entry.get("caption")) or written(entry.get("text")) or ""
    replies = entry.get("comments_count")
    return Post(
        kind=channel.kind,
        source_id=graph.identity(entry),
        channel=channel.name,
        text=tidy(text),
        url=web_address(written(entry.get("permalink"))),
        author=Author(
            name=handle,
            handle=handle,
            url=f"https://www.instagram.com/{handle}/" if handle else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(likes=whole(entry.get("like_count")), replies=whole(replies)),
    )
