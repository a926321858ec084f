"""Which posts of a period are one story: by the ids of stories that alerts go by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from earwitness.model import Mention
from earwitness.top_stories import Story

if TYPE_CHECKING:
    from earwitness.stories import KnownStory

MOST_COMPARED = 2_000  # texts with most reach; the rest are stories by their words alone

Known = Callable[[Collection[str]], "Mapping[str, KnownStory]"]


def as_stories(told: Iterable[Story[Mention]], known: Known) -> list[Story[Mention]]:
    """Join texts that are copies of one, as assess does: with the first, the earliest.

    Args:
        told: what says the same word for word.
        known: the stories that stand under some keys.
    """
    from earwitness import stories  # noqa: PLC0415 - loads rapidfuzz: only for a digest that is due

    compared = sorted(told, key=lambda one: _order(one.first))
    marks = [stories.signature(one.first.post) for one in compared]
    keys = [stories.keys(mark) for mark in marks]
    seen: dict[str, KnownStory] = dict(known({key for some in keys for key in some}))
    joined: dict[str, Story[Mention]] = {}
    for one, mark, some in zip(compared, marks, keys, strict=True):
        at = one.first.post.published_at or one.first.post.fetched_at
        if at is None:
            continue
        candidates = {seen[key].story_id: seen[key] for key in some if key in seen}
        decision = stories.assign(one.first.post, candidates.values(), at)
        if decision.relation is not stories.Relation.COPY:
            story = stories.KnownStory(decision.story_id, mark, at)
            for key in some:
                seen.setdefault(key, story)
        joined[decision.story_id] = _with(joined.get(decision.story_id), one)
    return list(joined.values())


def _with(held: Story[Mention] | None, more: Story[Mention]) -> Story[Mention]:
    if held is None:
        return more
    return Story(held.first, held.posts + more.posts, held.audience + more.audience)


def _order(mention: Mention) -> tuple[float, str]:
    at = mention.post.published_at or mention.post.fetched_at
    return (at.timestamp() if at else 0.0, mention.mention_id)
