"""How can this token be read? Decided once per distinct token, for a batch of new ones at once.

Most tokens are common words or nothing like any name: they become boring and are never looked
at again. The others get readings: the name itself, inflected, in a hashtag, disguised, in
another script, by sound, or within the permitted distance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA

from earwitness.matching.deletions import LONGEST, permitted
from earwitness.matching.evidence import of_compound, of_slip
from earwitness.matching.hearing import heard_as
from earwitness.matching.index import Index, Part, Reading, Verdict, is_spaceless
from earwitness.matching.inflection import (
    CYRILLIC,
    ELISIONS,
    ENDINGS,
    EVERYDAY,
    SHORT,
    endings_of,
    is_free,
    restored,
)
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, NEVER_A_SLIP, familiarity, zipf
from earwitness.matching.lookalikes import disguises, without_runs
from earwitness.matching.sound import sounds
from earwitness.matching.tagging import tagged, underscored

SIGNS = "@#$"
_LONGEST_CLITIC = 6  # letters that an apostrophe may hang onto a name
_RUN = re.compile(r"(.)\1\1")


def decide(
    index: Index, tokens: Sequence[str], gapped: Sequence[bool], *, rejected: bool = False
) -> list[Verdict | None]:
    """The verdict on each distinct token; None: boring.

    ``gapped`` says of each whether something was dropped within, such as an apostrophe.
    With ``rejected``, readings that a rule refused are among the readings, with that rule.
    """
    frequencies = familiarity([token.strip("@#$_") for token in tokens])
    found: list[list[Reading]] = [
        list(_written(index, token, frequency))
        for token, frequency in zip(tokens, frequencies, strict=True)
    ]
    parts = [
        list(_words_meant(index, token, frequency, gapped=gap))
        for token, frequency, gap in zip(tokens, frequencies, gapped, strict=True)
    ]
    # Common words are neither misspelt nor misheard: asked only to say so in an explanation.
    # In another script than a name's they may still be its sound (Yandex).
    strange = [n for n, f in enumerate(frequencies) if rejected or f < NEVER_A_SLIP]
    odd = set(strange)
    spoken = [
        number
        for number, token in enumerate(tokens)
        if token.isalpha() and (number in odd or index.crosses or not token.isascii())
    ]
    for number, key in zip(spoken, sounds([tokens[n] for n in spoken]), strict=True):
        found[number] += heard_as(index, tokens[number], key, frequencies[number])
    for number, reading in _misspelt(index, tokens, frequencies, strange):
        if isinstance(reading, str):
            parts[number].append(Part(reading, 1, 0, len(tokens[number])))
        else:
            found[number] = _merged(found[number], reading)
    verdicts: list[Verdict | None] = []
    for readings, words in zip(found, parts, strict=True):
        kept = tuple(r for r in readings if rejected or r.rule is Rule.FOUND)
        if not kept and not words:
            verdicts.append(None)
            continue
        before = frozenset(b for part in words for b in index.before.get(part.word, ()))
        after = frozenset(a for part in words for a in index.after.get(part.word, ()))
        verdicts.append(Verdict(kept, tuple(words), before, after))
    return verdicts


def _merged(readings: list[Reading], slip: Reading) -> list[Reading]:
    """A slip that sounds right too is one reading, as likely as the likelier of both."""
    heard = [r for r in readings if r.entry == slip.entry and r.kind is Kind.PHONETIC]
    rest = [r for r in readings if r not in heard]
    score = max((r.score for r in heard), default=0.0)
    if slip.rule is Rule.FOUND or not heard:
        return [*rest, replace(slip, score=max(slip.score, score))]
    return [*readings, slip]


def _written(index: Index, token: str, frequency: float) -> Iterator[Reading]:
    """Readings that need no distance: the name's own letters are there, or are meant."""
    if token[0] in SIGNS:
        yield from tagged(index, token)
        return
    if "_" in token:
        yield from underscored(index, token)
        return
    length = len(token)
    for entry in index.names.get(token, ()):
        joined = len(index.entries[entry].words) > 1
        yield Reading(entry, 0, length, 0, Kind.SPACING if joined else Kind.EXACT, 0.99, token)
    for entry in index.listed.get(token, ()):
        edits = OSA.distance(index.entries[entry].key, token)
        yield Reading(entry, 0, length, edits, Kind.LISTED, 0.99, token)
    if index.spaceless and is_spaceless(token):
        yield from _inside_spaceless(index, token)
    if length <= LONGEST:
        yield from _inflected(index, token, frequency)
        yield from _grown(index, token, frequency)
        yield from _disguised(index, token)


def _inside_spaceless(index: Index, token: str) -> Iterator[Reading]:
    """Names within a run of a script that writes no spaces."""
    lengths = sorted({len(key) for key in index.spaceless}, reverse=True)
    at = 0
    while at < len(token):
        found = next((n for n in lengths if token[at : at + n] in index.spaceless), 0)
        if found and found < len(token):
            for entry in index.spaceless[token[at : at + found]]:
                yield Reading(entry, at, at + found, 0, Kind.EXACT, 0.96, token[at : at + found])
        at += found or 1


