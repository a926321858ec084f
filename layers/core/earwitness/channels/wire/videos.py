"""YouTube's cheap reads, a unit each of the 10,000 a day: what is said of videos, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.dates import exact_date, possible, rough_date
from earwitness.channels.wire.html import readable, tidy
from earwitness.channels.wire.lists import Answered, Parameters
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.channels.wire.walk import Found, in_seconds
from earwitness.model import Author, Channel, Engagement, Post

PAGE = 50  # videos whose details one request brings
MOST_DETAIL_REQUESTS = 2
MOST_ASKED = 10  # of 50 comments read again, how many are asked for one by one
_NO_COMMENT = "commentThreadNotFound"
_COMMENTS_OFF = ("commentsDisabled", "videoNotFound")

Ask = Callable[[str, Mapping[str, object]], Entry]


def with_details(posts: Sequence[Post], ask: Ask) -> tuple[Post, ...]:
    """The posts of videos with their counts, language and whole description.

    A search brings the beginning of the description alone. Failing costs no post.
    """
    details: dict[str, Entry] = {}
    ids = [post.source_id for post in posts][: PAGE * MOST_DETAIL_REQUESTS]
    try:
        for first in range(0, len(ids), PAGE):
            asked = {"part": "snippet,statistics", "id": ",".join(ids[first : first + PAGE])}
            for video in entries(ask("videos", {**asked, "maxResults": PAGE}), "items"):
                details[str(video.get("id"))] = video
    except NotOk:
        pass
    return tuple(_detailed(post, mapping(details.get(post.source_id))) for post in posts)


def _detailed(post: Post, video: Entry) -> Post:
    snippet, counts = mapping(video.get("snippet")), mapping(video.get("statistics"))
    spoken = written(snippet.get("defaultAudioLanguage")) or written(snippet.get("defaultLanguage"))
    return replace(
        post,
        text=tidy(written(snippet.get("description")) or post.text),
        language=spoken or post.language,
        engagement=Engagement(
            likes=whole(counts.get("likeCount")),
            replies=whole(counts.get("commentCount")),
            views=whole(counts.get("viewCount")),
        ),
    )


def videos_again(posts: Sequence[Post], ask: Ask, now: datetime) -> tuple[list[Post], list[str]]:
    """Known videos as they are now, and the ids of those that are not public any more.

    The list leaves those out; how many it counts says that it left out nothing else.
    """
    if not posts:
        return [], []
    ids = [post.source_id for post in posts]
    asked = {"part": "snippet,statistics", "id": ",".join(ids), "maxResults": PAGE}
    answer = ask("videos", asked)
    items = {str(item.get("id")): item for item in entries(answer, "items")}
    counted = whole(mapping(answer.get("pageInfo")).get("totalResults"))
    found = []
    for post in posts:
        if post.source_id in items:
            title = written(mapping(items[post.source_id].get("snippet")).get("title"))
            known = replace(post, fetched_at=now, title=readable(title or "") or post.title)
            found.append(_detailed(known, items[post.source_id]))
    missing = [video for video in ids if video not in items] if counted == len(items) else []
    return found, missing


def comments_again(
    channel: Channel, posts: Sequence[Post], ask: Ask, now: datetime
) -> tuple[list[Post], list[str]]:
    """Known comments as they are now, and the ids of those that YouTube says it has not.

    One that an answer lacks is asked for by itself, since it may lack it for another's sake.
    """
    found = _threads([post.source_id for post in posts], ask)
    lacking = [post.source_id for post in posts if post.source_id not in found][:MOST_ASKED]
    for one in lacking if len(posts) > 1 else ():
        found |= _threads([one], ask)
    read = [find_comment(channel, now, thread, 0).post for thread in found.values()]
    return read, [one for one in lacking if one not in found]


def _threads(ids: Sequence[str], ask: Ask) -> dict[str, Entry]:
    """Comment threads by id; none where YouTube says that one of them does not exist."""
    if not ids:
        return {}
    asked = {"part": "snippet", "id": ",".join(ids), "textFormat": "plainText"}
    try:
        items = entries(ask("commentThreads", asked), "items")
    except NotOk as not_ok:
        if any(sign in not_ok.reason for sign in (_NO_COMMENT, *_COMMENTS_OFF)):
            return {}
        raise
    return {str(item.get("id")): item for item in items}


def page_of_comments(ask: Ask, _path: str, asked: Parameters, cursor: str | None) -> Answered:
    """One page of comment threads, newest first; a video without comments has none."""
    goes_on = {"pageToken": cursor} if cursor else {}
    try:
        answer = ask("commentThreads", {**asked, **goes_on})
    except NotOk as not_ok:
        if any(sign in not_ok.reason for sign in _COMMENTS_OFF):
            return Answered((), None)
        raise
    threads = entries(answer, "items")
    usable = [t for t in threads if mapping(mapping(t.get("snippet")).get("topLevelComment"))]
    some_of(threads, usable)
    return Answered(usable, written(answer.get("nextPageToken")))


def find_comment(channel: Channel, now: datetime, thread: Entry, undated: int) -> Found:
    """A thread's first comment. Its replies come with it no further than their number."""
    outer = mapping(thread.get("snippet"))
    comment = mapping(outer.get("topLevelComment"))
    snippet = mapping(comment.get("snippet"))
    at = rough_date(written(snippet.get("publishedAt")))
    changed, published_at = written(snippet.get("updatedAt")), possible(at, now)
    source_id = written(comment.get("id")) or str(thread.get("id"))
    video = written(snippet.get("videoId")) or written(outer.get("videoId"))
    shown = written(snippet.get("textOriginal")) or written(snippet.get("textDisplay")) or ""
    post = Post(
        kind=channel.kind,
        source_id=source_id,
        channel=channel.name,
        text=readable(shown),
        url=f"https://www.youtube.com/watch?v={video}&lc={source_id}" if video else None,
        author=Author(
            name=written(snippet.get("authorDisplayName")),
            url=written(snippet.get("authorChannelUrl")),
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        edited_at=exact_date(changed, now) if changed != snippet.get("publishedAt") else None,
        fetched_at=now,
        engagement=Engagement(
            likes=whole(snippet.get("likeCount")), replies=whole(outer.get("totalReplyCount"))
        ),
    )
    return Found(in_seconds(at) if at else undated, post)
