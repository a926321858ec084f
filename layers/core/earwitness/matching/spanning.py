"""Names of several tokens: in pieces that are not the name's, spelt out, with a word altered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

import numpy as np

from earwitness.matching import folding
from earwitness.matching.hashing import joined
from earwitness.matching.index import Entry, Index, Part, Reading, Verdict
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, is_dictionary_word, is_distinctive, zipf
from earwitness.matching.sighting import Sighting, apart, met, place
from earwitness.matching.slips import slip

Parts = Mapping[int, tuple[Part, ...]]  # by token
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


def _fits(stream: folding.Stream, at: int, verdict: Verdict, parts: Parts) -> bool:
    """Whether a form of a word of a longer name has a neighbour there that may belong to it."""
    return (
        at + 1 in parts
        or at - 1 in parts
        or (bool(verdict.before) and at > 0 and stream.token(at - 1) in verdict.before)
        or (bool(verdict.after) and at + 1 < len(stream) and stream.token(at + 1) in verdict.after)
    )


def _altered(stream: folding.Stream, at: int, parts: Parts, index: Index) -> Iterator[Sighting]:
    """Longer names in which this word is inflected or has a slip, and its neighbours fit."""
    beside = index.beside
    after = _meant(stream, at + 1, parts)
    before = _meant(stream, at - 1, parts)
    candidates = [
        (entry, at - position)
        for part in parts[at]
        for other in after
        for entry, position in beside.get((part.word, other), ())
    ] + [
        (entry, at - 1 - position)
        for part in parts[at]
        for other in before
        for entry, position in beside.get((other, part.word), ())
    ]
    for entry, first in dict.fromkeys(candidates):
        if first >= 0:
            yield from _spanning_forms(stream, first, parts, index, entry)


def _meant(stream: folding.Stream, at: int, parts: Parts) -> list[str]:
    """The words of longer names that a token may stand for, besides whatever it is itself."""
    if not 0 <= at < len(stream):
        return []
    return [stream.token(at), *(part.word for part in parts.get(at, ()))]


def _form(stream: folding.Stream, first: int, n: int, entry: Entry, parts: Parts) -> Part | None:
    """How the n-th token from the first stands for the name's n-th word; None: it does not."""
    word, token = entry.words[n], stream.token(first + n)
    if token == word:
        return Part(word, 0, 0, len(token))
    for part in parts.get(first + n, ()):
        if part.word == word and _is_met(stream, first + n, n, part, entry):
            return part
    return None


def _is_met(stream: folding.Stream, at: int, n: int, part: Part, entry: Entry) -> bool:
    """Whether a form has what it needs: an article opens a name, an ending with ' closes it."""
    if part.needs == "distinctive neighbour":
        return any(is_distinctive(entry.words[:n] + entry.words[n + 1 :]))
    if part.needs and n != (0 if part.needs == "apostrophe before" else len(entry.words) - 1):
        return False
    return met(part.needs, stream.text, *stream.span(at, part.begin, part.end))


def _spanning_forms(
    stream: folding.Stream, first: int, altered: Parts, index: Index, number: int
) -> Iterator[Sighting]:
    entry = index.entries[number]
    count = len(entry.words)
    if first + count > len(stream):
        return
    forms = [form for n in range(count) if (form := _form(stream, first, n, entry, altered))]
    if len(forms) < count:
        return
    written = [stream.token(first + n)[f.begin : f.end] for n, f in enumerate(forms)]
    wrong = [n for n, form in enumerate(forms) if form.edits]
    if len(wrong) > 2 or (wrong and not entry.fuzzy):
        return
    if wrong:
        kind, score = slip(entry.words[wrong[0]], written[wrong[0]], 1), (0.9, 0.75)[len(wrong) - 1]
    elif tuple(written) == entry.words and forms[-1].needs != "apostrophe after":
        kind, score = Kind.EXACT, 0.98  # but for an article
    else:
        kind, score = Kind.INFLECTION, 0.97
    start, _ = stream.span(first, forms[0].begin, forms[0].end)
    _, end = stream.span(first + count - 1, forms[-1].begin, forms[-1].end)
    gap = any(_gap(stream, n, entry.signs) for n in range(first, first + count - 1))
    rule = Rule.APART if gap else Rule.FOUND
    reading = Reading(number, 0, 0, len(wrong), kind, score, "".join(written), rule=rule)
    yield place(reading, entry, stream.text, start, end)


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
