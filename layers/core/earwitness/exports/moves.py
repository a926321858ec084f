"""Moves: what competitors bring out and suffer, and customers who go from one to another.

Rows go through once, as with ``aggregates``. Bursts are found by the detector of volume spikes
(``signals.volume``): distinct stories by the hour against the same hours of the two weeks before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from earwitness.exports.aggregates.topics import Sample, Sampled, Stops, Topic, topics
from earwitness.exports.rows import Row
from earwitness.judging.moves import Moves, moves
from earwitness.model import Intent, Match, Post, Sentiment, Signal, Tier
from earwitness.periods import Period
from earwitness.signals import History, volume

HISTORY_FOR = timedelta(days=14)  # before the period: what a spike is measured against
JOINED_FOR = timedelta(hours=6)  # spikes as near as this are one burst
THIRD = 1 / 3  # of a burst's mentions: enough to name it by
MOST_POSTS = 50_000  # that speak of a move and are held to be told by all brands they name
MOST_SHOWN = 3
_TROUBLE = frozenset({Intent.OUTAGE, Intent.SAFETY})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Burst:
    """An hour or more in which a brand was spoken of far more than usual.

    ``kind``: "incident" where a third of the mentions tell of an outage or a danger, or more than
    half are negative; "launch" where a third say that something is new, opens or starts; else
    "burst". ``stories`` in its strongest hour, ``expected`` in one like it.
    """

    brand: str
    kind: str
    since: datetime
    until: datetime
    stories: int
    expected: float
    mentions: int
    about: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """People who say that they go from one brand to another: ``authors`` of them, some quoted."""

    left: str
    joined: str
    authors: int
    examples: tuple[str, ...] = ()


@dataclass(slots=True)
class _Hour:
    """What the mentions of a brand in an hour are like."""

    mentions: int = 0
    trouble: int = 0
    negative: int = 0
    launch: int = 0


@dataclass(slots=True)
class _Post:
    """A post that speaks of a move: of each brand named in it, how, and how its author feels."""

    text: str
    author: str
    brands: dict[str, tuple[str, Sentiment]] = field(default_factory=dict)


class Watching:
    """What rows say of moves in a period, and in the one before it."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._hours: dict[tuple[str, datetime], _Hour] = defaultdict(_Hour)
        self._samples: dict[tuple[str, bool], Sample] = defaultdict(Sample)
        self._posts: dict[str, _Post] = {}
        self.complete = True

    def add(self, row: Row) -> None:
        """Take a row in, if it is of either period and its match is not doubtful."""
        now = self._period.since <= row.posted_at < self._period.until
        earlier = self._period.before <= row.posted_at < self._period.since
        if row.tier is Tier.DOUBTFUL or not (now or earlier):
            return
        self._samples[row.brand, now].add(row)
        if now:
            said = _moves(row)
            hour = self._hours[row.brand, _hour_of(row.posted_at)]
            hour.mentions += 1
            hour.trouble += row.intent in _TROUBLE
            hour.negative += row.sentiment is Sentiment.NEGATIVE
            hour.launch += said is not None and said.launch
            if said is not None:
                self._add_post(row, said)

    def _add_post(self, row: Row, said: Moves) -> None:
        if row.post_id not in self._posts and len(self._posts) >= MOST_POSTS:
            self.complete = False
            return
        author = f"{row.channel_kind}:{row.author or row.author_name or row.post_id}"
        post = self._posts.setdefault(row.post_id, _Post(row.text, author))
        way = "left" if row.brand in said.left else "joined" if row.brand in said.joined else ""
        post.brands[row.brand] = (way, row.sentiment)

    def topics(self, brand: str, stops: Stops) -> tuple[Topic, ...]:
        """The words of a brand's stories that rose against the period before."""
        return topics(self._stories(brand, now=True), self._stories(brand, now=False), stops)

    def _stories(self, brand: str, *, now: bool) -> list[Sampled]:
        return self._samples[brand, now].stories()

    def switches(self) -> tuple[Switch, ...]:
        """Who goes from which brand to which, the most first."""
        authors: dict[tuple[str, str], set[str]] = defaultdict(set)
        examples: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for _, post in sorted(self._posts.items()):
            for pair in _pairs(post.brands):
                authors[pair].add(post.author)
                examples[pair].setdefault(post.text)
        found = [
            Switch(left, joined, len(held), tuple(examples[left, joined])[:MOST_SHOWN])
            for (left, joined), held in authors.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.authors, one.left, one.joined)))

    def bursts(
        self,
        brand: str,
        story_hours: Mapping[datetime, int],
        not_ok: Collection[datetime],
        stops: Stops,
    ) -> tuple[Burst, ...]:
        """A brand's bursts in the period, the first first.

        ``story_hours``: distinct stories by hour since ``HISTORY_FOR`` before the period; hours of
        none may be missing. ``not_ok``: hours in which a channel was not.
        """
        first = _hour_of(self._period.since)
        counts = dict.fromkeys(_hours(first - HISTORY_FOR, self._period.until), 0)
        history = History({**counts, **story_hours}, frozenset(not_ok))
        fired: list[Signal] = []
        told: list[Signal] = []
        for hour in _hours(first, self._period.until):
            signal = volume(brand, hour, history, earlier=told)
            high = signal.threshold is not None and signal.observed > signal.threshold
            if signal.fired or signal.reason.name == "settled":
                told.append(signal)
            if signal.fired or (high and fired):
                fired.append(signal)
        return tuple(self._burst(brand, group, stops) for group in _grouped(fired))

    def _burst(self, brand: str, group: list[Signal], stops: Stops) -> Burst:
        since, until = group[0].at, group[-1].at + _HOUR
        inside: Counter[str] = Counter()
        for hour in _hours(since, until):
            held = self._hours.get((brand, hour), _Hour())
            for name in ("mentions", "trouble", "negative", "launch"):
                inside[name] += getattr(held, name)
        strongest = max(group, key=lambda one: one.observed)
        stories = self._stories(brand, now=True)
        during = [one for one in stories if since <= one.at < until]
        rest = [one for one in stories if not since <= one.at < until]
        rest += self._stories(brand, now=False)
        return Burst(
            brand=brand,
            kind=_kind(inside),
            since=since,
            until=until,
            stories=int(strongest.observed),
            expected=strongest.expected or 0.0,
            mentions=inside["mentions"],
            about=topics(during, rest, stops, MOST_SHOWN),
        )


