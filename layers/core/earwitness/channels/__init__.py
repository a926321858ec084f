"""The table of channel kinds.

A kind is one file with ``poll(channel, cursor, fetch, now) -> Poll`` and one row here; where its
source can be asked for posts by their ids also ``refresh(channel, posts, fetch, now) ->
Refreshed``. ``docs/add-a-channel.md`` shows how to add one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from earwitness.channels import (
    appstore,
    bluesky,
    facebook,
    feed,
    github,
    hackernews,
    instagram,
    mastodon,
    reddit,
    stackexchange,
    threads,
    x,
    youtube,
)
from earwitness.channels.wire.limits import backoff_for
from earwitness.channels.wire.options import Option, duration
from earwitness.fetching import Fetch
from earwitness.model import Channel, Poll, Post, Refreshed, Term, TermKind, Watchlist

__all__ = ["KINDS", "Kind", "PollFunction", "RefreshFunction", "backoff_for", "duration", "queries"]

_BLANKS_AND_QUOTES = re.compile(r'[\s"]+')

PollFunction = Callable[[Channel, str | None, Fetch, datetime], Poll]
# The posts are of the kind. Any number: the function asks for as many at once as its source allows.
RefreshFunction = Callable[[Channel, Sequence[Post], Fetch, datetime], Refreshed]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel.

    ``options`` are its own keys in the watchlist, ``credentials`` the values that its secret
    must hold. ``most_query`` is how many characters the source allows in a query, ``joiner`` what
    it writes between alternatives (None: one term per query); both matter only where the kind
    ``searches``.
    """

    poll: PollFunction
    default_every: timedelta
    searches: bool = False
    needs_url: bool = False
    options: Mapping[str, Option] = field(default_factory=dict)
    credentials: tuple[str, ...] = ()
    joiner: str | None = None
    most_query: int = 512
    refresh: RefreshFunction | None = None  # None: its posts cannot be asked for again


_SEVERAL_MINUTES, _A_FEW_MINUTES = timedelta(minutes=10), timedelta(minutes=2)

KINDS: dict[str, Kind] = {
    "appstore": Kind(appstore.poll, timedelta(hours=1), options=appstore.OPTIONS),
    "bluesky": Kind(
        bluesky.poll,
        _A_FEW_MINUTES,
        searches=True,
        options=bluesky.OPTIONS,
        credentials=bluesky.CREDENTIALS,
        refresh=bluesky.refresh,
    ),
    "facebook": Kind(
        facebook.poll,
        _SEVERAL_MINUTES,
        options=facebook.OPTIONS,
        credentials=facebook.CREDENTIALS,
    ),
    "feed": Kind(feed.poll, _SEVERAL_MINUTES, needs_url=True, options=feed.OPTIONS),
    "github": Kind(github.poll, _SEVERAL_MINUTES, searches=True, options=github.OPTIONS),
    "hackernews": Kind(
        hackernews.poll,
        _A_FEW_MINUTES,
        searches=True,
        options=hackernews.OPTIONS,
        refresh=hackernews.refresh,
    ),
    "instagram": Kind(
        instagram.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=instagram.OPTIONS,
        credentials=instagram.CREDENTIALS,
    ),
    "mastodon": Kind(
        mastodon.poll, _A_FEW_MINUTES, searches=True, needs_url=True, options=mastodon.OPTIONS
    ),
    "reddit": Kind(
        reddit.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=reddit.OPTIONS,
        credentials=reddit.CREDENTIALS,
        refresh=reddit.refresh,
        joiner=" OR ",
    ),
    "stackexchange": Kind(
        stackexchange.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=stackexchange.OPTIONS,
        refresh=stackexchange.refresh,
    ),
    "threads": Kind(
        threads.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=threads.OPTIONS,
        credentials=threads.CREDENTIALS,
    ),
    "x": Kind(
        x.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=x.OPTIONS,
        credentials=x.CREDENTIALS,
        refresh=x.refresh,
        joiner=" OR ",
        most_query=480,
    ),
    "youtube": Kind(
        youtube.poll,
        timedelta(minutes=30),
        searches=True,
        options=youtube.OPTIONS,
        credentials=youtube.CREDENTIALS,
        refresh=youtube.refresh,
        joiner="|",
        most_query=200,
    ),
}


def queries(kind: str, watchlist: Watchlist) -> tuple[str, ...]:
    """The searches that together ask a source of ``kind`` for every term of the watchlist.

    Each term as a quoted phrase, alternatives joined as far as the source's limit allows. Empty
    for kinds that list what their address offers. Raises KeyError for an unknown kind.
    """
    row = KINDS[kind]
    if not row.searches:
        return ()
    terms = (term for brand in watchlist.brands for term in brand.terms)
    phrases = dict.fromkeys(_phrase(term) for term in terms)
    return tuple(_joined(phrases, row.joiner, row.most_query))


def _phrase(term: Term) -> str:
    """The term as one phrase: quotes inside it would end it early."""
    if term.kind in (TermKind.HANDLE, TermKind.HASHTAG):
        return term.text
    text = _BLANKS_AND_QUOTES.sub(" ", term.text).strip()
    return f'"{text}"'


def _joined(phrases: Iterable[str], joiner: str | None, most: int) -> Iterable[str]:
    if joiner is None:
        yield from phrases
        return
    query = ""
    for phrase in phrases:
        longer = f"{query}{joiner}{phrase}" if query else phrase
        if query and len(longer) > most:
            yield query
            longer = phrase
        query = longer
    if query:
        yield query
