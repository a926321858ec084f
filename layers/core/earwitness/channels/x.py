"""X: recent search of API v2, paid per post, within a monthly cap."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import ask, decoded
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.dates import exact_date
from earwitness.channels.wire.html import readable
from earwitness.channels.wire.limits import capped, spent_until
from earwitness.channels.wire.options import SINCE, Option, count, secret
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.channels.wire.walk import (
    Found,
    Listing,
    Page,
    Window,
    first_inside,
    in_seconds,
    key_of,
    poll_listing,
)
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "most_posts_per_month": Option(
        "how many posts the search may read, and pay for, per calendar month "
        "(default 100000); the channel polls less often as it comes near",
        count,
    ),
    "credentials": secret("(bearer_token)"),
}
CREDENTIALS = ("bearer_token",)
ADDRESS = "https://api.x.com/2"
PAGE = 100
MOST_REQUESTS = 10
DEFAULT_CAP = 100_000
OVERLAP_FOR = timedelta(seconds=60)  # a post read twice within a UTC day is paid for once
SEARCHED_FOR = timedelta(days=6, hours=23)  # recent search reaches back seven days
_SUFFIX = " -is:retweet"
_NOT_THERE = "/resource-not-found"
_EPOCH_MS, _ID_BITS_BELOW_MILLISECONDS = 1288834974657, 22  # X's Snowflake ids
_FIELDS = {
    "tweet.fields": "created_at,lang,public_metrics,author_id,edit_history_tweet_ids",
    "expansions": "author_id",
    "user.fields": "name,username,public_metrics",
}


@dataclass(slots=True)
class _Spending:
    """Posts read in a calendar month."""

    month: str
    posts: int
    cap: int

    def allowed_at(self, now: datetime) -> datetime | None:
        """When the next page may be paid for; None: now. A day's share may be spent ahead."""
        days = monthrange(now.year, now.month)[1]
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        needed = (self.posts + PAGE) / max(1, self.cap) * days - 1
        at = start + timedelta(days=max(0.0, needed))
        return None if at <= now else min(at, start + timedelta(days=days))


