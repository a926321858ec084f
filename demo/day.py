"""The scripted day: what is posted when and where, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

SCRIPT = Path(__file__).with_name("script.yaml")
_FULL_DAY = timedelta(days=1)
_FIRST_NUMBER = 48_000_001  # Hacker News numbers its items; the feed uses the same numbers


@dataclass(frozen=True, slots=True)
class Item:
    """One scripted post and what is expected of it.

    ``brands`` empty: a near miss, in which no brand may be found. ``story`` names the story that
    must alert; None: nobody may be alerted.
    """

    number: int
    at: timedelta  # since midnight of the day
    channel: str  # its name in the watchlist
    author: str
    title: str
    text: str
    brands: tuple[str, ...]
    story: str | None
    note: str

    @property
    def source_id(self) -> str:
        """The id by which its channel offers it."""
        return str(self.number)

    @property
    def clock(self) -> str:
        """Its hour of the day, as 08:40."""
        return clock(self.at)


@dataclass(frozen=True, slots=True)
class Day:
    """The items in order, and how many alerts each story may have: ``one`` or ``some``."""

    items: tuple[Item, ...]
    stories: Mapping[str, str]

    def of(self, channel: str) -> tuple[Item, ...]:
        """The items of one channel."""
        return tuple(item for item in self.items if item.channel == channel)

    def item(self, source_id: str) -> Item | None:
        """The item of that id, or None: nobody scripted it."""
        return next((item for item in self.items if item.source_id == source_id), None)


@dataclass(frozen=True, slots=True)
class Pace:
    """A day of 24 hours in ``lasts_for``. Posts bear the true time at which they appear."""

    starts_at: datetime
    lasts_for: timedelta

    def appears_at(self, item: Item) -> datetime:
        """When the item can be read, in whole seconds as both protocols count."""
        at = self.starts_at + self.lasts_for * (item.at / _FULL_DAY)
        return at.replace(microsecond=0) + timedelta(seconds=1)

    def hour(self, now: datetime) -> timedelta:
        """How far the day is, from nothing to 24 hours."""
        return min(
            _FULL_DAY, max(timedelta(0), _FULL_DAY * ((now - self.starts_at) / self.lasts_for))
        )

    def is_over(self, now: datetime) -> bool:
        """Whether everything has appeared."""
        return now >= self.starts_at + self.lasts_for + timedelta(seconds=1)

    def appeared(self, items: Iterable[Item], now: datetime) -> list[Item]:
        """What can be read by now, oldest first."""
        return [item for item in items if self.appears_at(item) <= now]


def clock(at: timedelta) -> str:
    """A time of the day, as 08:40."""
    minutes = int(at.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def now() -> datetime:
    """The true time, aware, in UTC."""
    return datetime.now(UTC)


def load(script: Path = SCRIPT) -> Day:
    """Read the script.

    Raises ValueError naming the item that is malformed, out of order or of an unknown story.
    """
    raw = yaml.safe_load(script.read_text("utf-8"))
    items = tuple(_item(index, entry) for index, entry in enumerate(raw["items"]))
    stories: dict[str, str] = raw["stories"]
    for earlier, later in pairwise(items):
        if later.at < earlier.at:
            raise ValueError(f"{script.name}: {later.clock} comes after {earlier.clock}")
    told = {item.story for item in items if item.story}
    if told != set(stories):
        raise ValueError(f"{script.name}: stories differ: {sorted(told ^ set(stories))}")
    return Day(items, stories)


def _item(index: int, raw: dict[str, Any]) -> Item:
    try:
        hour, minute = raw["at"].split(":")
        return Item(
            number=_FIRST_NUMBER + index,
            at=timedelta(hours=int(hour), minutes=int(minute)),
            channel=raw["channel"],
            author=raw["author"],
            title=raw.get("title", ""),
            text=raw.get("text", ""),
            brands=tuple(raw["brands"]),
            story=raw.get("alert"),
            note=raw.get("note", ""),
        )
    except (KeyError, ValueError, AttributeError) as wrong:
        what = f"item {index + 1} ({raw.get('title') or raw.get('text')})"
        raise ValueError(f"{SCRIPT.name}: {what} is malformed: {wrong!r}") from wrong
