"""Posts of Meta's Graph read again, and which of them are certainly gone.

The Graph answers alike for what was deleted, for what its author hid, and for what our token may
not see: that there is no such object *or* that a permission is missing. Erasing is for good, so a
post counts as gone only if all three hold:

1. asked for by its id, the Graph says that it cannot be read;
2. the list that it was read from is read to where it stood, and does not hold it any more; or
   these are the comments of a post, which cannot be read either, and of an account that is still
   the channel's: one that it was taken off is as unreadable as what was deleted there;
3. another post of its sort, for which the same permission is needed, is read by its id before
   and after.

A token that has lost a permission fails the third, a list that is late fails the second. Whether
its author deleted the post or hid it makes no difference: Meta's Platform Terms (3.d) have us
delete what we have no legitimate purpose to keep, and what people took back is that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from earwitness.channels.wire import graph
from earwitness.channels.wire.again import Answer, in_turn
from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.graph import Refused
from earwitness.channels.wire.lists import Parameters
from earwitness.channels.wire.values import Entry, entries, mapping, written
from earwitness.channels.wire.walk import Window, in_seconds
from earwitness.model import Health, Post, Refreshed

MOST_DOUBTED = 10  # posts per refresh: the others are due again in the next
MOST_UNREAD = 10  # from the first on, after which none can be read
MOST_PAGES = 5  # of a list
MOST_OTHERS = 3  # posts that are tried before a permission counts as missing
_AROUND = int(timedelta(minutes=10).total_seconds())  # a moment, where a list knows windows
_CERTAINLY_OLDER = 3  # items in a row: one that is out of order does not end a list
_TEXTS = ("message", "story", "caption", "text")


@dataclass(frozen=True, slots=True)
class Rereading:
    """How the posts of a kind are asked for again.

    ``made`` makes a post of an object of the list at a path. ``parameters`` are those of a list
    for a window. ``listed`` is the list by which alone a post can be read again (None: by its
    id, with ``fields``). ``others`` is where posts of the same ``sort`` are listed now: one that
    needs the same permission to be read. ``tells_owners``: the sort says whose account a post was
    read from.
    """

    ask: graph.Ask
    made: Callable[[Entry, str | None], Post]
    parameters: Callable[[str, Window], Parameters]
    listed: Callable[[Post], str | None]
    fields: Callable[[Post], str]
    others: Callable[[Post], tuple[str, Parameters]]
    sort: Callable[[Post], Hashable]
    tells_owners: bool = False

    def refresh(self, posts: Sequence[Post], now: datetime) -> Refreshed:
        """The posts as they are now, and those that are certainly gone."""
        return _Refresh(self, now).of(posts)


def is_comment(post: Post) -> bool:
    """Whether the post was read from the comments of another."""
    return (post.asked_by or "").endswith("/comments")


class _Refresh:
    """One refresh of a channel: what could be read so far, and what could not."""

    def __init__(self, how: Rereading, now: datetime) -> None:
        self._how, self._now = how, now
        self._read: list[Post] = []  # by their ids
        self._doubted: list[Post] = []
        self._refusals: list[Refused] = []
        self._waits_until: datetime | None = None

    def of(self, posts: Sequence[Post]) -> Refreshed:
        by_list: dict[str, list[Post]] = {}
        alone = []
        for post in posts:
            path = self._how.listed(post)
            if path is None:
                alone.append([post])
            else:
                by_list.setdefault(path, []).append(post)
        answer = in_turn([*by_list.values(), *alone], self._ask_for)
        if answer.health is Health.OK:
            answer = self._judged(answer)
        return replace(answer, next_at=answer.next_at or self._waits_until)

    def _judged(self, answer: Refreshed) -> Refreshed:
        if self._refusals and not (self._read or answer.posts):
            refused = self._refusals[0]
            return replace(answer, health=refused.health, reason=refused.reason)
        try:
            still_there, gone = self._look_for(self._doubted[:MOST_DOUBTED])
        except NotOk as failure:
            return replace(answer, health=failure.health, reason=failure.reason,
                           next_at=failure.next_poll_at)  # fmt: skip
        return replace(answer, posts=(*answer.posts, *still_there), gone=tuple(gone))

    def _ask(self, path: str, parameters: Parameters) -> tuple[Any, datetime | None]:
        if self._waits_until is not None:
            raise NotOk(Health.TRANSIENT, "quota: the source asks us to wait", self._waits_until)
        answer, self._waits_until = self._how.ask(path, parameters)
        return answer, self._waits_until

    def _ask_for(self, some: Sequence[Post]) -> Answer:
        path = self._how.listed(some[0])
        try:
            if path is not None:
                return self._in_list(path, some)[0], ()
            now = self._by_id(some[0])
        except Refused as refused:
            if refused.of_the_token:
                raise
            self._refusals.append(refused)  # of one post or list, as far as we know
            now = None
        else:
            if now is None:
                self._doubted.append(some[0])
        if now is not None:
            self._read.append(now)
            return (now,), ()
        if not self._read and len(self._doubted) + len(self._refusals) >= MOST_UNREAD:
            raise NotOk(Health.OK, "")
        return (), ()

    def _by_id(self, post: Post) -> Post | None:
        """The post as it is now; None if the Graph says that it cannot be read. Raises NotOk."""
        try:
            answer, _ = self._ask(post.source_id, {"fields": self._how.fields(post)})
        except Refused as refused:
            if refused.is_unreadable:
                return None
            raise
        entry = mapping(answer)
        if not written(entry.get("id")):
            raise NotOk(Health.TRANSIENT, "malformed: the answer is no post")
        return _now(post, entry, self._how.made(entry, post.asked_by))

    def _in_list(self, path: str, posts: Sequence[Post]) -> tuple[list[Post], bool]:
        """Those of the posts that the list holds; whether it was read to where the oldest stood."""
        wanted = {post.source_id: post for post in posts}
        dates = [post.published_at or self._now for post in posts]
        window = Window(in_seconds(min(dates)) - _AROUND, in_seconds(max(dates)) + _AROUND, 0)
        parameters = self._how.parameters(path, window)
        found: dict[str, Post] = {}
        cursor = None
        for _ in range(MOST_PAGES):
            answered = graph.page_of(self._ask, path, parameters, cursor)
            made = [(entry, self._how.made(entry, path)) for entry in answered.entries]
            found |= {
                post.source_id: _now(wanted[post.source_id], entry, post)
                for entry, post in made
                if post.source_id in wanted
            }
            last = [in_seconds(post.published_at or self._now) for _, post in made]
            is_beyond = bool(last) and max(last[-_CERTAINLY_OLDER:]) < window.low
            cursor = answered.following
            if cursor is None or is_beyond or len(found) == len(wanted):
                return list(found.values()), True
        return list(found.values()), False

    def _look_for(self, doubted: Sequence[Post]) -> tuple[list[Post], list[str]]:
        """Those that their lists still hold, and the ids of those that are certainly gone."""
        by_sort: dict[Hashable, list[Post]] = {}
        for post in doubted:
            if post.asked_by and post.published_at and not post.dated_by_us:  # where it stood
                by_sort.setdefault(self._how.sort(post), []).append(post)
        still_there: list[Post] = []
        gone: list[str] = []
        for sort, some in by_sort.items():
            vouching = self._readable(sort, some[0])
            if vouching is None:
                continue
            missing = []
            for post in some:
                found, is_missing = self._where_it_stood(post)
                still_there += found
                missing += [post.post_id] if is_missing else []
            if missing and self._by_id(vouching) is not None:
                gone += missing
        return still_there, gone

    def _where_it_stood(self, post: Post) -> tuple[list[Post], bool]:
        """The post, if its list holds it; whether it certainly does not."""
        try:
            found, is_whole = self._in_list(str(post.asked_by), [post])
        except Refused as refused:
            if refused.of_the_token:
                raise
            with_its_post = is_comment(post) and self._how.tells_owners
            return [], with_its_post and refused.is_unreadable
        return found, is_whole and not found

    def _readable(self, sort: Hashable, like: Post) -> Post | None:
        """A post of that sort that can be read by its id: one that was, else one that is listed."""
        for post in self._read:
            if self._how.sort(post) == sort:
                return post
        others = (post for post in self._others_of(like) if self._how.sort(post) == sort)
        for other in islice(others, MOST_OTHERS):
            try:
                if self._by_id(other) is not None:
                    return other
            except Refused as refused:
                if refused.of_the_token:
                    raise
        return None

    def _others_of(self, post: Post) -> Iterator[Post]:
        path, parameters = self._how.others(post)
        try:
            answer, _ = self._ask(path, parameters)
        except Refused as refused:
            if refused.of_the_token:
                raise
            return
        for entry in entries(answer, "data"):
            if not is_comment(post):
                yield self._how.made(entry, path)
                continue
            comments = mapping(entry.get("comments"))
            for comment in entries(comments, "data", absent_is_none=True):
                yield self._how.made(comment, f"{entry.get('id')}/comments")


def _now(held: Post, entry: Entry, post: Post) -> Post:
    """The post as it is now. What the answer withholds, text or author, is no edit."""
    withheld = not any(written(entry.get(name)) for name in _TEXTS)
    return replace(
        post,
        source_id=held.source_id,
        text=held.text if withheld else post.text,
        author=post.author if post.author.name else held.author,
        published_at=held.published_at,
        dated_by_us=held.dated_by_us,
        asked_by=held.asked_by,
    )
