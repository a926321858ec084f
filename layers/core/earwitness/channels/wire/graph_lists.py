"""The lists that one channel reads of Meta's Graph, from one poll to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from earwitness.channels.wire import graph
from earwitness.channels.wire.comments import NewComments
from earwitness.channels.wire.lists import Lists, Parameters
from earwitness.channels.wire.values import Entry, mapping, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, in_seconds, poll_listing
from earwitness.model import Channel, Poll

MOST_REQUESTS = 30
OVERLAP_FOR = timedelta(minutes=10)


class GraphLists:
    """Lists of posts and of what is said under them; ``held`` is what the last poll wrote."""

    def __init__(self, channel: Channel, cursor: str | None, now: datetime) -> None:
        """Whatever the cursor is: one that cannot be read is none."""
        self.held = _held(cursor)
        self._channel, self._now = channel, now
        self._comments = NewComments(None if channel.read_since else self.held.get("newest"))

    def comments(self, ask_for: graph.Ask, posts: str, newest_comment: str) -> list[str]:
        """The lists of comments of what ``posts`` lists. Raises NotOk."""
        return self._comments.look(ask_for, posts, newest_comment)

    def poll(
        self,
        ask_for: graph.Ask,
        paths: Iterable[str],
        parameters: Callable[[str, Window], Parameters],
        find: Callable[[Entry, int], Found],
    ) -> Poll:
        """What the lists have that is new or edited; an unchanged list of comments is not read.

        ``find`` makes a post of an object, at the position given where it has no date.
        """
        page_of = partial(graph.page_of, ask_for)
        lists = Lists(page_of, find, self.held.get("going_on"))

        def read(path: str, window: Window) -> Page:
            page = lists.read(path, parameters(path, window), window, self._now)
            self._comments.note(path, from_top=window.high is None, to_end=page.last)
            return graph.listed_at(path, page)

        listing = Listing(
            read=read,
            position=in_seconds,
            overlap_for=OVERLAP_FOR,
            most_requests=MOST_REQUESTS,
            most_pages=MOST_REQUESTS,
            unchanged=self._comments.unchanged,
        )
        walks = written(self.held.get("walks"))
        outcome = poll_listing(listing, paths, self._channel, walks, self._now)
        self.held |= {
            "walks": outcome.cursor,
            "newest": self._comments.known_after(),
            "going_on": lists.going_on,
        }
        return replace(outcome, cursor=self.cursor())

    def cursor(self, **also: Mapping[str, object]) -> str:
        """What to hold until the next poll, and ``also`` what the kind holds beside it."""
        return json.dumps({**self.held, **also})


def _held(cursor: str | None) -> dict[str, object]:
    try:
        return dict(mapping(json.loads(cursor or "{}")))
    except ValueError:
        return {}
