"""A search listed newest first, read without gaps and resumable before any request.

```
older                                                                    newer
   |----- read by earlier walks -----|  unread  |--- read in this walk ---|
                                    low       high                       top
```
Each page narrows the window to what is older than its oldest item, so nothing that is published,
deleted or shifted meanwhile can make the walk skip an item; where one position takes several
numbered pages, they are read twice. A finished walk sets ``low`` a little before ``top``: sources
index late and out of order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.options import starts_at
from earwitness.channels.wire.seen import MOST, Seen
from earwitness.model import Channel, Health, Poll, Post, digest

# Of many queries each remembers fewer posts, so that all of them together stay under 100 kB: a
# post that was forgotten within the overlap is merely offered again.
_LEAST_REMEMBERED = 50
_WAITS, _WAITS_LAST, _DONE, _FAILED = range(4)  # _WAITS_LAST: it failed in the round before
_MOST_OUTSIDE = 12  # pages in a row that hold nothing of the window


@dataclass(frozen=True, slots=True)
class Window:
    """What to ask for: positions from ``low`` to ``high``, both included; None: no upper bound.

    ``page`` counts pages within the position ``high`` alone, from 0.
    """

    low: int
    high: int | None
    page: int


@dataclass(frozen=True, slots=True)
class Found:
    """A post and its position: what the source sorts by, larger is newer."""

    position: int
    post: Post


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. ``last``: nothing older is in the window. ``wait_until``: the quota is spent.

    ``cut``: it is the last since the source goes on without giving anything.
    """

    found: Sequence[Found]
    last: bool
    wait_until: datetime | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """How a kind lists: one page of a query, and what a moment is as a position."""

    read: Callable[[str, Window], Page]
    position: Callable[[datetime], int]
    overlap_for: timedelta
    most_requests: int  # per poll: the rest follows at once
    most_pages: int = 1  # that the source pages through at one position
    numbers_pages: bool = False  # so that a post taken down moves all after it up a place
    unchanged: Callable[[str], bool] = lambda _query: False  # need not be read this time


@dataclass(slots=True)
class _Walk:
    low: int
    top: int = 0
    high: int | None = None
    page: int = 0
    seen: Seen = field(default_factory=Seen)
    turn: int = _WAITS  # in this round of all queries
    is_again: bool = False  # the pages of the position ``high`` are read a second time
    remembers: int = MOST  # posts

    def take(self, page: Page, listing: Listing, now: datetime) -> tuple[list[Post], bool]:
        """The new and edited posts of a page, the walk moved on; and whether it is finished."""
        inside = [found for found in page.found if self._covers(found.position)]
        posts = []
        for post in (found.post for found in inside):
            content = f"{post.title}\n{post.text}"
            if not self.seen.knows_content(post.source_id, content):
                edited = self.seen.knows(post.source_id) and post.edited_at is None
                posts.append(replace(post, edited_at=now) if edited else post)
                self.seen.add(post.source_id, content)
        self.seen.keep_newest(self.remembers)
        self.top = max([self.top, *(found.position for found in inside)])
        if not inside and not page.last:
            raise NotOk(Health.TRANSIENT, "malformed: the source repeats a page")
        oldest = min((found.position for found in inside), default=self.low)
        is_below = page.last or self.high is None or oldest < self.high
        if not is_below and self.page + 1 < listing.most_pages:
            self.page += 1
        elif listing.numbers_pages and self.page and not self.is_again:
            self.page, self.is_again = 0, True
        elif page.last:
            self._finish(listing, now)
            return posts, True
        else:
            self._go_to(oldest if is_below else oldest - 1)
        return posts, False

    def written(self) -> list[int | str | None]:
        """What a cursor holds of it, in the order of the fields.

        ``is_again`` only where it is so: after going back a version, the rest is read as it was.
        """
        held = [self.low, self.top, self.high, self.page, str(self.seen), self.turn]
        return [*held, 1] if self.is_again else held

    def begin_anew(self, low: int) -> None:
        """Read from the newest item down to ``low``, or further if that was not read yet."""
        self.low = min(self.low, low)
        self.top = 0
        self._go_to(None)
        self.seen, self.turn = Seen(), _WAITS

    def _covers(self, position: int) -> bool:
        return self.low <= position and (self.high is None or position <= self.high)

    def _go_to(self, high: int | None) -> None:
        self.high, self.page, self.is_again = high, 0, False

    def _finish(self, listing: Listing, now: datetime) -> None:
        overlap = listing.position(now) - listing.position(now - listing.overlap_for)
        self.low = max(self.low, min(self.top, listing.position(now)) - overlap)
        self.top = 0
        self._go_to(None)