def _kind(inside: Mapping[str, int]) -> str:
    mentions = inside["mentions"]
    if inside["trouble"] >= THIRD * mentions or inside["negative"] > mentions / 2:
        return "incident"
    return "launch" if inside["launch"] >= THIRD * mentions else "burst"


def _moves(row: Row) -> Moves | None:
    """What a row's post says of its brand; None: nothing of moves at all."""
    post = Post(row.channel_kind, row.native_id, row.text, title=row.title)
    said = moves(post, tuple(_matches(row)), row.language)
    return said if said.told else None


def _matches(row: Row) -> Iterator[Match]:
    """Where the brand is named, without its endings: in Turkish they say which way one goes."""
    for surface in row.surfaces:
        bare = _bare(surface, row.terms)
        for text, in_title in ((row.title or "", True), (row.text, False)):
            start = text.find(surface)
            while start >= 0:
                yield Match(
                    brand=row.brand, term="", surface=bare, start=start, end=start + len(bare),
                    edits=0, kind="exact", confidence=row.confidence, tier=row.tier,
                    in_title=in_title,
                )  # fmt: skip
                start = text.find(surface, start + len(surface))


def _bare(surface: str, terms: Iterable[str]) -> str:
    ends = [len(term) for term in terms if surface.casefold().startswith(term.casefold()) and term]
    return surface[: max(ends)] if ends else surface


def _pairs(brands: Mapping[str, tuple[str, Sentiment]]) -> Iterator[tuple[str, str]]:
    """From which brand to which: as it is said of both, or of one while the feeling fits the other.

    "Left Corvane, and Northwind is a joy" says of Corvane alone that it was left.
    """
    left = {brand for brand, (way, _) in brands.items() if way == "left"}
    joined = {brand for brand, (way, _) in brands.items() if way == "joined"}
    rest = {brand: feels for brand, (way, feels) in brands.items() if not way}
    if not joined:
        joined = {brand for brand, feels in rest.items() if feels is Sentiment.POSITIVE}
    elif not left:
        left = {brand for brand, feels in rest.items() if feels is Sentiment.NEGATIVE}
    yield from ((one, other) for one in sorted(left) for other in sorted(joined))


def _grouped(signals: Iterable[Signal]) -> Iterator[list[Signal]]:
    group: list[Signal] = []
    for signal in signals:
        if group and signal.at - group[-1].at > JOINED_FOR:
            yield group
            group = []
        group.append(signal)
    if group:
        yield group


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += _HOUR
