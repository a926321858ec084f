"""What was said hour by hour, and whether we were listening: counts with their coverage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from earwitness.coverage import Fared, Versions, fared, is_watched, recorded_from
from earwitness.exports.rows import SCHEMA_VERSION, Column, Row
from earwitness.model import (
    Brand,
    Channel,
    ChannelHour,
    Priority,
    Role,
    Sentiment,
    Tier,
    Watchlist,
)
from earwitness.store import Store

_HOUR = timedelta(hours=1)
_COUNTED = ("mentions", "negative", "neutral", "positive", "critical", "high", "doubtful")
_NOTHING = Counter[str]()
_Hour = tuple[str, str, str, datetime]  # brand, channel, kind of channel, when it begins


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """One brand on one channel in one hour: a row even where nothing was said.

    An hour that was not covered is a gap: its zero says nothing.
    """

    hour_at: Annotated[datetime, Column("when the hour begins", "UTC")]
    brand: Annotated[str, Column("the brand, as the watchlist names it")]
    role: Annotated[Role, Column("own or competitor")]
    channel: Annotated[str, Column("the channel, as the watchlist names it")]
    channel_kind: Annotated[str, Column("the kind of channel: bluesky, feed, reddit, ...")]
    mentions: Annotated[int, Column("mentions written in the hour, without doubtful ones", "posts")]
    stories: Annotated[
        int, Column("of these, distinct story_id; hours share some: not to be added up", "stories")
    ]
    authors: Annotated[
        int, Column("of these, distinct authors; hours share some: not to be added up", "authors")
    ]
    negative: Annotated[int, Column("of these, those that are displeased", "posts")]
    neutral: Annotated[int, Column("of these, those that are neither", "posts")]
    positive: Annotated[int, Column("of these, those that are pleased", "posts")]
    critical: Annotated[int, Column("of these, those of critical priority", "posts")]
    high: Annotated[int, Column("of these, those of high priority", "posts")]
    doubtful: Annotated[
        int, Column("mentions that may be of something else; counted apart", "posts")
    ]
    covered: Annotated[
        bool | None,
        Column(
            "whether the channel was heard; empty before it was first polled, or once dropped, and "
            "where the watchlist in use had no such brand"
        ),
    ]
    polls_ok: Annotated[int, Column("polls of the hour that were answered", "polls")]
    polls_failed: Annotated[int, Column("polls of the hour that were not", "polls")]
    schema_version: Annotated[
        int, Column("of these columns: raised when one changes its meaning or goes")
    ] = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Heard:
    """How one channel was listened to: how it fared, and its polls by hour."""

    channel: Channel
    fared: Fared
    polls: Mapping[datetime, ChannelHour]

    def covered(self, at: datetime) -> bool | None:
        """Whether the hour from ``at`` was covered; None: nobody listened yet."""
        return self.fared.covers(at) if at in self.fared.watched else None


def heard(store: Store, watchlist: Watchlist, since: datetime, until: datetime) -> Iterator[Heard]:
    """How each channel of the watchlist was listened to in a period."""
    states = store.states(channel.channel_id for channel in watchlist.channels)
    for channel in watchlist.channels:
        hours = store.hours(channel.channel_id, recorded_from(channel, since), until)
        found = fared(channel, states[channel.channel_id], hours, since, until)
        yield Heard(channel, found, {hour.at: hour for hour in hours})


class HourCounts:
    """Counts mentions by brand, channel and hour as their rows pass by.

    Takes eight bytes for each distinct story and author of an hour.
    """

    def __init__(self) -> None:
        # numpy, which only who writes days pays for
        from earwitness.exports.aggregates.keys import Keys, key_of  # noqa: PLC0415

        self.counts: dict[_Hour, Counter[str]] = defaultdict(Counter)
        self._stories: dict[_Hour, Keys] = defaultdict(Keys)
        self._authors: dict[_Hour, Keys] = defaultdict(Keys)
        self._key_of = key_of

    def counting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they are, each counted when it is taken."""
        for row in rows:
            self._add(row)
            yield row

    def _add(self, row: Row) -> None:
        hour = row.posted_at.replace(minute=0, second=0, microsecond=0)
        key = (row.brand, row.channel, row.channel_kind, hour)
        count = self.counts[key]
        if row.tier is Tier.DOUBTFUL:
            count["doubtful"] += 1
            return
        count["mentions"] += 1
        count[row.sentiment.value] += 1
        if row.priority is not Priority.NORMAL:
            count[row.priority.value] += 1
        self._stories[key].add(self._key_of(row.story_id))
        if name := row.author or row.author_name:
            self._authors[key].add(self._key_of(name.casefold()))

    def _distinct(self, key: _Hour) -> dict[str, int]:
        held = {"stories": self._stories, "authors": self._authors}
        return {name: some[key].all().size if key in some else 0 for name, some in held.items()}

    def rows(
        self,
        brands: Iterable[Brand],
        heard: Iterable[Heard],
        since: datetime,
        until: datetime,
        versions: Versions = (),
    ) -> Iterator[HourRow]:
        """A row for each brand, channel and hour of the period, in that order.

        ``versions`` of the watchlist tell which brands were looked for in an hour.
        Channels that the watchlist has dropped have rows only where something was counted.
        """
        by_name = {one.channel.name: one for one in heard}
        kinds = {(name, one.channel.kind) for name, one in by_name.items()}
        for brand in sorted(brands, key=lambda one: one.name):
            counted = {(c, k) for b, c, k, _ in self.counts if b == brand.name}
            watched = {at for at in _hours(since, until) if is_watched(brand.name, at, versions)}
            for channel, kind in sorted(kinds | counted):
                for at in _hours(since, until):
                    key = (brand.name, channel, kind, at)
                    count, one = self.counts.get(key, _NOTHING), by_name.get(channel)
                    if one is not None or count:
                        counts = {name: count[name] for name in _COUNTED} | self._distinct(key)
                        covered = one.covered(at) if one and at in watched else None
                        yield _row(brand, key, counts, one, covered=covered)


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += _HOUR


def _row(
    brand: Brand,
    key: _Hour,
    counts: Mapping[str, int],
    heard: Heard | None,
    *,
    covered: bool | None,
) -> HourRow:
    _, channel, kind, at = key
    polls = heard.polls.get(at) if heard else None
    return HourRow(
        hour_at=at,
        brand=brand.name,
        role=brand.role,
        channel=channel,
        channel_kind=kind,
        covered=covered,
        polls_ok=polls.ok if polls else 0,
        polls_failed=polls.not_ok if polls else 0,
        **counts,
    )


assert {one.value for one in Sentiment} < set(_COUNTED)  # noqa: S101 - each has its column
