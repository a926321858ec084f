"""What a world may lack, or have late, since its sources failed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from earwitness.schedule import MOST_BACKOFF_FOR
from earwitness.signals.viral import AGES
from tests.simulation.press import AGAIN, EVER, Item
from tests.simulation.world import MOST_SKEW, World

TICKS_FOR = timedelta(minutes=15)  # of the afternoon


def backoffs_for(world: World, sources: Collection[str], until: datetime) -> timedelta:
    """How long channels waited at most for these sources, each time that one failed."""
    failed = sum(source in sources and at < until for source, at in world.sources.failures)
    skew = 2 * MOST_SKEW if world.is_skewed else timedelta(0)
    return failed * (MOST_BACKOFF_FOR + TICKS_FOR + skew)


def keeps(world: World, one: Item, minute: int = EVER) -> bool:
    """Whether a post is rightly kept at a minute: it is there, or its source could not say."""
    if one.erased is not None or one.stays(minute):
        return one.stays(minute)
    was_kept = world.observed.kept.issuperset(one.mention_ids)
    return was_kept and _failed(world, {AGAIN}) and one.id not in world.sources.told_gone


def could_not_be_seen(world: World, members: Collection[Item]) -> bool:
    """Whether these are on the front page, and no reading of them came about that could tell."""
    needed = {AGAIN, *(one.source for one in members)}
    if not all(one.front for one in members) or not _failed(world, needed):
        return False
    return not any(world.store.readings({one.post_id: AGES for one in members}).values())


def _failed(world: World, sources: Collection[str]) -> bool:
    return any(source in sources for source, _ in world.sources.failures)