class _Reached:
    """Up to when each query is read without a gap, and since when its walk of now goes."""

    def __init__(self, held: object, queries: Sequence[str], now: datetime) -> None:
        """``held`` is what ``written`` was at the end of the poll before."""
        self._now, self._oldest = in_seconds(now), in_seconds(now - SEARCHED_FOR)
        given = {key_of(query): mapping(held).get(key_of(query)) for query in queries}
        self.written: dict[str, tuple[int, int]] = {
            key: (value[0], value[1])
            for key, value in given.items()
            if isinstance(value, list) and len(value) == 2 and all(map(whole, value))
        }

    def lost_in(self, outcome: Poll) -> Poll:
        """The poll with what X's search no longer reaches, and nobody has read."""
        behind = [until for until, _ in self.written.values() if until < self._oldest]
        if not behind:
            return outcome
        since, until = (datetime.fromtimestamp(at, UTC) for at in (min(behind), self._oldest))
        gap = f"gap: posts from {since:%Y-%m-%d %H:%M} on are older than the search reaches"
        reason = "; ".join(filter(None, (gap, outcome.reason)))
        return replace(outcome, reason=reason, lost_since=since, lost_until=until)

    def note(self, query: str, window: Window, page: Page) -> None:
        """Take up a page: the first of a walk, its last, or one between."""
        begins = max(self._oldest, int(_time_of(window.low).timestamp()))
        until, started = self.written.get(key_of(query), (begins, self._now))
        started = self._now if window.high is None else started
        self.written[key_of(query)] = (started if page.last else until, started)


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New posts for each query, as far as the month's cap allows; says so when it does not."""
    held = _held(cursor)
    walks, spending = written(held.get("walks")), _spending(channel, held, now)
    reached = _Reached(held.get("reached"), channel.queries, now)
    if (allowed_at := spending.allowed_at(now)) is not None:
        reason = f"saving: {spending.posts} of {spending.cap} posts of {spending.month} are read"
        return reached.lost_in(Poll((), cursor, Health.OK, reason, capped(allowed_at, now)))
    lost = reached.lost_in(Poll((), cursor, Health.OK))

    def read(query: str, window: Window) -> Page:
        page = _read(channel, fetch, now, query, window)
        spending.posts += len(page.found)
        reached.note(query, window, page)
        return page

    listing = Listing(
        read=read,
        position=_first_id_at,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
    )
    outcome = poll_listing(listing, channel.queries, channel, walks, now)
    held = {"walks": outcome.cursor, "month": spending.month, "posts": spending.posts}
    return replace(
        outcome,
        cursor=json.dumps({**held, "reached": reached.written}),
        reason=outcome.reason or lost.reason,
        lost_since=lost.lost_since,
        lost_until=outcome.lost_until or lost.lost_until,
    )


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The posts as they are now, 100 a request. Each is paid for once in a UTC day.

    Their authors, each of whom costs twice a post, stay as they are known. An edited post is
    asked for twice: by the id it is known by X answers with its first words.
    """
    known = {post.source_id: post.author for post in posts}

    def ask_for(some: Sequence[Post]) -> Answer:
        tweets, missing = _by_id(channel, [post.source_id for post in some], fetch, now)
        edited = {_versions(t)[0]: _versions(t)[-1] for t in tweets if len(_versions(t)) > 1}
        if edited:
            latest, _ = _by_id(channel, list(edited.values()), fetch, now)
            newest = {_versions(tweet)[0]: tweet for tweet in latest}
            tweets = [newest.get(_versions(tweet)[0], tweet) for tweet in tweets]
        return [_post(channel, t, _known(t, known), now) for t in tweets], missing

    return in_batches(posts, PAGE, ask_for)


def _by_id(
    channel: Channel, ids: Sequence[str], fetch: Fetch, now: datetime
) -> tuple[list[Entry], list[str]]:
    """Posts by their ids, and the ids of those that X says it has not: deleted, or gone private."""
    parameters = {"ids": ",".join(ids), "tweet.fields": _FIELDS["tweet.fields"]}
    headers = {"authorization": f"Bearer {credential(channel, 'bearer_token')}"}
    address = f"{(channel.url or ADDRESS).rstrip('/')}/tweets?{urlencode(parameters)}"
    answer = mapping(decoded(ask(fetch, Request(address, headers), now)))
    tweets = entries(answer, "data", absent_is_none="errors" in answer)
    errors = entries(answer, "errors", absent_is_none=True)
    missing = [e for e in errors if str(e.get("type")).endswith(_NOT_THERE)]
    usable = [tweet for tweet in tweets if whole(tweet.get("id")) and "text" in tweet]
    return usable, [str(error.get("resource_id")) for error in missing]


def _known(tweet: Entry, authors: Mapping[str, Author]) -> dict[Any, Entry]:
    """The author of a post as X would have sent it along."""
    author = authors.get(_versions(tweet)[0], Author())
    counts = {"followers_count": author.followers}
    user = {"name": author.name, "username": author.handle, "public_metrics": counts}
    return {tweet.get("author_id"): user}


def _versions(tweet: Entry) -> list[str]:
    """The ids that a post has had, the first first. Both spellings of the field are in use."""
    history = tweet.get("edit_history_post_ids") or tweet.get("edit_history_tweet_ids")
    return (
        [str(i) for i in history] if isinstance(history, list) and history else [str(tweet["id"])]
    )


def _users(answer: Any) -> dict[Any, Entry]:
    included = mapping(mapping(answer).get("includes"))
    return {user.get("id"): user for user in entries(included, "users", absent_is_none=True)}


def _held(cursor: str | None) -> Entry:
    try:
        return mapping(json.loads(cursor or "{}"))
    except ValueError:
        return {}


def _spending(channel: Channel, held: Entry, now: datetime) -> _Spending:
    month = now.strftime("%Y-%m")
    cap = whole(channel.options.get("most_posts_per_month")) or DEFAULT_CAP
    posts = (whole(held.get("posts")) or 0) if held.get("month") == month else 0
    return _Spending(month, posts, cap)


def _first_id_at(at: datetime) -> int:
    return (int(at.timestamp() * 1000) - _EPOCH_MS) << _ID_BITS_BELOW_MILLISECONDS


def _time_of(tweet_id: int) -> datetime:
    milliseconds = (tweet_id >> _ID_BITS_BELOW_MILLISECONDS) + _EPOCH_MS
    return datetime.fromtimestamp(max(0, milliseconds) / 1000, UTC)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    oldest = max(window.low - 1, _first_id_at(now - SEARCHED_FOR))
    if window.high is not None and window.high <= oldest + 1:
        return Page([], last=True)  # what the walk lacks has left the search, which would refuse
    parameters = {"query": f"({query}){_SUFFIX}", "max_results": PAGE, "since_id": oldest}
    if window.high is not None:
        parameters["until_id"] = window.high  # ids are unique: its own post has been read
    return first_inside(partial(_page, channel, fetch, now, parameters | _FIELDS), window)


def _page(
    channel: Channel,
    fetch: Fetch,
    now: datetime,
    parameters: Mapping[str, object],
    token: str | None,
) -> tuple[Page, str | None]:
    goes_on = {"next_token": token} if token else {}
    address = f"{(channel.url or ADDRESS).rstrip('/')}/tweets/search/recent"
    headers = {"authorization": f"Bearer {credential(channel, 'bearer_token')}"}
    request = Request(f"{address}?{urlencode({**parameters, **goes_on})}", headers)
    response = ask(fetch, request, now)
    answer = decoded(response)
    # "data" is left out when nothing is found; an answer without "meta" is none.
    tweets = entries(answer, "data", absent_is_none="meta" in mapping(answer))
    users = _users(answer)
    usable = [tweet for tweet in tweets if whole(tweet.get("id")) and "text" in tweet]
    found = [Found(whole(t.get("id")) or 0, _post(channel, t, users, now)) for t in usable]
    some_of(tweets, found)
    following = written(mapping(mapping(answer).get("meta")).get("next_token"))
    wait_until = spent_until(response.headers, now)
    return Page(found, last=following is None, wait_until=wait_until), following


def _post(channel: Channel, tweet: Entry, users: dict[Any, Entry], now: datetime) -> Post:
    user = mapping(users.get(tweet.get("author_id")))
    metrics = mapping(tweet.get("public_metrics"))
    published_at = exact_date(written(tweet.get("created_at")), now)
    # An edited post has a new id; its first one is what it is known by.
    first, this = _versions(tweet)[0], str(tweet["id"])
    handle = written(user.get("username"))
    followers = mapping(user.get("public_metrics")).get("followers_count")
    return Post(
        kind=channel.kind,
        source_id=first,
        channel=channel.name,
        text=readable(written(tweet.get("text")) or ""),
        url=f"https://x.com/{handle or 'i'}/status/{this}",
        language=_language(written(tweet.get("lang"))),
        author=Author(
            name=written(user.get("name")),
            handle=handle,
            followers=whole(followers),
            url=f"https://x.com/{handle}" if handle else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        edited_at=published_at if first != this else None,
        fetched_at=now,
        engagement=Engagement(
            likes=whole(metrics.get("like_count")),
            reposts=whole(metrics.get("retweet_count")),
            replies=whole(metrics.get("reply_count")),
            views=whole(metrics.get("impression_count")),
        ),
    )


def _language(code: str | None) -> str | None:
    """X's own codes for no language (und, zxx, qme, ...) say nothing."""
    return None if code is None or code in ("und", "zxx") or code.startswith("q") else code