def _inflected(index: Index, token: str, frequency: float) -> Iterator[Reading]:
    """The name with an ending of one of the languages, or after an article that elides."""
    for rest, ending in endings_of(token) if token[:3] in index.openings else ():
        for entry in index.names.get(rest, ()):
            if is_free(rest, ending, frequency, index.entries[entry].zipf):
                score = 0.96 if ending == "s" or ending in CYRILLIC else 0.9
                yield Reading(
                    entry, 0, len(token), 0, Kind.INFLECTION, score, rest, "no apostrophe"
                )
    opens = token[:3] in index.openings or token[:2] in index.openings
    for cut in range(max(2, len(token) - _LONGEST_CLITIC), len(token)) if opens else ():
        for entry in index.names.get(token[:cut], ()):
            rest = token[:cut]
            yield Reading(entry, 0, cut, 0, Kind.INFLECTION, 0.97, rest, "apostrophe after")
    for form in restored(index.stems, token):
        for entry in index.names.get(form, ()):
            yield Reading(entry, 0, len(token), 0, Kind.INFLECTION, 0.95, token)
    elided = [cut for cut in range(1, min(7, len(token) - 2)) if token[:cut] in ELISIONS]
    for cut in elided:
        for entry in index.names.get(token[cut:], ()):
            yield Reading(
                entry, cut, len(token), 0, Kind.EXACT, 0.98, token[cut:], "apostrophe before"
            )


def _grown(index: Index, token: str, frequency: float) -> Iterator[Reading]:
    """A name with a version number, or with another word in one piece."""
    bare = token.rstrip("0123456789")
    if bare != token and len(bare) >= 4:
        for entry in index.names.get(bare, ()):
            yield Reading(entry, 0, len(bare), 0, Kind.VERSION, 0.9, bare)
    if frequency >= COMMON or token[:3] not in index.openings or _RUN.search(token):
        return
    for end in range(len(token) - 3, 4, -1):
        if token[end:] in ENDINGS:
            continue
        if token[:end] in index.names and (other := zipf([token[end:]])[0]) >= COMMON:
            for entry in index.names[token[:end]]:
                score = of_compound(index.entries[entry], token[end:], other)
                yield Reading(entry, 0, end, 0, Kind.COMPOUND, score, token[:end])
            return


def _disguised(index: Index, token: str) -> Iterator[Reading]:
    """Signs for letters, and runs of a letter."""
    for form in sorted(disguises(token)):
        for entry in index.names.get(form, ()):
            edits = sum(a != b for a, b in zip(form, token, strict=True))
            yield Reading(entry, 0, len(token), edits, Kind.LOOKALIKE, 0.96, form)
    for form in sorted(without_runs(token)) if _RUN.search(token) else ():
        for entry in index.names.get(form, ()):
            edits = len(token) - len(form)
            yield Reading(entry, 0, len(token), edits, Kind.REPEATED, 0.95, form)


def _words_meant(index: Index, token: str, frequency: float, *, gapped: bool) -> Iterator[Part]:
    """The words of longer names that the token is a form of: at an apostrophe, or inflected."""
    length = len(token)
    if length > LONGEST:
        return
    if gapped:
        yield from _words_at_apostrophes(index, token, frequency)
    for rest, _ in endings_of(token) if token[:3] in index.openings else ():
        if rest not in index.words:
            continue
        if len(rest) > SHORT or (len(rest) == SHORT and rest[-1] >= "\u0400"):
            yield Part(rest, 0, 0, length)
        elif rest in index.vouched and frequency < EVERYDAY:
            yield Part(rest, 0, 0, length, "distinctive neighbour")
    for word in restored(index.word_stems, token):
        yield Part(word, 0, 0, length)


def _words_at_apostrophes(index: Index, token: str, frequency: float) -> Iterator[Part]:
    """A word that goes on a name before an apostrophe, one that opens a name after it."""
    for cut in range(max(2, len(token) - _LONGEST_CLITIC), len(token)):
        rest = token[:cut]
        if rest in index.before and (cut > SHORT or frequency < EVERYDAY):
            yield Part(rest, 0, 0, cut, "apostrophe after")
    for cut in range(1, min(7, len(token) - 1)):
        if token[:cut] in ELISIONS and token[cut:] in index.after:
            yield Part(token[cut:], 0, cut, len(token), "apostrophe before")


def _misspelt(
    index: Index, tokens: Sequence[str], frequencies: Sequence[float], numbers: Sequence[int]
) -> Iterator[tuple[int, Reading | str]]:
    """Names, and words of longer names, within the permitted distance of some of the tokens."""
    asked: list[tuple[int, str]] = []
    for number in numbers:
        token = tokens[number]
        bare = token.lstrip("#").rstrip("0123456789").replace("_", "")
        if 4 <= len(bare) <= LONGEST and token[0] not in "@$" and "@" not in bare:
            asked.append((number, bare))
    for row, target in index.deletions.candidates([bare for _, bare in asked]):
        number, bare = asked[row]
        name = index.targets[target]
        edits = OSA.distance(name, bare, score_cutoff=2)
        if edits == 1 and name in index.words and frequencies[number] < COMMON:
            yield number, name
        if 0 < edits <= permitted(len(name)):
            begin = tokens[number].find(bare[0])
            end = len(tokens[number].rstrip("0123456789"))
            for entry in index.names.get(name, ()):
                own = index.entries[entry]
                if own.fuzzy:
                    reading = of_slip(entry, own, bare, edits, frequencies[number])
                    yield number, replace(reading, begin=begin, end=end)
