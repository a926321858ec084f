"""YouTube: new videos that a search finds, within the 100 searches a day that a project has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.credentials import credential
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.html import readable
from earwitness.channels.wire.options import SINCE, secret
from earwitness.channels.wire.values import Entry, entries, mapping, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {"since": SINCE, "credentials": secret("(api_key)")}
CREDENTIALS = ("api_key",)
ADDRESS = "https://www.googleapis.com/youtube/v3"
PAGE = 50
MOST_REQUESTS = 4
OVERLAP_FOR = timedelta(hours=1)  # the search shows new videos late
SEARCHES_A_DAY = 96  # of the 100 there are
_A_SEARCH_COSTS = timedelta(days=1) / SEARCHES_A_DAY
_SPENT = ("quotaExceeded", "rateLimitExceeded", "dailyLimitExceeded")


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New videos for each query. The next poll waits a quarter of an hour per search made."""
    searches = 0

    def read(query: str, window: Window) -> Page:
        nonlocal searches
        searches += 1
        return _read(channel, fetch, now, query, window)

    listing = Listing(read, in_seconds, OVERLAP_FOR, MOST_REQUESTS)
    outcome = poll_listing(listing, channel.queries, channel, cursor, now)
    affordable_at = now + searches * _A_SEARCH_COSTS
    next_poll_at = max(filter(None, (outcome.next_poll_at, affordable_at)))
    return replace(outcome, next_poll_at=next_poll_at, more=False)


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The videos as they are now, 50 a request of one unit; it leaves out what is not public."""

    def ask_for(some: Sequence[Post]) -> Answer:
        ids = [post.source_id for post in some]
        parameters = {"part": "snippet,statistics", "id": ",".join(ids), "maxResults": PAGE}
        headers = {"x-goog-api-key": credential(channel, "api_key")}
        address = f"{(channel.url or ADDRESS).rstrip('/')}/videos?{urlencode(parameters)}"
        answer = decoded(ask(fetch, Request(address, headers), now))
        items = {str(item.get("id")): item for item in entries(answer, "items")}
        counted = whole(mapping(mapping(answer).get("pageInfo")).get("totalResults"))
        missing = [i for i in ids if i not in items] if counted == len(items) else []
        return [_video(channel, i, item, now) for i, item in items.items()], missing

    return in_batches(posts, PAGE, ask_for)


def _video(channel: Channel, video: str, item: Entry, now: datetime) -> Post:
    """A video as the list gives it: like a search's, with its counts."""
    at = rough_date(written(mapping(item.get("snippet")).get("publishedAt")))
    counts = mapping(item.get("statistics"))
    engagement = Engagement(
        likes=whole(counts.get("likeCount")),
        replies=whole(counts.get("commentCount")),
        views=whole(counts.get("viewCount")),
    )
    return replace(
        _post(channel, {**item, "id": {"videoId": video}}, at, now), engagement=engagement
    )


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    parameters = {
        "part": "snippet",
        "type": "video",
        "order": "date",
        "maxResults": PAGE,
        "q": query,
        "publishedAfter": _moment(window.low),
    }
    if window.high is not None:
        parameters["publishedBefore"] = _moment(window.high + 1)  # its bound is left out
    headers = {"x-goog-api-key": credential(channel, "api_key")}
    address = f"{(channel.url or ADDRESS).rstrip('/')}/search?{urlencode(parameters)}"
    response = ask(fetch, Request(address, headers), now, welcome=(200, 403))
    answer = mapping(decoded(response))
    if response.status == 403:
        if any(sign in response.body.decode("utf-8", "replace") for sign in _SPENT):
            raise NotOk(Health.TRANSIENT, "quota: the day's searches are spent", _refills_at(now))
        raise refused(response, now)
    items = entries(answer, "items")
    undated = in_seconds(now) if window.high is None else window.high
    found = []
    for item in items:
        if written(mapping(item.get("id")).get("videoId")):
            at = rough_date(written(mapping(item.get("snippet")).get("publishedAt")))
            found.append(Found(in_seconds(at) if at else undated, _post(channel, item, at, now)))
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
