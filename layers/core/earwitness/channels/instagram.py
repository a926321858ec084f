"""Instagram: media that tag an account, comments on its own, and the newest of hashtags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from earwitness.channels.wire import graph
from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.comments import NewComments
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.html import tidy, web_address
from earwitness.channels.wire.lists import Lists
from earwitness.channels.wire.options import SINCE, Option, like, one_of, secret
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post

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
MOST_REQUESTS = 30
OVERLAP_FOR = timedelta(minutes=10)
# Instagram Platform, hashtag search: 30 unique hashtags in a rolling week per account. One that
# is asked for again within its week costs nothing more.
MOST_HASHTAGS = 30
HASHTAG_COUNTS_FOR = timedelta(days=7)
PAGE = 50  # of a hashtag's media, the most given at once
_COUNTS = "like_count,comments_count,media_type,permalink,timestamp"
_MEDIA = f"id,caption,username,{_COUNTS}"
_HASHTAG_MEDIA = f"id,caption,{_COUNTS}"  # who wrote it is withheld
_COMMENT = "id,text,timestamp,username,like_count"
_NEWEST = "comments.limit(1){id}"


@dataclass(frozen=True, slots=True)
class _Hashtag:
    """A hashtag's number, and when it last began to count against the week's budget."""

    number: str
    counts_from: int  # Unix seconds


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited media or comments. ``channel.url`` replaces Meta's address."""
    account = str(channel.options.get("account", ""))
    if not account:
        reason = "no_account: options must hold account, the number of the professional account"
        return Poll((), cursor, Health.DEAD, reason)
    held, read = _held(cursor), channel.options.get("read", "tags")
    comments = NewComments(None if channel.read_since else held.get("newest"))
    hashtags = _hashtags(held.get("hashtags"), now)
    left_out = 0
    try:
        ask_for = graph.Graph(channel, fetch, ADDRESS, now).ask
        if read == "hashtags":
            paths, left_out = _hashtag_paths(ask_for, channel, account, hashtags, now)
        elif read == "comments":
            paths = comments.look(ask_for, f"{account}/media", _NEWEST)
        else:
            paths = [f"{account}/tags"]
    except NotOk as not_ok:
        return not_ok.poll(json.dumps({**held, "hashtags": _kept(hashtags)}))
    lists = Lists(
        partial(graph.page_of, ask_for), partial(_found, channel, now), held.get("going_on")
    )

    def read_page(path: str, window: Window) -> Page:
        return lists.read(path, _parameters(path, account), window, now)

    listing = Listing(
        read=read_page,
        position=in_seconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
        most_pages=MOST_REQUESTS,
        unchanged=comments.unchanged,
    )
    outcome = poll_listing(listing, paths, channel, written(held.get("walks")), now)
    kept = {
        "walks": outcome.cursor,
        "newest": comments.known_after(outcome),
        "going_on": lists.going_on,
        "hashtags": _kept(hashtags),
    }
    return replace(_saving(outcome, left_out), cursor=json.dumps(kept))


def _saving(outcome: Poll, left_out: int) -> Poll:
    """The poll, which says so where hashtags were left out."""
    if not left_out or outcome.health is not Health.OK:
        return outcome
    reason = f"saving: {left_out} hashtags wait, for Instagram reads {MOST_HASHTAGS} in 7 days"
    return replace(outcome, reason=reason)


def _held(cursor: str | None) -> Entry:
    try:
        return mapping(json.loads(cursor or "{}"))
    except ValueError:
        return {}


def _hashtags(held: object, now: datetime) -> dict[str, _Hashtag]:
    """The hashtags that count against the budget still."""
    oldest = in_seconds(now - HASHTAG_COUNTS_FOR)
    hashtags = {}
    for tag, value in mapping(held).items():
        number, since = written(mapping(value).get("id")), whole(mapping(value).get("from"))
        if number and since is not None and since >= oldest:
            hashtags[tag] = _Hashtag(number, since)
    return hashtags


def _kept(hashtags: Mapping[str, _Hashtag]) -> dict[str, object]:
    return {tag: {"id": known.number, "from": known.counts_from} for tag, known in hashtags.items()}


def _hashtag_paths(
    ask_for: graph.Ask,
    channel: Channel,
    account: str,
    hashtags: dict[str, _Hashtag],
    now: datetime,
) -> tuple[list[str], int]:
    """The lists of as many hashtags as the week's budget allows, first come first served.

    Fills ``hashtags``, and says how many had to be left out.
    """
    named = ("".join(filter(str.isalnum, query)).lower() for query in channel.queries)
    tags = list(dict.fromkeys(filter(None, named)))
    left_out = 0
    for tag in tags:
        if tag in hashtags:
            continue
        if len(hashtags) >= MOST_HASHTAGS:
            left_out += 1
            continue
        answer, _ = ask_for("ig_hashtag_search", {"user_id": account, "q": tag})
        for entry in entries(answer, "data")[:1]:
            if number := written(entry.get("id")):
                hashtags[tag] = _Hashtag(number, in_seconds(now))
    return [f"{hashtags[tag].number}/recent_media" for tag in tags if tag in hashtags], left_out


def _parameters(path: str, account: str) -> dict[str, object]:
    if path.endswith("/recent_media"):
        return {"user_id": account, "fields": _HASHTAG_MEDIA, "limit": PAGE}
    fields = _COMMENT if path.endswith("/comments") else _MEDIA
    return {"fields": fields, "limit": graph.PAGE}


def _found(channel: Channel, now: datetime, entry: Entry, undated: int) -> Found:
    at = rough_date(written(entry.get("timestamp")))
    return Found(in_seconds(at) if at else undated, _post(channel, entry, at, now))


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
