"""The stories that reached most people, in flat memory: for digests and reports."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

First = TypeVar("First")


MOST_PLACES = 10_000  # of a story, each counted once; what comes from others is added as it is


@dataclass(slots=True)
class Story(Generic[First]):
    """The posts that say the same, and how many people they reached."""

    first: First
    posts: int = 0
    audience: int = 0
    _places: dict[Hashable, int] = field(default_factory=dict)

    def reached(self, where: Hashable, audience: int) -> None:
        """Count the largest audience of a place: who repeats it there reaches the same people."""
        self.posts += 1
        before = self._places.get(where, 0)
        if audience > before:
            self.audience += audience - before
            if before or len(self._places) < MOST_PLACES:
                self._places[where] = audience


class Stories(Generic[First]):
    """Stories by their key; up to ``most`` at once are exact.

    Above that the lesser half is forgotten whenever there is no room, and what comes back begins
    anew: a story that reaches many is kept, whose growth is spread thin may lack posts.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._held: dict[str, Story[First]] = {}

    def add(self, key: str, first: First, audience: int, where: Hashable) -> None:
        """Count a post of a story; ``first`` is kept of the first one that comes.

        ``where``: its place and day, whose largest audience counts once.
        """
        story = self._held.get(key) or self._held.setdefault(key, Story(first))
        story.reached(where, audience)
        if len(self._held) > self._most:
            kept = heapq.nlargest(
                self._most // 2, self._held.items(), key=lambda one: one[1].audience
            )
            self._held = dict(kept)

    def top(self, most: int) -> list[Story[First]]:
        """Those that reached most people, then those said most often."""
        held = self._held.values()
        return heapq.nsmallest(most, held, key=lambda one: (-one.audience, -one.posts))
