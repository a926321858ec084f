"""Why something was found, and why what is near was not."""

from __future__ import annotations

from dataclasses import dataclass

from earwitness.matching.finding import sightings_by_post
from earwitness.matching.index import Index
from earwitness.matching.kinds import Rule
from earwitness.matching.resolution import resolve
from earwitness.model import Match, Post


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A place that looks like a term and was refused, with the rule that refused it."""

    brand: str
    term: str
    surface: str
    start: int
    end: int
    edits: int
    kind: str
    rule: Rule
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """The matches of a post, each found by its kind, and the near misses with their rules."""

    matches: tuple[Match, ...]
    near_misses: tuple[NearMiss, ...]


def explain(post: Post, index: Index) -> Explanation:
    """What ``find`` returns for the post, and what it refused."""
    placed = sightings_by_post([post], index, rejected=True).get(0, [])
    matches, refused = resolve(post, placed, index)
    misses = []
    for field, s, rule in refused:
        entry = index.entries[s.entry]
        text = (post.title or "") if field.in_title else post.text
        start, end = s.start - field.offset, s.end - field.offset
        misses.append(
            NearMiss(
                entry.brand, entry.term.text, text[start:end], start, end, s.edits,
                s.kind.value, rule, field.in_title,
            )
        )  # fmt: skip
    misses.sort(key=lambda miss: (not miss.in_title, miss.start, miss.end))
    return Explanation(matches, tuple(misses))
