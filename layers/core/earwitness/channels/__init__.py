"""The table of channel kinds.

A kind is one file with one function, ``poll(channel, cursor, fetch, now) -> Poll``, and one row
here. ``docs/add-a-channel.md`` shows how to add one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from earwitness.channels.wire.meter import Meter
from earwitness.channels.wire.options import Option, duration
from earwitness.fetching import Fetch
from earwitness.model import Channel, Health, Poll, Term, TermKind, Watchlist

__all__ = [
    "KINDS",
    "UNREAD_FOR",
    "Kind",
    "PollFunction",
    "duration",
    "poll",
    "queries",
    "refuses_credentials",
]

_REFUSALS = ("http_401", "http_403", "no_credentials")
_BLANKS_AND_QUOTES = re.compile(r'[\s"]+')

PollFunction = Callable[[Channel, str | None, Fetch, datetime], Poll]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel.

    ``options`` are its own keys in the watchlist, ``credentials`` the values that its secret
    must hold. ``most_query`` is how many characters the source allows in a query, ``joiner`` what
    it writes between alternatives (None: one term per query); both matter only where the kind
    ``searches``. ``most_a_day`` is how many requests the source allows in a day, ``most_with_key``
    how many with credentials where that differs (None: it names no such limit). ``unread_for`` is
    how long its terms let a post be kept without being read again (None: they do not say).
    ``misspellings`` is how many likely ones of each fuzzy name are searched for beside it: some
    where alternatives share a query or requests are plenty, none where each costs a request that
    the quota lacks or where the source finds them by itself.
    """

    poll: PollFunction
    default_every: timedelta
    searches: bool = False
    needs_url: bool = False
    options: Mapping[str, Option] = field(default_factory=dict)
    credentials: tuple[str, ...] = ()
    joiner: str | None = None
    most_query: int = 512
    most_a_day: int | None = None
    most_with_key: int | None = None
    unread_for: timedelta | None = None
    misspellings: int = 0
    paces_itself: bool = False  # keeps within most_a_day, which counts some of its requests only

    def requests_per_day(self, channel: Channel) -> int | None:
        """How many requests a day the source allows a channel; None: it names no such limit."""
        signed = "credentials" in channel.options and self.most_with_key is not None
        return self.most_with_key if signed else self.most_a_day


_SEVERAL_MINUTES, _A_FEW_MINUTES = timedelta(minutes=10), timedelta(minutes=2)

KINDS: dict[str, Kind] = {
    "appstore": Kind(appstore.poll, timedelta(hours=1), options=appstore.OPTIONS),
    "bluesky": Kind(
        bluesky.poll,
        _A_FEW_MINUTES,
        searches=True,
        options=bluesky.OPTIONS,
        credentials=bluesky.CREDENTIALS,
        misspellings=3,
    ),
    "facebook": Kind(
        facebook.poll,
        _SEVERAL_MINUTES,
        options=facebook.OPTIONS,
        credentials=facebook.CREDENTIALS,
    ),
    "feed": Kind(feed.poll, _SEVERAL_MINUTES, needs_url=True, options=feed.OPTIONS),
    "github": Kind(
        github.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=github.OPTIONS,
        most_a_day=14_400,
        most_with_key=43_200,
    ),
    "hackernews": Kind(
        hackernews.poll,
        _A_FEW_MINUTES,
        searches=True,
        options=hackernews.OPTIONS,
        most_a_day=240_000,
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
        joiner=" OR ",
        most_a_day=144_000,
        unread_for=timedelta(hours=48),
        misspellings=10,
    ),
    "stackexchange": Kind(
        stackexchange.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=stackexchange.OPTIONS,
        most_a_day=300,
        most_with_key=10_000,
    ),
    "threads": Kind(
        threads.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=threads.OPTIONS,
        credentials=threads.CREDENTIALS,
        most_a_day=2_200,
    ),
    "x": Kind(
        x.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=x.OPTIONS,
        credentials=x.CREDENTIALS,
        joiner=" OR ",
        most_query=480,
        most_a_day=43_200,
        unread_for=timedelta(hours=24),
        misspellings=5,
    ),
    "youtube": Kind(
        youtube.poll,
        timedelta(minutes=30),
        searches=True,
        options=youtube.OPTIONS,
        credentials=youtube.CREDENTIALS,
        joiner="|",
        most_query=200,
        most_a_day=96,
        paces_itself=True,
        unread_for=timedelta(days=30),
    ),
}


# By kind, how long a post may be kept without being read again: what a Store is told.
UNREAD_FOR = {name: kind.unread_for for name, kind in KINDS.items() if kind.unread_for}


def poll(
    channel: Channel,
    cursor: str | None,
    fetch: Fetch,
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
) -> Poll:
    """Poll a channel by its kind; what comes back says what it cost.

    ``has_time`` says whether there is time for one more request. When there is none, the poll ends
    with what it has and ``more``, unless it got no further: then its next turn must do.

    Raises:
        KeyError: unknown kind.
    """
    meter = Meter(fetch, has_time)
    outcome = KINDS[channel.kind].poll(channel, cursor, meter, now)
    got_on = bool(outcome.posts) or outcome.cursor != cursor
    return replace(
        outcome,
        requests=meter.requests,
        quota_left=meter.quota_left,
        more=outcome.more and got_on,
    )


def refuses_credentials(poll: Poll) -> bool:
    """Whether a poll ended since its source, or the kind itself, did not take the credentials."""
    return poll.health is Health.DEAD and poll.reason.startswith(_REFUSALS)


def queries(kind: str, watchlist: Watchlist) -> tuple[str, ...]:
    """The searches that together ask a source of ``kind`` for every term of the watchlist.

    The terms first, then the spellings they allow, then their likely misspellings: the first
    queries are the same whether or not there are more. Each as a quoted phrase, alternatives
    joined as far as the source's limit allows. Empty for kinds that list what their address
    offers. Raises KeyError for an unknown kind.
    """
    row = KINDS[kind]
    if not row.searches:
        return ()
    terms = [term for brand in watchlist.brands for term in brand.terms]
    allowed = [Term(spelling) for term in terms for spelling in term.allow]
    wrong = [Term(spelling) for term in terms for spelling in _misspelled(term, row.misspellings)]
    phrases = dict.fromkeys(_phrase(term) for term in (*terms, *allowed, *wrong))
    return tuple(_joined(phrases, row.joiner, row.most_query))


def _misspelled(term: Term, most: int) -> Iterator[str]:
    """Likely misspellings of a fuzzy name, then the name in Cyrillic or Latin letters."""
    if not most or not term.fuzzy or term.case_sensitive or term.kind is not TermKind.NAME:
        return
    from earwitness.matching.misspellings import likely, transliterated  # noqa: PLC0415 - numpy

    yield from likely(term.text, most)
    other = transliterated(term.text)
    if other is not None:
        yield other


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
