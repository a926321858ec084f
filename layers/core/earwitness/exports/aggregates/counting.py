"""The figures of a stretch of time: rows go through once, whatever their number.

Memory: eight bytes for each distinct story and hour, eight for each author, sixteen for each place
and day, and counters whose number is that of brands, channels and hours. Ten million mentions, each
a story and an author of its own, stay below 512 MB.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from earwitness.exports.aggregates.heat import quarter_of
from earwitness.exports.aggregates.keys import Keys, Largest, joined, key_of, tallied
from earwitness.exports.aggregates.shares import GROUPS, Share, shares
from earwitness.exports.rows import Row
from earwitness.model import Sentiment, Tier
from earwitness.top_stories import Stories, Story

Held = TypeVar("Held")
_STORIES = 2_000  # of a brand, whole rows of which are held to show the first of them

_SLICE = 60  # of a hash's 64 bits: the first four tell apart what is held together


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said about a brand in a stretch of time. Doubtful matches never count.

    mentions   posts about the brand, copies counted each
    stories    distinct ``story_id``: copies, shares and syndication are one
    authors    distinct authors, each by the kind of channel; ``unsigned`` mentions have none
    reach      people: the largest audience of each place and day (UTC), added up. A place is an
               article's site or a remark's author, so a site that writes ten times a day counts
               once. An upper bound, since people read several places.
    places     distinct places and days
    told       the share of mentions, 0 to 1, whose source tells any audience: what is not told
               counts nothing in ``reach``. None where nothing was said.
    sentiment  mentions by what their authors feel
    channels   mentions by channel
    hours      mentions by hour (its start, UTC), without hours of none
    """

    brand: str
    mentions: int
    stories: int
    authors: int
    unsigned: int
    reach: int
    places: int
    told: float | None
    sentiment: Mapping[Sentiment, int]
    channels: Mapping[str, int]
    hours: Mapping[datetime, int]


class StoryHours:
    """Distinct stories by brand and hour; those outside a stretch of time are passed over."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        self._stories: dict[tuple[str, int], Keys] = defaultdict(Keys)

    def add(self, row: Row) -> None:
        """Count a row, if it is of this stretch and its match is not doubtful."""
        if self.since <= row.posted_at < self.until and row.tier is not Tier.DOUBTFUL:
            self._stories[row.brand, quarter_of(row.posted_at) // 4].add(key_of(row.story_id))

    def story_hours(self, brand: str) -> dict[datetime, int]:
        """Distinct stories of a brand in each hour (its start, UTC), without hours of none."""
        return {
            _start(hour): keys.all().size
            for (name, hour), keys in sorted(self._stories.items())
            if name == brand
        }


class Counting(StoryHours):
    """Counts the rows of one stretch of time; those of others are passed over."""

    def __init__(self, since: datetime, until: datetime) -> None:
        super().__init__(since, until)
        self._volume: Counter[tuple[str, str, int]] = Counter()  # brand, channel, hour
        self._quarters: Counter[tuple[str, int]] = Counter()
        self._sentiment: Counter[tuple[str, Sentiment]] = Counter()
        self._unsigned: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._authors: dict[tuple[str, int], Keys] = defaultdict(Keys)  # brand, slice
        self._reach: dict[tuple[str, int], Largest] = defaultdict(Largest)  # brand, day
        self._clusters: dict[str, list[int]] = defaultdict(lambda: [0] * GROUPS)
        self._top: dict[str, Stories[Row]] = defaultdict(lambda: Stories(_STORIES))

    def add(self, row: Row) -> None:
        """Count a row, if it is of this stretch and its match is not doubtful."""
        at, brand = row.posted_at, row.brand
        if not self.since <= at < self.until or row.tier is Tier.DOUBTFUL:
            return
        quarter = quarter_of(at)
        hour = quarter // 4
        self._volume[brand, row.channel, hour] += 1
        self._quarters[brand, quarter] += 1
        self._sentiment[brand, row.sentiment] += 1
        story = key_of(row.story_id)
        self._stories[brand, hour].add(story)
        self._clusters[brand][story % GROUPS] += 1
        self._add_author(row)
        place = key_of(row.place)
        self._reach[brand, hour // 24].add(place, row.audience)
        self._told[brand] += row.views is not None or row.followers is not None or row.audience > 0
        self._top[brand].add(row.story_id, row, row.audience, (place, hour // 24))

    def _add_author(self, row: Row) -> None:
        name = row.author or row.author_name
        if name is None:
            self._unsigned[row.brand] += 1
        else:
            key = key_of(row.channel_kind, name.casefold())
            self._authors[row.brand, key >> _SLICE].add(key)

    def figures(self, brand: str) -> Figures:
        """The figures of a brand; of one that nobody spoke of they are zero."""
        channels: Counter[str] = Counter()
        hours: Counter[datetime] = Counter()
        for (name, channel, hour), number in self._volume.items():
            if name == brand:
                channels[channel] += number
                hours[_start(hour)] += number
        mentions = sum(channels.values())
        reached = [largest.all() for largest in _of(brand, self._reach)]
        return Figures(
            brand=brand,
            mentions=mentions,
            stories=sum(part.size for part in joined(_of(brand, self._stories))),
            authors=sum(keys.all().size for keys in _of(brand, self._authors)),
            unsigned=self._unsigned[brand],
            reach=sum(int(values.sum()) for _, values in reached),
            places=sum(keys.size for keys, _ in reached),
            told=self._told[brand] / mentions if mentions else None,
            sentiment={one: self._sentiment[brand, one] for one in Sentiment},
            channels=dict(channels.most_common()),
            hours=dict(sorted(hours.items())),
        )

    def volume(self) -> dict[tuple[str, str, datetime], int]:
        """Mentions by brand, channel and hour (its start, UTC), without those of none."""
        return {(b, channel, _start(hour)): n for (b, channel, hour), n in self._volume.items()}

    def quarters(self, brand: str) -> dict[int, int]:
        """A brand's mentions by quarter of an hour (see ``quarter_of``), for ``heat_map``."""
        return {quarter: n for (name, quarter), n in self._quarters.items() if name == brand}

    def top_stories(self, brand: str, most: int) -> list[Story[Row]]:
        """The stories about a brand that reached most people, a place once a day."""
        return self._top[brand].top(most) if brand in self._top else []

    def shares_of_mentions(self, brands: Iterable[str]) -> tuple[Share, ...]:
        """Each brand's part of all mentions of these brands; what is drawn again are stories."""
        return shares({b: np.array(self._clusters[b], dtype=np.float64) for b in brands})

    def shares_of_stories(self, brands: Iterable[str]) -> tuple[Share, ...]:
        """Each brand's part of their distinct stories; a story about two counts for both."""
        held = {
            b: (tallied(part, GROUPS) for part in joined(_of(b, self._stories))) for b in brands
        }
        return shares({brand: _sum(parts) for brand, parts in held.items()})

    def shares_of_reach(self, brands: Iterable[str]) -> tuple[Share, ...]:
        """Each brand's part of the people reached; what is drawn again are places."""
        held = {
            b: (
                tallied(keys, GROUPS, values)
                for keys, values in map(Largest.all, _of(b, self._reach))
            )
            for b in brands
        }
        return shares({brand: _sum(parts) for brand, parts in held.items()})


def _of(brand: str, held: Mapping[tuple[str, int], Held]) -> list[Held]:
    return [one for (name, _), one in held.items() if name == brand]


def _sum(parts: Iterator[NDArray[np.float64]]) -> NDArray[np.float64]:
    return sum(parts, start=np.zeros(GROUPS))


def _start(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)
