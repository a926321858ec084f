"""The table of channel kinds.

A kind is one file with ``poll(channel, cursor, fetch, now) -> Poll`` and one row here; where its
source can be asked for posts by their ids also ``refresh(channel, posts, fetch, now) ->
Refreshed``. ``docs/add-a-channel.md`` shows how to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
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
from earwitness.channels.kind import Kind, PollFunction, RefreshFunction
from earwitness.channels.wire.meter import Meter
from earwitness.channels.wire.options import duration
from earwitness.channels.wire.searches import joined, phrases
from earwitness.fetching import Fetch
from earwitness.model import Channel, Health, Poll, Post, Refreshed, Watchlist

__all__ = [
    "KINDS",
    "UNREAD_FOR",
    "Kind",
    "PollFunction",
    "RefreshFunction",
    "duration",
    "poll",
    "queries",
    "refresh",
    "refuses_credentials",
]

_SPARED = 10  # of what a source says is left, so many requests are left to polling
# Google answers 400 to a key it does not know, Meta to a token that ran out.
_REFUSALS = ("http_400", "http_401", "http_403", "graph_", "no_credentials")

_SEVERAL_MINUTES, _A_FEW_MINUTES = timedelta(minutes=10), timedelta(minutes=2)

KINDS: dict[str, Kind] = {
    "appstore": Kind(
        appstore.poll,
        timedelta(hours=1),
        options=appstore.OPTIONS,
        reaches="its newest 500 reviews of each country",
    ),
    "bluesky": Kind(
        bluesky.poll,
        _A_FEW_MINUTES,
        searches=True,
        options=bluesky.OPTIONS,
        credentials=bluesky.CREDENTIALS,
        misspellings=3,
        reaches="all that the search still finds",
        refresh=bluesky.refresh,
    ),
    "facebook": Kind(
        facebook.poll,
        _SEVERAL_MINUTES,
        options=facebook.OPTIONS,
        credentials=facebook.CREDENTIALS,
        reaches="all that the Graph still lists",
        refresh=facebook.refresh,
        most_refreshes=2_400,  # half of the 200 an hour of an app with one user
    ),
    "feed": Kind(
        feed.poll,
        _SEVERAL_MINUTES,
        needs_url=True,
        options=feed.OPTIONS,
        reaches="what the feed lists now",
    ),
    "github": Kind(
        github.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=github.OPTIONS,
        most_a_day=14_400,
        most_with_key=43_200,
        reaches="its beginning",
        refresh=github.refresh,
        most_refreshes=4_800,  # what is no search has limits of its own, by the hour
    ),
    "hackernews": Kind(
        hackernews.poll,
        _A_FEW_MINUTES,
        searches=True,
        options=hackernews.OPTIONS,
        most_a_day=240_000,
        reaches="its beginning",
        refresh=hackernews.refresh,
    ),
    "instagram": Kind(
        instagram.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=instagram.OPTIONS,
        credentials=instagram.CREDENTIALS,
        reaches="all tags and comments; 24 hours of a hashtag",
        refresh=instagram.refresh,
        most_refreshes=2_400,
    ),
    "mastodon": Kind(
        mastodon.poll,
        _A_FEW_MINUTES,
        searches=True,
        needs_url=True,
        options=mastodon.OPTIONS,
        reaches="what the instance keeps of others, and all of its own",
        refresh=mastodon.refresh,
    ),
    "reddit": Kind(
        reddit.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=reddit.OPTIONS,
        credentials=reddit.CREDENTIALS,
        refresh=reddit.refresh,
        joiner=" OR ",
        most_a_day=144_000,
        unread_for=timedelta(hours=48),
        misspellings=10,
        reaches="its newest 1,000 items of each search or subreddit",
    ),
    "stackexchange": Kind(
        stackexchange.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=stackexchange.OPTIONS,
        most_a_day=300,
        most_with_key=10_000,
        reaches="its beginning",
        refresh=stackexchange.refresh,
    ),
    "threads": Kind(
        threads.poll,
        _SEVERAL_MINUTES,
        searches=True,
        options=threads.OPTIONS,
        credentials=threads.CREDENTIALS,
        refresh=threads.refresh,
        most_a_day=2_200,
        paces_itself=True,
        most_refreshes=4_800,  # what is no search counts among 48,000 at the least
        reaches="all that the search still finds",
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
        most_a_day=43_200,
        unread_for=timedelta(hours=24),
        reread_for=timedelta(days=7),
        misspellings=5,
        reaches="seven days",
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
        most_a_day=96,
        paces_itself=True,
        most_refreshes=4_000,
        unread_for=timedelta(days=30),
        reaches="its beginning, at 100 searches a day",
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


def refresh(
    channel: Channel,
    posts: Sequence[Post],
    fetch: Fetch,
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
) -> Refreshed:
    """Read posts of a channel again, never with the last of a quota, which polling needs.

    What comes back says what it cost. ``has_time`` says whether there is time for one more request.

    Raises:
        KeyError: unknown kind.
        ValueError: its posts cannot be asked for again.
    """
    ask = KINDS[channel.kind].refresh
    if ask is None:
        raise ValueError(f"posts of kind {channel.kind} cannot be asked for again")
    meter = Meter(fetch, has_time, _SPARED)
    outcome = ask(channel, posts, meter, now)
    return replace(outcome, requests=meter.requests)


def refuses_credentials(outcome: Poll | Refreshed) -> bool:
    """Whether it ended since the source, or the kind, did not take the credentials, or may have."""
    return outcome.health is Health.DEAD and outcome.reason.startswith(_REFUSALS)


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
    return tuple(joined(phrases(terms, row.misspellings), row.joiner, row.most_query))