def first_inside(ask: Callable[[str | None], tuple[Page, str | None]], window: Window) -> Page:
    """The first page with items in the window, of those that ``ask`` gives token by token.

    Sources that filter give empty pages in midstream, and some heed no upper bound: only a missing
    token is the end. So many empty pages that the source must have forgotten to say so end it too:
    what may lie behind them is lost.
    """
    page, token = ask(None)
    for _ in range(_MOST_OUTSIDE):
        inside = any(window.high is None or f.position <= window.high for f in page.found)
        if inside or token is None:
            return page
        page, token = ask(token)
    return page if page.found else replace(page, last=True, cut=True)


def poll_listing(
    listing: Listing, queries: Iterable[str], channel: Channel, cursor: str | None, now: datetime
) -> Poll:
    """New and edited posts of every query, oldest unread query first.

    What was read before an error is kept, and the next poll goes on from there. Queries that are
    too many for one poll are read in rounds of several: none comes twice before each came once.
    """
    walks = _read(cursor, queries, listing.position(starts_at(channel, now)))
    if channel.read_since is not None:
        for walk in walks.values():
            walk.begin_anew(listing.position(channel.read_since))
    posts: dict[str, Post] = {}
    requests_left = listing.most_requests
    outcome = Poll((), cursor, Health.OK)
    try:
        for query, walk in _in_turn(walks):
            finished = listing.unchanged(query)
            while requests_left and not finished and outcome.next_poll_at is None:
                requests_left -= 1
                page = listing.read(query, Window(walk.low, walk.high, walk.page))
                new, finished = walk.take(page, listing, now)
                posts.update((post.source_id, post) for post in new)
                outcome = replace(outcome, next_poll_at=page.wait_until)
                if page.cut:
                    reason = f"gap: {_MOST_OUTSIDE} empty pages in a row, and the source has more"
                    outcome = replace(outcome, reason=reason, lost_until=now)
            if not finished:
                outcome = replace(outcome, more=outcome.next_poll_at is None)
                break
            walk.turn = _DONE
    except NotOk as not_ok:
        outcome = replace(not_ok.poll(cursor), lost_until=outcome.lost_until)
        walk.turn = _WAITS if outcome.health is Health.OK else _FAILED
    return replace(outcome, posts=tuple(posts.values()), cursor=_written(walks))


def _in_turn(walks: Mapping[str, _Walk]) -> list[tuple[str, _Walk]]:
    """The queries still to be read in this round, or in a new one; those that failed come last."""
    if not any(walk.turn in (_WAITS, _WAITS_LAST) for walk in walks.values()):
        for walk in walks.values():
            walk.turn = _WAITS if walk.turn == _DONE else _WAITS_LAST
    waiting = ((query, walk) for query, walk in walks.items() if walk.turn != _DONE)
    return sorted(waiting, key=lambda item: (item[1].turn, item[1].low))


def _read(cursor: str | None, queries: Iterable[str], start: int) -> dict[str, _Walk]:
    """The walk of each query: as the cursor has it, or from ``start`` for a new query."""
    try:
        held = json.loads(cursor or "{}")
    except ValueError:
        held = {}
    asked = tuple(queries)
    remembers = max(_LEAST_REMEMBERED, min(MOST, 4 * MOST // max(1, len(asked))))
    walks = {}
    for query in asked:
        try:
            low, top, high, page, seen, *more = held[key_of(query)]
            turn, is_again, *_ = (*map(int, more), _WAITS, False)
            place = int(low), int(top), high, int(page)
            walk = _Walk(*place, Seen(str(seen)), turn, bool(is_again), remembers)
        except (KeyError, ValueError, TypeError):
            walk = _Walk(start, remembers=remembers)
        walks[query] = walk
    return walks


def _written(walks: Mapping[str, _Walk]) -> str:
    return json.dumps({key_of(query): walk.written() for query, walk in walks.items()})


def key_of(query: str) -> str:
    """What a cursor knows a query by."""
    return digest("query", query)[:12]


def in_seconds(at: datetime) -> int:
    """The position of a moment in a listing sorted by Unix seconds."""
    return int(at.timestamp())
