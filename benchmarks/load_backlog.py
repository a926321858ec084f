"""How a backlog is worked off: ``python -m benchmarks.load_backlog``.

For six hours nothing was polled; then all of it comes at once, and more that is older than a day.
The code of assess and notify works it off, a tick a minute on a simulated clock and a table in
memory, while one urgent post of this very minute is kept behind all of it. What is taken up and
told in which minute is printed.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from earwitness.model import Intent, Mention
from earwitness.store.index_keys import ASSESS
from tests.simulation.newsroom import STORIES, Newsroom

BACKLOG = 5_000
OUTAGE_FOR = timedelta(hours=6)
OLD_FOR = timedelta(hours=30)
KINDS = (Intent.SAFETY, Intent.COMPLAINT, Intent.PRAISE)
SHARES = (0.4, 9.6, 90)  # percent: too few criticals in an hour to be an incident
OLD_SHARE = 0.2
PRIORITIES = ("critical", "high", "normal")
MOST_MINUTES = 30


@dataclass(frozen=True)
class Minute:
    """One tick: what it took up, by priority, and which alerts went out."""

    taken_up: Counter[str]
    alerts: int
    seconds: float  # of one core


@dataclass(frozen=True)
class Drained:
    """What became of a backlog. ``ahead`` are alerts that went out before the urgent one."""

    minutes: list[Minute]
    urgent_after: timedelta
    ahead: int
    old_said: int


def drain(backlog: int = BACKLOG, seed: int = 1) -> Drained:
    """Let a backlog arrive, then an urgent post, and work all of it off."""
    room, chance = Newsroom(), random.Random(seed)
    old = {
        arrived.mention_id
        for number in range(backlog)
        if (arrived := _late(room, chance, number)) and _is_old(room, arrived)
    }
    urgent = room.arrive(Intent.SAFETY, STORIES[0], "now")
    minutes: list[Minute] = []
    before = _flagged(room)
    while before.total() and len(minutes) < MOST_MINUTES:
        start = time.process_time()
        said = len(room.tick())
        after = _flagged(room)
        minutes.append(Minute(before - after, said, time.process_time() - start))
        before = after
    told = [one for one in room.said if one.alert.mention is not None]
    ids = [one.alert.mention.mention_id for one in told if one.alert.mention is not None]
    first = ids.index(urgent.mention_id)
    at = urgent.post.published_at or room.now
    return Drained(minutes, told[first].at - at, first, len(old.intersection(ids)))


def _late(room: Newsroom, chance: random.Random, number: int) -> Mention:
    is_old = chance.random() < OLD_SHARE
    age_for = OLD_FOR if is_old else OUTAGE_FOR * chance.random()
    (kind,) = chance.choices(KINDS, SHARES)
    words = " ".join(chance.choice(_WORDS) + str(chance.randrange(10_000)) for _ in range(8))
    arrived: Mention = room.arrive(kind, words, f"author{number}", published_at=room.now - age_for)
    return arrived


_WORDS = tuple(sorted({word for story in STORIES for word in story.split()}))


def _is_old(room: Newsroom, mention: Mention) -> bool:
    at = mention.post.published_at
    return at is not None and room.now - at >= OLD_FOR


def _flagged(room: Newsroom) -> Counter[str]:
    """Mentions that are owed a look, by priority."""
    return Counter(
        PRIORITIES[int(str(item["g3sk"])[0])]
        for item in room.table.items.values()
        if str(item.get("g3pk", "")).startswith(ASSESS)
    )


def main() -> None:
    """Print in which order and in which time it is worked off."""
    drained = drain()
    print(f"{BACKLOG:,} mentions of {OUTAGE_FOR} and before at once, then an urgent one of now:\n")
    print(
        "  tick | " + " | ".join(f"{name:>8}" for name in PRIORITIES) + " | alerts | core seconds"
    )
    for number, minute in enumerate(drained.minutes, 1):
        counts = " | ".join(f"{minute.taken_up[name]:8,}" for name in PRIORITIES)
        print(f"{number:6} | {counts} | {minute.alerts:6} | {minute.seconds:12.1f}")
    print(f"\nthe urgent post of now was told after {drained.urgent_after}, "
          f"behind {drained.ahead} other alerts of the same backlog")  # fmt: skip
    print(f"alerts about posts older than a day: {drained.old_said}")


if __name__ == "__main__":
    main()
