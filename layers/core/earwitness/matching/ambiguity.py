"""Warnings for terms that are words, or stand near words: the user's largest pain, said early."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from earwitness.matching import folding
from earwitness.matching.deletions import permitted
from earwitness.matching.lexicon import COMMON, common_words, zipf
from earwitness.model import TermKind, Watchlist


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """What a term will be confused with. ``words`` pairs each word with its Zipf value."""

    brand: str
    term: str
    reason: str
    words: tuple[tuple[str, float], ...]
    proposed_context: tuple[str, ...]

    def __str__(self) -> str:
        listed = ", ".join(f"{word} (Zipf {value:.1f})" for word, value in self.words)
        return f"{self.brand}: term {self.term!r} {self.reason}: {listed}"


def warnings(watchlist: Watchlist) -> list[Ambiguity]:
    """For each name that is a common word, or a near neighbour of some, one warning."""
    by_length: dict[int, list[str]] = defaultdict(list)
    for word in common_words():
        by_length[len(word)].append(word)
    found: list[Ambiguity] = []
    for brand in watchlist.brands:
        for term in brand.terms:
            key = folding.squeeze(term.text)
            if term.kind is not TermKind.NAME or not key:
                continue
            value = zipf([key])[0]
            if value >= COMMON and not term.require_any and not term.case_sensitive:
                found.append(
                    Ambiguity(brand.name, term.text, "is a common word", ((key, value),), ())
                )
            near = _neighbours(key, by_length) if term.fuzzy else ()
            if near:
                found.append(Ambiguity(brand.name, term.text, "is near common words", near, ()))
    return found


def _neighbours(key: str, by_length: dict[int, list[str]]) -> tuple[tuple[str, float], ...]:
    edits = permitted(len(key)) or 1
    words = [w for n in range(len(key) - edits, len(key) + edits + 1) for w in by_length[n]]
    near = process.extract(key, words, scorer=OSA.distance, score_cutoff=edits, limit=50)
    names = [word for word, distance, _ in near if distance]
    ranked = sorted(zip(names, zipf(names), strict=True), key=lambda pair: -pair[1])
    return tuple(ranked[:5])
