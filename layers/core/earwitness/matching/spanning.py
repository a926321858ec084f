"""Names of several tokens: in pieces that are not the name's, spelt out, with a word altered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

import numpy as np

from earwitness.matching import folding
from earwitness.matching.hashing import joined
from earwitness.matching.index import Index, Reading, Verdict
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, is_dictionary_word, zipf
from earwitness.matching.sighting import Sighting, apart, place
from earwitness.matching.slips import slip

Parts = tuple[tuple[str, int], ...]
_LONGEST_SPELLING = 40  # letters of a s p a c e d name


def spanning(
    stream: folding.Stream, verdicts: Sequence[tuple[int, Verdict]], index: Index
) -> Iterator[Sighting]:
    """Sightings that take more than one token; ``verdicts`` are by token, with its number."""
    altered = [(at, verdict) for at, verdict in verdicts if verdict.parts]
    parts = {at: verdict.parts for at, verdict in altered}
    for at, verdict in altered:
        if _fits(stream, at, verdict, parts):
            yield from _altered(stream, at, parts, index)
    for at in _joining(stream, index):
        yield from _longer(stream, at, index)
    for at in _single_letters(stream):
        yield from _spelt_out(stream, at, index)


def _joining(stream: folding.Stream, index: Index) -> list[int]:
    """Where two neighbouring tokens make a name, or the beginning of one, perhaps."""
    if len(stream) < 2:
        return []
    lengths = stream.ends[:-1] - stream.starts[:-1]
    pairs = joined(stream.hashes[:-1], lengths, stream.hashes[1:])
    found: list[int] = index.joins.holding(pairs).tolist()
    return found


def _longer(stream: folding.Stream, at: int, index: Index) -> Iterator[Sighting]:
    """Names that begin with this token and go on in the next ones."""
    pair = stream.token(at) + stream.token(at + 1)
    for entry in index.names.get(pair, ()):
        yield from _spanning(stream, at, 2, index, entry)
    for entry in index.beginnings.get(pair, ()):
        key = index.entries[entry].key
        so_far, count = pair, 2
        while so_far != key and key.startswith(so_far) and at + count < len(stream):
            so_far += stream.token(at + count)
            count += 1
        if so_far == key:
            yield from _spanning(stream, at, count, index, entry)


def _single_letters(stream: folding.Stream) -> list[int]:
    """Where a row of at least four single letters begins."""
    if np.count_nonzero(stream.ends - stream.starts == 1) < 4:
        return []
    single = np.zeros(len(stream) + 1, np.bool_)
    single[1:] = stream.ends - stream.starts == 1
    begins = single[1:] & ~single[:-1]
    begins[-3:] = False
    for ahead in (1, 2, 3):
        begins[:-3] &= single[1 + ahead :][: len(begins) - 3]
    found: list[int] = np.flatnonzero(begins).tolist()
    return found


def _spelt_out(stream: folding.Stream, at: int, index: Index) -> Iterator[Sighting]:
    """Read n e t f l i x: single letters in a row."""
    row = stream.row(at, _LONGEST_SPELLING)
    letters = "".join(takewhile(lambda token: len(token) == 1, row))
    for begin in range(len(letters) - 3):
        for end in range(len(letters), begin + 3, -1):
            for entry in index.names.get(letters[begin:end], ()):
                yield from _spanning(stream, at + begin, end - begin, index, entry)
                return


def _fits(stream: folding.Stream, at: int, verdict: Verdict, parts: Mapping[int, Parts]) -> bool:
    """Whether a form of a word of a longer name has a neighbour there that may belong to it."""
    return (
        at + 1 in parts
        or at - 1 in parts
        or (at + 1 < len(stream) and stream.token(at + 1) in verdict.after)
        or (at > 0 and stream.token(at - 1) in verdict.before)
    )


def _altered(
    stream: folding.Stream, at: int, parts: Mapping[int, Parts], index: Index
) -> Iterator[Sighting]:
    """Longer names in which this word is inflected or has a slip, and its neighbours fit."""
    beside = index.beside
    after = _forms(stream, at + 1, parts, index)
    before = _forms(stream, at - 1, parts, index)
    candidates = [
        (entry, at - position)
        for word, _ in parts[at]
        for other in after
        for entry, position in beside.get((word, other), ())
    ] + [
        (entry, at - 1 - position)
        for word, _ in parts[at]
        for other in before
        for entry, position in beside.get((other, word), ())
    ]
    for entry, first in dict.fromkeys(candidates):
        if first >= 0:
            yield from _spanning_forms(stream, first, parts, index, entry)


def _forms(
    stream: folding.Stream, at: int, parts: Mapping[int, Parts], index: Index
) -> dict[str, int]:
    """The words of longer names that a token may stand for, with edits."""
    if not 0 <= at < len(stream):
        return {}
    token = stream.token(at)
    if at in parts:
        return {**dict(parts[at]), token: 0}
    return {token: 0} if token in index.words else {}


def _spanning_forms(
    stream: folding.Stream, first: int, altered: Mapping[int, Parts], index: Index, number: int
) -> Iterator[Sighting]:
    words = index.entries[number].words
    parts = stream.row(first, len(words))
    if len(parts) < len(words):
        return
    edits = [_forms(stream, first + n, altered, index).get(word, 9) for n, word in enumerate(words)]
    if max(edits) > 1 or sum(edits) > 2 or (any(edits) and not index.entries[number].fuzzy):
        return
    wrong = [n for n, count in enumerate(edits) if count]
    kind = slip(words[wrong[0]], parts[wrong[0]], 1) if wrong else Kind.INFLECTION
    start, end = stream.reach(first, len(words))
    apart_somewhere = any(
        _gap(stream, n, index.entries[number].signs) for n in range(first, first + len(words) - 1)
    )
    rule = Rule.APART if apart_somewhere else Rule.FOUND
    score = 0.97 if not wrong else 0.9 if len(wrong) == 1 else 0.75
    reading = Reading(number, 0, 0, sum(edits), kind, score, "".join(parts), rule=rule)
    yield place(reading, index.entries[number], stream.text, start, end)


def _spanning(
    stream: folding.Stream, at: int, count: int, index: Index, number: int
) -> Iterator[Sighting]:
    entry = index.entries[number]
    parts = stream.row(at, count)
    start, end = stream.reach(at, count)
    same = parts == entry.words
    rule, score = (Rule.FOUND, 0.99) if same else _split(entry.key, parts)
    if rule is Rule.COMMON_PARTS and _same_capitals(stream.text[start:end], entry.term.text):
        rule, score = Rule.FOUND, 0.75
    if any(_gap(stream, n, entry.signs) for n in range(at, at + count - 1)):
        rule = Rule.APART
    kind = Kind.EXACT if same else Kind.SPACING
    reading = Reading(number, 0, 0, 0, kind, score, entry.key, rule=rule)
    yield place(reading, entry, stream.text, start, end)


def _gap(stream: folding.Stream, at: int, signs: tuple[str, ...]) -> bool:
    """Whether token ``at`` and the next one stand apart; signs of the name itself do not count."""
    between = stream.text[stream.reach(at, 1)[1] : stream.reach(at + 1, 1)[0]]
    return apart(between, signs)


def _same_capitals(surface: str, name: str) -> bool:
    """Whether a name in pieces has all its capitals, at least two: IP Highway for IPHighway."""
    letters = [c for c in surface if c.isalnum()]
    return sum(map(str.isupper, letters)) > 1 and letters == [c for c in name if c.isalnum()]


@lru_cache(maxsize=4096)
def _split(key: str, parts: tuple[str, ...]) -> tuple[Rule, float]:
    """A name in pieces: not when the pieces are short or the most common of words."""
    if len(parts) > 2 or min(zipf(parts)) < COMMON:
        return Rule.FOUND, 0.9
    least = 7 if is_dictionary_word([key])[0] else 6
    if len(key) < least or min(map(len, parts)) < 3:
        return Rule.COMMON_PARTS, 0.0
    return Rule.FOUND, 0.8
