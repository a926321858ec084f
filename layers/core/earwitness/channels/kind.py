"""What is said of a kind of channel in its row of the table of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from earwitness.channels.wire.options import Option
from earwitness.fetching import Fetch
from earwitness.model import Channel, Poll, Post, Refreshed

_REFRESHED_SHARE = 3

PollFunction = Callable[[Channel, str | None, Fetch, datetime], Poll]
# The posts are of the kind. Any number: the function asks for as many at once as its source allows.
RefreshFunction = Callable[[Channel, Sequence[Post], Fetch, datetime], Refreshed]


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
    the quota lacks or where the source finds them by itself. ``refresh`` reads its posts again
    (None: they cannot be asked for by their ids), with a third of the requests of a day, or with
    ``most_refreshes`` where the source counts those by themselves. Within ``unread_for`` a post
    is read again for as long as it is kept, or until it is ``reread_for`` old where that costs.
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
    reaches: str = ""  # back to where its source can be read, in words for people
    paces_itself: bool = False  # keeps within most_a_day, which counts some of its requests only
    refresh: RefreshFunction | None = None
    most_refreshes: int | None = None
    reread_for: timedelta | None = None

    def requests_per_day(self, channel: Channel) -> int | None:
        """How many requests a day the source allows a channel; None: it names no such limit."""
        signed = "credentials" in channel.options and self.most_with_key is not None
        return self.most_with_key if signed else self.most_a_day

    def refreshes_per_day(self, channel: Channel) -> int | None:
        """How many of those are for reading posts again; None: there is no such limit."""
        allowed = self.requests_per_day(channel)
        if self.refresh is None or self.most_refreshes is not None or allowed is None:
            return self.most_refreshes
        return allowed // _REFRESHED_SHARE

    def polls_per_day(self, channel: Channel) -> int | None:
        """How many of those are for polling; None: there is no such limit, or it paces itself."""
        allowed = None if self.paces_itself else self.requests_per_day(channel)
        return allowed and allowed - (self.refreshes_per_day(channel) or 0)
