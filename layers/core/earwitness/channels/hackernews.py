"""Hacker News through Algolia's search_by_date: stories and comments, read in windows of time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from earwitness.channels.wire.asking import NotOk, ask_json
from earwitness.channels.wire.dates import from_epoch
from earwitness.channels.wire.html import readable
from earwitness.channels.wire.options import SINCE, since_for
from earwitness.channels.wire.seen import MOST as MOST_SEEN
from earwitness.channels.wire.seen import Seen
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, digest

OPTIONS = {
    "since": SINCE,
    "read": "all (default): every story and comment, so that misspelled names are found as well; "
    "terms: only what the search finds for the watchlist's terms",
}
ADDRESS = "https://hn.algolia.com/api/v1"
PAGE = 500  # hits per request
OFFERED = 1_000  # hits of one query that Algolia pages through, and no more
MOST_REQUESTS = 20  # per poll: the rest follows at once
OVERLAP_FOR = timedelta(minutes=10)  # items reach the index late, and not in order
_DATE = "created_at_i"
_WANTED = "author,created_at_i,title,url,story_text,comment_text,points,num_comments"

_Hit = Mapping[str, Any]


@dataclass(slots=True)
class _Walk:
    """Reading one query from the newest item down, resumable before any request.

    Everything before ``low`` has been read in earlier walks. In this one everything from ``top``
    down to ``high`` has been, with ``page`` pages of the second ``high`` itself. Unix seconds.
    """

    low: int
    top: int = 0
    high: int | None = None
    page: int = 0
    seen: Seen = field(default_factory=Seen)

    def covers(self, created_at: int) -> bool:
        return self.low <= created_at and (self.high is None or created_at <= self.high)

    def step_down(self, oldest: int) -> None:
        """Go on below a full page. Within one second only page numbers lead on."""
        if self.high is None or oldest < self.high:
            self.high, self.page = oldest, 0
        elif (self.page + 2) * PAGE <= OFFERED:
            self.page += 1
        else:
            self.high, self.page = oldest - 1, 0

    def finish(self, now: datetime) -> None:
        """All is read: the next walk reaches down to a little before the newest item."""
        newest = min(self.top, int(now.timestamp()))
        self.low = max(self.low, newest - int(OVERLAP_FOR.total_seconds()))
        self.top, self.high, self.page = 0, None, 0


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New stories and comments, per query. ``channel.url`` replaces Algolia's address."""
    walks = _walks(channel, cursor, now)
    posts: dict[str, Post] = {}
    requests_left = MOST_REQUESTS
    outcome = Poll((), cursor, Health.OK)
    try:
        # The query furthest behind first, so that a busy one cannot starve the others.
        for query, walk in sorted(walks.items(), key=lambda item: item[1].low):
            while requests_left:
                requests_left -= 1
                request = _request(channel.url or ADDRESS, query, walk)
                new, finished = _take(walk, *_hits(fetch, request, now), now)
                posts.update((str(hit["objectID"]), _post(channel, hit, now)) for hit in new)
                if finished:
                    break
            else:
                outcome = replace(outcome, more=True)
                break
    except NotOk as not_ok:
        outcome = not_ok.poll(cursor)
    return replace(outcome, posts=tuple(posts.values()), cursor=_written(walks))


def _walks(channel: Channel, cursor: str | None, now: datetime) -> dict[str, _Walk]:
    """The walk of each query: as the cursor has it, or from ``since`` for a new query."""
    try:
        held = json.loads(cursor or "{}")
    except ValueError:
        held = {}
    everything = channel.options.get("read", "all") == "all"
    start = int((now - since_for(channel)).timestamp())
    walks = {}
    for query in ("",) if everything else channel.queries:
        try:
            low, top, high, page, seen = held[_key(query)]
            walks[query] = _Walk(int(low), int(top), high, int(page), Seen(str(seen)))
        except (KeyError, ValueError, TypeError):
            walks[query] = _Walk(start)
    return walks


def _written(walks: Mapping[str, _Walk]) -> str:
    return json.dumps(
        {_key(q): [w.low, w.top, w.high, w.page, str(w.seen)] for q, w in walks.items()}
    )


def _key(query: str) -> str:
    return digest("query", query)[:12]


def _hits(fetch: Fetch, request: Request, now: datetime) -> tuple[list[_Hit], int]:
    """The dated hits of one page, and how many pages the source says there are."""
    answer = ask_json(fetch, request, now)
    hits = answer.get("hits") if isinstance(answer, dict) else None
    if not isinstance(hits, list):
        raise NotOk(Health.TRANSIENT, "malformed: the answer has no list of hits")
    dated: list[_Hit] = [
        hit for hit in hits if isinstance(hit, dict) and isinstance(hit.get(_DATE), int)
    ]
    pages = answer.get("nbPages")
    return dated, pages if isinstance(pages, int) else 0


def _take(walk: _Walk, hits: Sequence[_Hit], pages: int, now: datetime) -> tuple[list[_Hit], bool]:
    """The hits of a page that are new, the walk moved on; and whether the walk is finished."""
    inside = [hit for hit in hits if walk.covers(hit[_DATE]) and hit.get("objectID")]
    new = [hit for hit in inside if not walk.seen.knows(str(hit["objectID"]))]
    walk.seen.add_all(str(hit["objectID"]) for hit in new)
    walk.seen.keep_newest(MOST_SEEN)
    walk.top = max([walk.top, *(hit[_DATE] for hit in inside)])
    if len(hits) < PAGE and walk.page + 1 >= pages:
        walk.finish(now)
        return new, True
    if not inside:
        raise NotOk(Health.TRANSIENT, "malformed: the source repeats a page")
    walk.step_down(min(hit[_DATE] for hit in inside))
    return new, False


def _request(address: str, query: str, walk: _Walk) -> Request:
    window = [f"created_at_i>={walk.low}"]
    if walk.high is not None:
        window.append(f"created_at_i<={walk.high}")
    parameters = {
        "query": query,
        "tags": "(story,comment)",
        "numericFilters": ",".join(window),
        "hitsPerPage": PAGE,
        "page": walk.page,
        "advancedSyntax": "true",  # a quoted phrase means the phrase
        "typoTolerance": "false",  # we find misspellings ourselves, and say how sure we are
        "attributesToRetrieve": _WANTED,
        "attributesToHighlight": "",
    }
    return Request(f"{address.rstrip('/')}/search_by_date?{urlencode(parameters)}")


def _post(channel: Channel, hit: _Hit, now: datetime) -> Post:
    source_id = str(hit["objectID"])
    published_at = from_epoch(hit[_DATE], now)
    # A story's link is part of what its author posted: it may name a domain that is watched.
    parts = (hit.get("comment_text"), hit.get("story_text"), hit.get("url"))
    text = "\n".join(filter(None, (readable(str(part)) for part in parts if part)))
    author = hit.get("author")
    return Post(
        kind=channel.kind,
        source_id=source_id,
        channel=channel.name,
        title=readable(str(hit["title"])) if hit.get("title") else None,
        text=text,
        url=f"https://news.ycombinator.com/item?id={source_id}",
        author=Author(
            name=author,
            handle=author,
            url=f"https://news.ycombinator.com/user?id={author}" if author else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(likes=hit.get("points"), replies=hit.get("num_comments")),
    )
