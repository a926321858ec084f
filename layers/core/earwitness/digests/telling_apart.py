"""Which posts of a period are one story: by the ids of stories that alerts go by."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from earwitness.digests.counting import Story
from earwitness.model import Mention

if TYPE_CHECKING:
    from earwitness.stories import KnownStory

MOST_COMPARED = 2_000  # texts with most reach; the rest are stories by their words alone

Known = Callable[[Collection[str]], "Mapping[str, KnownStory]"]


def as_stories(told: Iterable[Story], known: Known) -> list[Story]:
    """Join texts that are copies of one, as assess does: with the first, the earliest.

    Args:
        told: what says the same word for word.
        known: the stories that stand under some keys.
    """
    from earwitness import stories  # noqa: PLC0415 - loads rapidfuzz: only for a digest that is due

    compared = heapq.nlargest(MOST_COMPARED, told, key=lambda one: (one.audience, one.posts))
    compared.sort(key=lambda one: _order(one.first))
    marks = [stories.signature(one.first.post) for one in compared]
    keys = [stories.keys(mark) for mark in marks]
    seen: dict[str, KnownStory] = dict(known({key for some in keys for key in some}))
    joined: dict[str, Story] = {}
    for one, mark, some in zip(compared, marks, keys, strict=True):
        at = one.first.post.published_at or one.first.post.fetched_at
        if at is None:
            continue
        candidates = {seen[key].story_id: seen[key] for key in some if key in seen}
        decision = stories.assign(one.first.post, candidates.values(), at)
        if decision.relation is not stories.Relation.COPY:
            story = stories.KnownStory(decision.story_id, mark, at)
            seen = dict.fromkeys(some, story) | seen
        joined[decision.story_id] = _with(joined.get(decision.story_id), one)
    return list(joined.values())


def _with(held: Story | None, more: Story) -> Story:
    if held is None:
        return more
    return Story(held.first, held.posts + more.posts, held.audience + more.audience)


def _order(mention: Mention) -> tuple[float, str]:
    at = mention.post.published_at or mention.post.fetched_at
    return (at.timestamp() if at else 0.0, mention.mention_id)
