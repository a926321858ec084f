"""Which sightings of a post stand: context decides, exact beats slip, longest wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from earwitness.matching.calibration import SURE, graded
from earwitness.matching.context import Surroundings
from earwitness.matching.index import Entry, Index
from earwitness.matching.kinds import Rule
from earwitness.matching.sighting import Sighting
from earwitness.model import Match, Post


class Field(NamedTuple):
    """A text of a post, its title or its body, at an offset into the joined text of a batch."""

    in_title: bool
    offset: int


Placed = tuple[Field, Sighting]


def resolve(
    post: Post, placed: Sequence[Placed], index: Index
) -> tuple[tuple[Match, ...], list[tuple[Field, Sighting, Rule]]]:
    """The matches that stand, sorted by field and start, and the sightings that do not."""
    if len(placed) == 1 and placed[0][1].rule is Rule.FOUND:
        field, sighting = placed[0]
        entry = index.entries[sighting.entry]
        if not entry.term.require_any and not entry.term.exclude_any:
            return (_match(post, field, sighting, entry),), []
    surroundings: Surroundings | None = None
    refused: list[tuple[Field, Sighting, Rule]] = []
    standing: list[Placed] = []
    for field, sighting in placed:
        rule = sighting.rule
        entry = index.entries[sighting.entry]
        if rule is Rule.FOUND and (entry.term.require_any or entry.term.exclude_any):
            surroundings = surroundings or Surroundings(post)
            start, end = sighting.start - field.offset, sighting.end - field.offset
            rule = surroundings.rule(entry, start, end, in_title=field.in_title)
        if rule is Rule.FOUND:
            standing.append((field, sighting))
        else:
            refused.append((field, sighting, rule))
    kept: list[Placed] = []
    for candidate in sorted(standing, key=_rank):
        if any(_covers(other, candidate, index) for other in kept):
            refused.append((*candidate, Rule.OVERLAPPED))
        else:
            kept.append(candidate)
    kept = _vouched(kept, index)
    kept.sort(key=lambda c: (not c[0].in_title, c[1].start, c[1].end))
    return tuple(_match(post, field, s, index.entries[s.entry]) for field, s in kept), refused


def _vouched(kept: list[Placed], index: Index) -> list[Placed]:
    """A post that names a brand for certain halves the doubt in its other matches of the brand."""
    certain = {index.entries[s.entry].brand for _, s in kept if s.score >= SURE and not s.edits}
    return [
        (field, s._replace(score=1 - (1 - s.score) / 2))
        if s.score < SURE and index.entries[s.entry].brand in certain
        else (field, s)
        for field, s in kept
    ]


def _rank(candidate: Placed) -> tuple[bool, int, float]:
    _, s = candidate
    return s.edits > 0, s.start - s.end, -s.score


def _covers(kept: Placed, other: Placed, index: Index) -> bool:
    (field, a), (field_b, b) = kept, other
    if field.in_title != field_b.in_title or a.end <= b.start or b.end <= a.start:
        return False
    ours, theirs = index.entries[a.entry], index.entries[b.entry]
    if (a.start, a.end, a.kind) == (b.start, b.end, b.kind):
        return ours.brand == theirs.brand  # two brands may watch the same name
    return True


def _match(post: Post, field: Field, s: Sighting, entry: Entry) -> Match:
    text = (post.title or "") if field.in_title else post.text
    start, end = s.start - field.offset, s.end - field.offset
    sure, tier = graded(s.score)
    return Match(
        entry.brand, entry.term.text, text[start:end], start, end, s.edits, s.kind.value, sure,
        tier, field.in_title,
    )  # fmt: skip
