"""YouTube: new videos that a search finds, within its 100 searches a day, and their comments."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.html import readable
from earwitness.channels.wire.limits import retry_at
from earwitness.channels.wire.lists import Lists
from earwitness.channels.wire.options import SINCE, Option, like, one_of, secret
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, written
from earwitness.channels.wire.videos import (
    Ask,
    comments_again,
    find_comment,
    page_of_comments,
    videos_again,
    with_details,
)
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch, Request, Response
from earwitness.model import Author, Channel, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "comments": Option(
        "found (default): new comments on the 20 newest videos found and on those of account; none",
        one_of("found", "none"),
    ),
    "account": Option(
        "the id of a channel on YouTube whose videos' comments are read as well",
        like(r"UC[\w-]{22}", "UC1234567890123456789012"),
    ),
    "credentials": secret("(api_key)"),
}
CREDENTIALS = ("api_key",)
ADDRESS = "https://www.googleapis.com/youtube/v3"
PAGE = 50
MOST_REQUESTS = 4
OVERLAP_FOR = timedelta(hours=1)  # the search shows new videos late
SEARCHES_A_DAY = 96  # of the 100 there are
_A_SEARCH_COSTS = timedelta(days=1) / SEARCHES_A_DAY
# Of everything else a project has 10,000 units a day. 96 polls of these and two for details of
# videos come to 4,000 at most.
VIDEOS_WITH_COMMENTS = 20
MOST_COMMENT_REQUESTS = 40
_COMMENTS_OVERLAP_FOR = timedelta(minutes=10)
_SPENT = ("quotaExceeded", "dailyLimitExceeded")  # until midnight
_TOO_FAST = ("rateLimitExceeded", "userRateLimitExceeded")  # of a minute, or it says "per day"


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New videos and comments. The next poll waits a quarter of an hour per search made."""
    held = _held(cursor)
    searches = 0

    def ask_for(what: str, parameters: Mapping[str, object]) -> Entry:
        nonlocal searches
        searches += what == "search"
        return _ask(channel, fetch, now, what, parameters)

    read = partial(_read, channel, ask_for, now)
    listing = Listing(read, in_seconds, OVERLAP_FOR, MOST_REQUESTS)
    outcome = poll_listing(listing, channel.queries, channel, written(held.get("walks")), now)
    posts = with_details(outcome.posts, ask_for)
    known = [str(video) for video in held.get("videos") or ()]
    videos = list(dict.fromkeys([*known, *(post.source_id for post in posts)]))
    kept = {**held, "walks": outcome.cursor, "videos": videos[-VIDEOS_WITH_COMMENTS:]}
    if channel.options.get("comments") != "none" and outcome.health is Health.OK:
        said = _poll_comments(channel, kept, ask_for, now)
        outcome = replace(said, next_poll_at=said.next_poll_at or outcome.next_poll_at)
        posts += said.posts
        kept |= json.loads(said.cursor or "{}")
    affordable_at = now + searches * _A_SEARCH_COSTS
    next_poll_at = max(filter(None, (outcome.next_poll_at, affordable_at)))
    return replace(
        outcome, posts=posts, cursor=json.dumps(kept), next_poll_at=next_poll_at, more=False
    )


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The videos and comments as they are now, 50 a request of one unit."""
    ask_for = partial(_ask, channel, fetch, now)

    def answer(some: Sequence[Post]) -> Answer:
        comments = [post for post in some if post.title is None]
        videos = [post for post in some if post.title is not None]
        shown, hidden = videos_again(videos, ask_for, now)
        said, deleted = comments_again(channel, comments, ask_for, now)
        return [*shown, *said], [*hidden, *deleted]

    return in_batches(posts, PAGE, answer)


def _held(cursor: str | None) -> dict[str, Any]:
    try:
        held = dict(mapping(json.loads(cursor or "{}")))
    except ValueError:
        return {}
    return held if isinstance(held.get("videos"), list) else {}


def _poll_comments(channel: Channel, held: Entry, ask_for: Ask, now: datetime) -> Poll:
    """New comments on the videos held and on those of the account; its cursor is a part of ours."""
    account = channel.options.get("account")
    places = [f"videoId={video}" for video in held.get("videos", ())]
    places += [f"allThreadsRelatedToChannelId={account}"] if account else []
    lists = Lists(
        partial(page_of_comments, ask_for),
        partial(find_comment, channel, now),
        held.get("going_on"),
    )

    def read(place: str, window: Window) -> Page:
        asked = {"part": "snippet", "order": "time", "maxResults": 100, "textFormat": "plainText"}
        name, _, wanted = place.partition("=")
        return lists.read(place, {**asked, name: wanted}, window, now)

    listing = Listing(
        read, in_seconds, _COMMENTS_OVERLAP_FOR, MOST_COMMENT_REQUESTS, MOST_COMMENT_REQUESTS
    )
    outcome = poll_listing(listing, places, channel, written(held.get("comments")), now)
    kept = {"comments": outcome.cursor, "going_on": lists.going_on}
    return replace(outcome, cursor=json.dumps(kept))


def _ask(
    channel: Channel, fetch: Fetch, now: datetime, what: str, parameters: Mapping[str, object]
) -> Entry:
    headers = {"x-goog-api-key": credential(channel, "api_key")}
    address = f"{(channel.url or ADDRESS).rstrip('/')}/{what}?{urlencode(parameters)}"
    response = ask(fetch, Request(address, headers), now, welcome=(200, 400, 403, 404, 429))
    if response.status == 200:
        return mapping(decoded(response))
    error = mapping(mapping(_json(response)).get("error"))
    errors = error.get("errors")
    first = mapping(errors[0]) if isinstance(errors, list) and errors else {}
    why = written(first.get("reason")) or ""
    if why in _SPENT or (why in _TOO_FAST and "per day" in str(error.get("message"))):
        raise NotOk(Health.TRANSIENT, f"quota: {why}, the day's allowance", _refills_at(now))
    if why in _TOO_FAST:
        raise NotOk(Health.TRANSIENT, f"quota: {why}", retry_at(response.headers, now))
    not_ok = refused(response, now)
    raise NotOk(not_ok.health, f"{not_ok.reason} {why}".strip(), not_ok.next_poll_at)


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def _read(channel: Channel, ask_for: Ask, now: datetime, query: str, window: Window) -> Page:
    parameters: dict[str, object] = {
        "part": "snippet",
        "type": "video",
        "order": "date",
        "maxResults": PAGE,
        "q": query,
        "publishedAfter": _moment(window.low),
    }
    if window.high is not None:
        parameters["publishedBefore"] = _moment(window.high + 1)  # its bound is left out
    answer = ask_for("search", parameters)
    items = entries(answer, "items")
    if not items and (token := written(answer.get("nextPageToken"))):
        # An empty page in midstream: one look behind it is worth a search, more are not.
        answer = ask_for("search", {**parameters, "pageToken": token})
        items = entries(answer, "items")
    undated = in_seconds(now) if window.high is None else window.high
    found = []
    for item in items:
        if written(mapping(item.get("id")).get("videoId")):
            at = rough_date(written(mapping(item.get("snippet")).get("publishedAt")))
            found.append(Found(in_seconds(at) if at else undated, _post(channel, item, at, now)))
    some_of(items, found)
    return Page(found, last=not answer.get("nextPageToken") or not found)


def _refills_at(now: datetime) -> datetime:
    """Midnight in California, to within an hour of summer time: the later one."""
    midnight = now.replace(hour=8, minute=0, second=0, microsecond=0)
    return midnight if midnight > now else midnight + timedelta(days=1)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _post(channel: Channel, item: Entry, at: datetime | None, now: datetime) -> Post:
    snippet, video = mapping(item.get("snippet")), str(mapping(item.get("id"))["videoId"])
    published_at, account = possible(at, now), written(snippet.get("channelId"))
    return Post(
        kind=channel.kind,
        source_id=video,
        channel=channel.name,
        title=readable(written(snippet.get("title")) or "") or None,
        text=readable(written(snippet.get("description")) or ""),
        url=f"https://www.youtube.com/watch?v={video}",
        author=Author(
            name=written(snippet.get("channelTitle")),
            url=f"https://www.youtube.com/channel/{account}" if account else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
    )
