"""From posts to matches: read the batch, look at the tokens that are not boring, resolve."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from earwitness.matching import folding
from earwitness.matching.index import Index, Reading, Verdict
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, zipf
from earwitness.matching.reading import decide
from earwitness.matching.resolution import Field, resolve
from earwitness.matching.sighting import Sighting, apart, place
from earwitness.matching.slips import slip
from earwitness.model import Match, Post

Parts = tuple[tuple[str, int], ...]
_LONGEST_SPELLING = 40  # letters of a s p a c e d name


def find(posts: Sequence[Post], index: Index) -> list[tuple[Match, ...]]:
    """The matches of every brand in each post, in the posts' order.

    Offsets count code points of the title (``in_title``) or the text; matches are sorted by
    field, title first, and start. Time is linear in the total length. Never raises for any text.
    """
    matches: list[tuple[Match, ...]] = [()] * len(posts)
    for number, sightings in sightings_by_post(posts, index).items():
        matches[number] = resolve(posts[number], sightings, index)[0]
    return matches


def sightings_by_post(
    posts: Sequence[Post], index: Index, *, rejected: bool = False
) -> dict[int, list[tuple[Field, Sighting]]]:
    """Sightings of each post that has some, with offsets into its field."""
    texts: list[str] = []
    fields: list[Field] = []
    for number, post in enumerate(posts):
        if post.title:
            texts.append(post.title)
            fields.append(Field(number, in_title=True))
        texts.append(post.text)
        fields.append(Field(number, in_title=False))
    stream = folding.read(texts)
    found: dict[int, list[tuple[Field, Sighting]]] = defaultdict(list)
    starts: list[int] = []
    for sighting in _sightings(stream, index, rejected=rejected):
        if not starts:
            starts = _offsets(texts)
        at = bisect_right(starts, sighting.start) - 1
        found[fields[at].post].append((fields[at], _shifted(sighting, starts[at])))
    return found


def _offsets(texts: Sequence[str]) -> list[int]:
    offsets, total = [], 0
    for text in texts:
        offsets.append(total)
        total += len(text) + 1
    return offsets


def _shifted(s: Sighting, by: int) -> Sighting:
    return Sighting(s.entry, s.start - by, s.end - by, s.edits, s.kind, s.score, s.written, s.rule)


def _sightings(stream: folding.Stream, index: Index, *, rejected: bool) -> Iterator[Sighting]:
    tokens = stream.tokens
    verdicts = _verdicts(tokens, index, rejected=rejected)
    for at, verdict in verdicts:
        for reading in verdict.readings:
            start, end = stream.span(at, reading.begin, reading.end)
            yield place(reading, index.entries[reading.entry], stream.text, start, end)
        if verdict.opens:
            yield from _longer(stream, at, index)
        if verdict.parts:
            yield from _altered(stream, at, verdict.parts, index)
    for emoji, entries in index.emoji.items():
        start = stream.text.find(emoji)
        while start >= 0:
            for entry in entries:
                end = start + len(emoji)
                yield Sighting(entry, start, end, 0, Kind.EMOJI, 0.99, emoji)
            start = stream.text.find(emoji, start + len(emoji))


def _verdicts(tokens: list[str], index: Index, *, rejected: bool) -> list[tuple[int, Verdict]]:
    """The tokens that are not boring, each with its verdict; decides on new ones."""
    if rejected:
        distinct = list(dict.fromkeys(tokens))
        decided = dict(zip(distinct, decide(index, distinct, rejected=True), strict=True))
        return [(at, v) for at, token in enumerate(tokens) if (v := decided[token])]
    boring, known = index.boring, index.verdicts
    left = [(at, token) for at, token in enumerate(tokens) if token not in boring]
    new = list({token: None for _, token in left if token not in known})
    if new:
        fresh = dict(zip(new, decide(index, new), strict=True))
        known = known | {token: v for token, v in fresh.items() if v}
        for token, verdict in fresh.items():
            index.remember(token, verdict)
    return [(at, known[token]) for at, token in left if token in known]


def _longer(stream: folding.Stream, at: int, index: Index) -> Iterator[Sighting]:
    """Names that begin with this token and go on in the next ones."""
    tokens = stream.tokens
    if at + 1 >= len(tokens):
        return
    first, second = tokens[at], tokens[at + 1]
    for entry in index.names.get(first + second, ()):
        yield from _spanning(stream, at, 2, index, entry)
    for entry, position in index.beside.get((first, second), ()):
        words = index.entries[entry].words
        if not position and len(words) > 2 and tuple(tokens[at : at + len(words)]) == words:
            yield from _spanning(stream, at, len(words), index, entry)
    if len(first) == len(second) == 1:
        yield from _spelt_out(stream, at, index)


def _spelt_out(stream: folding.Stream, at: int, index: Index) -> Iterator[Sighting]:
    """Read n e t f l i x: single letters in a row."""
    tokens = stream.tokens
    if at and len(tokens[at - 1]) == 1 and not _gap(stream, at - 1):
        return
    stop = at
    while stop < len(tokens) and len(tokens[stop]) == 1 and stop - at < _LONGEST_SPELLING:
        stop += 1
    letters = "".join(tokens[at:stop])
    for end in range(len(letters), 3, -1):
        for entry in index.names.get(letters[:end], ()):
            yield from _spanning(stream, at, end, index, entry)
            return


def _gap(stream: folding.Stream, at: int) -> bool:
    """Whether token ``at`` and the next one stand apart."""
    end = stream.span(at, 0, len(stream.tokens[at]))[1]
    return apart(stream.text, end, stream.span(at + 1, 0, 1)[0])


def _spanning(
    stream: folding.Stream, at: int, count: int, index: Index, number: int
) -> Iterator[Sighting]:
    entry = index.entries[number]
    parts = tuple(stream.tokens[at : at + count])
    start = stream.span(at, 0, 1)[0]
    end = stream.span(at + count - 1, 0, len(parts[-1]))[1]
    same = parts == entry.words
    rule, score = (Rule.FOUND, 0.99) if same else _split(entry.key, parts)
    if any(_gap(stream, n) for n in range(at, at + count - 1)) and "." not in entry.term.text:
        rule = Rule.APART
    kind = Kind.EXACT if same else Kind.SPACING
    reading = Reading(number, 0, 0, 0, kind, score, entry.key, rule=rule)
    yield place(reading, entry, stream.text, start, end)


def _split(key: str, parts: tuple[str, ...]) -> tuple[Rule, float]:
    """A name in pieces: not when the pieces are short or the most common of words."""
    if len(parts) > 2 or not all(zipf(parts)):
        return Rule.FOUND, 0.9
    shortest = min(map(len, parts))
    if all(value >= COMMON for value in zipf(parts)) and (len(key) < 7 or shortest < 3):
        return Rule.COMMON_PARTS, 0.0
    return Rule.FOUND, 0.8 if shortest >= 3 else 0.5


def _altered(stream: folding.Stream, at: int, parts: Parts, index: Index) -> Iterator[Sighting]:
    """Longer names in which this word is inflected or has a slip, and its neighbours fit."""
    tokens = stream.tokens
    candidates: dict[tuple[int, int], None] = {}
    for word, _ in parts:
        for other in _forms(tokens[at + 1], index) if at + 1 < len(tokens) else ():
            for entry, position in index.beside.get((word, other), ()):
                candidates[entry, at - position] = None
        for other in _forms(tokens[at - 1], index) if at else ():
            for entry, position in index.beside.get((other, word), ()):
                candidates[entry, at - 1 - position] = None
    for entry, first in candidates:
        if first >= 0:
            yield from _spanning_forms(stream, first, index, entry)


def _forms(token: str, index: Index) -> dict[str, int]:
    """The words that a token may stand for, with edits."""
    verdict = index.verdicts.get(token)
    return {**dict(verdict.parts if verdict else ()), token: 0}


def _spanning_forms(
    stream: folding.Stream, first: int, index: Index, number: int
) -> Iterator[Sighting]:
    words = index.entries[number].words
    parts = stream.tokens[first : first + len(words)]
    if len(parts) < len(words):
        return
    edits = [_forms(part, index).get(word, 9) for part, word in zip(parts, words, strict=True)]
    if max(edits) > 1 or sum(edits) > 2 or (any(edits) and not index.entries[number].fuzzy):
        return
    wrong = [n for n, count in enumerate(edits) if count]
    kind = slip(words[wrong[0]], parts[wrong[0]], 1) if wrong else Kind.INFLECTION
    start = stream.span(first, 0, 1)[0]
    end = stream.span(first + len(words) - 1, 0, len(parts[-1]))[1]
    apart_somewhere = any(_gap(stream, n) for n in range(first, first + len(words) - 1))
    rule = Rule.APART if apart_somewhere else Rule.FOUND
    score = 0.97 if not wrong else 0.9 if len(wrong) == 1 else 0.75
    reading = Reading(number, 0, 0, sum(edits), kind, score, "".join(parts), rule=rule)
    yield place(reading, index.entries[number], stream.text, start, end)
