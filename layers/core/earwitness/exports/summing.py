"""A report from what was counted and what stands around it: a pure value, for a page to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from earwitness.alerting.muting import mutes
from earwitness.coverage import Fared, PartlyWatched, coverage, hours_of, partly_watched
from earwitness.exports.aggregates import Cell, Counting, Figures, Share, StoryHours, heat_map
from earwitness.exports.aggregates.heat import quarter_of
from earwitness.exports.aggregates.topics import Stops, Topic
from earwitness.exports.moves import HISTORY_FOR, Burst, Switch, Watching
from earwitness.exports.rows import Row
from earwitness.figures import response_times
from earwitness.judging import LANGUAGES
from earwitness.judging.language import function_words
from earwitness.model import (
    Author,
    Brand,
    ChannelGap,
    ChannelState,
    Health,
    Incident,
    Mute,
    Post,
    Response,
    ResponseTime,
    Role,
    Sentiment,
    Watchlist,
)
from earwitness.periods import Period, days
from earwitness.top_stories import Story

MOST_STORIES = 8
NO_MUTE = Mute()


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of a brand in the period, and in the one before it."""

    now: Figures
    before: Figures

    def feels(self, sentiment: Sentiment) -> float | None:
        """The share of the period's mentions that feel so, from 0 to 1."""
        return self.now.sentiment[sentiment] / self.now.mentions if self.now.mentions else None


@dataclass(frozen=True, slots=True)
class Voice:
    """Shares of voice by one measure: mentions, stories or reach; ``before`` by brand."""

    measure: str
    shares: tuple[Share, ...]
    before: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Day:
    """A day on the brand's clock, from when it ``begins`` (UTC)."""

    begins: datetime
    mentions: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class OnChannel:
    """Mentions of the brand on a channel; ``coverage`` is None where it is no longer watched."""

    channel: str
    mentions: int
    before: int
    coverage: float | None
    gap: ChannelGap | None


@dataclass(frozen=True, slots=True)
class Competitor:
    """What a competitor did in the period."""

    compared: Compared
    topics: tuple[Topic, ...]
    bursts: tuple[Burst, ...]


@dataclass(frozen=True, slots=True)
class BrandReport:
    """Everything that the report of a brand and a period shows."""

    brand: Brand
    period: Period
    made_at: datetime
    own: Compared
    coverage: float | None
    coverage_before: float | None
    voices: tuple[Voice, ...]
    unlike: tuple[PartlyWatched, ...]
    unlike_before: tuple[PartlyWatched, ...]
    incidents: tuple[Incident, ...]
    topics: tuple[Topic, ...]
    bursts: tuple[Burst, ...]
    days: tuple[Day, ...]
    heat: tuple[tuple[Cell, ...], ...]
    channels: tuple[OnChannel, ...]
    stories: tuple[Story[Row], ...]
    competitors: tuple[Competitor, ...]
    switches: tuple[Switch, ...]
    by_priority: tuple[ResponseTime, ...]
    by_channel: tuple[ResponseTime, ...]
    by_person: tuple[ResponseTime, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is not in rows: answers, incidents, channels, and which watchlists were in use."""

    watchlist: Watchlist
    now: datetime
    responses: tuple[Response, ...] = ()
    incidents: tuple[Incident, ...] = ()
    fares: tuple[Fared, ...] = ()  # since ``history_since``
    states: Mapping[str, ChannelState] = field(default_factory=dict)  # by the channel's name
    versions: tuple[tuple[datetime, Watchlist], ...] = ()


def history_since(period: Period) -> datetime:
    """From when rows are read: bursts are measured against two weeks before the period."""
    return min(period.before, period.since - HISTORY_FOR - timedelta(hours=1))


def summed_up(
    brand: Brand, period: Period, rows: Iterable[Row], around: Surroundings
) -> BrandReport:
    """The report of a brand beside its competitors. ``rows`` are read once, since history_since."""
    earlier = StoryHours(history_since(period), period.before)
    before, counted = Counting(period.before, period.since), Counting(period.since, period.until)
    watching = Watching(period)
    for row in _heard(rows, around.watchlist):
        for counting in (earlier, before, counted):
            counting.add(row)
        watching.add(row)
    names, stops = compared_with(brand, around.watchlist), _stops(around.watchlist)
    compared = {name: Compared(counted.figures(name), before.figures(name)) for name in names}
    moved = {name: watching.topics(name, stops) for name in names}
    burst = {
        name: watching.bursts(
            name, _story_hours(name, earlier, before, counted), _dark(around.fares), stops
        )
        for name in names
    }
    hours = hours_of(period.since, period.until)
    return BrandReport(
        brand=brand,
        period=period,
        made_at=around.now,
        own=compared[brand.name],
        coverage=coverage(around.fares, hours),
        coverage_before=coverage(around.fares, hours_of(period.before, period.since)),
        voices=_voices(names, counted, before) if len(names) > 1 else (),
        unlike=partly_watched(names, around.versions, period.since, period.until),
        unlike_before=partly_watched(names, around.versions, period.before, period.since),
        incidents=around.incidents,
        topics=moved[brand.name],
        bursts=burst[brand.name],
        days=_days(brand, period, counted, around),
        heat=heat_map(
            counted.quarters(brand.name), brand.time_zone, period.since, period.until, around.fares
        ),
        channels=_channels(compared[brand.name], around, hours),
        stories=tuple(counted.top_stories(brand.name, MOST_STORIES)),
        competitors=tuple(
            Competitor(compared[name], moved[name], burst[name]) for name in names[1:]
        ),
        switches=tuple(one for one in watching.switches() if brand.name in (one.left, one.joined)),
        by_priority=response_times(around.responses, lambda one: str(one.priority), around.now),
        by_channel=response_times(around.responses, lambda one: one.channel, around.now),
        by_person=response_times(
            around.responses,
            lambda one: one.acknowledged.by if one.acknowledged else "",
            around.now,
        ),
        complete=watching.complete,
    )


def compared_with(brand: Brand, watchlist: Watchlist) -> tuple[str, ...]:
    """The brand, and those of the other side: of ours the competitors, of a competitor ours."""
    other = Role.COMPETITOR if brand.role is Role.OWN else Role.OWN
    return (brand.name, *(one.name for one in watchlist.brands if one.role is other))


def _heard(rows: Iterable[Row], watchlist: Watchlist) -> Iterator[Row]:
    """The rows that are not of what a brand mutes: that is left out before anything is counted."""
    muted = {brand.name: brand.alerting.mute for brand in watchlist.brands}
    for row in rows:
        mute = muted.get(row.brand, NO_MUTE)
        if mute == NO_MUTE or not mutes(mute, _post(row)):
            yield row


def _post(row: Row) -> Post:
    author = Author(row.author_name, row.author, row.followers)
    return Post(
        row.channel_kind, row.native_id, row.text, title=row.title, url=row.url, author=author
    )


def _stops(watchlist: Watchlist) -> Stops:
    names = [term.text for brand in watchlist.brands for term in brand.terms]
    names += [brand.name for brand in watchlist.brands]
    return Stops({language: function_words(language) for language in LANGUAGES}, names)


def _days(brand: Brand, period: Period, counted: Counting, around: Surroundings) -> tuple[Day, ...]:
    """Each day of the period on the brand's clock, whatever it does."""
    quarters = counted.quarters(brand.name)
    found = []
    for since, until in pairwise([*days(period, brand.time_zone), period.until]):
        mentions = sum(quarters.get(n, 0) for n in range(quarter_of(since), quarter_of(until)))
        found.append(Day(since, mentions, coverage(around.fares, hours_of(since, until))))
    return tuple(found)


def _voices(names: Sequence[str], counted: Counting, before: Counting) -> tuple[Voice, ...]:
    measures = (
        ("mentions", Counting.shares_of_mentions),
        ("stories", Counting.shares_of_stories),
        ("reach", Counting.shares_of_reach),
    )
    return tuple(
        Voice(name, measure(counted, names), {s.brand: s.part for s in measure(before, names)})
        for name, measure in measures
    )


def _story_hours(name: str, *countings: StoryHours) -> dict[datetime, int]:
    held: dict[datetime, int] = {}
    for counting in countings:
        for hour, stories in counting.story_hours(name).items():
            held[hour] = held.get(hour, 0) + stories
    return held


def _dark(fares: Iterable[Fared]) -> frozenset[datetime]:
    return frozenset(hour for one in fares for hour in one.dark)


def _channels(
    own: Compared, around: Surroundings, hours: Sequence[datetime]
) -> tuple[OnChannel, ...]:
    """The channels watched now and those spoken on, those of most mentions first."""
    gaps = {one.channel: _gap(one, around.states.get(one.channel), hours) for one in around.fares}
    covered = {one.channel: coverage([one], hours) for one in around.fares}
    found = [
        OnChannel(
            name,
            own.now.channels.get(name, 0),
            own.before.channels.get(name, 0),
            covered.get(name),
            gaps.get(name),
        )
        for name in {*gaps, *own.now.channels, *own.before.channels}
    ]
    return tuple(sorted(found, key=lambda one: (-one.mentions, -one.before, one.channel)))


def _gap(one: Fared, state: ChannelState | None, hours: Sequence[datetime]) -> ChannelGap:
    dark, watched = (sum(hour in held for hour in hours) for held in (one.dark, one.watched))
    health = state.health if state else None
    reason = state.reason if state and health is not Health.OK else ""
    return ChannelGap(one.channel, dark, watched, health, reason)
