"""Rules of one language: an index that a post's words are looked up in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from rapidfuzz.distance import OSA

from earwitness.judging.notation import (
    CACHED_WORDS,
    FOLDER,
    MODIFIERS,
    NUMBER,
    Pattern,
    patterns_of,
)

LANGUAGES = ("en", "de", "ru", "tr", "sv", "es", "fr")
_RUN = re.compile(r"(.)\1{2,}")
_SLIP_LETTERS = 7  # shorter words are one slip away from too many others


class Meaning(NamedTuple):
    """What one word of a post can stand for: the atoms it satisfies and what it begins.

    Phrases are reached by an atom of their second place, beside the first or behind a gap:
    words like "not" begin hundreds.
    """

    atoms: frozenset[str]
    single: tuple[Pattern, ...] = ()
    beside: Mapping[str, tuple[Pattern, ...]] = MappingProxyType({})
    behind: Mapping[str, tuple[Pattern, ...]] = MappingProxyType({})


_NOTHING = Meaning(frozenset())


@dataclass(slots=True)
class Lexicon:
    """The rules of one language, with those of every language."""

    language: str
    begins: dict[str, list[Pattern]]
    stem_lengths: tuple[int, ...]
    atoms: frozenset[str]
    joined: dict[str, Pattern]  # phrases written as one word, as hashtags are
    known: frozenset[str]  # words of the language that are one slip from a rule's word
    slips: dict[str, list[str]]
    _seen: dict[str, Meaning] = field(default_factory=dict)
    _of_atoms: dict[frozenset[str], Meaning] = field(default_factory=dict)

    def meaning(self, word: str) -> Meaning:
        """What the folded word stands for; remembered, since words of posts repeat."""
        found = self._seen.get(word)
        if found is None:
            if len(self._seen) >= CACHED_WORDS:
                self._seen.clear()
            found = self._seen[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> Meaning:
        forms = tuple(_forms(word))
        for form in forms:
            if atoms := self.satisfied(form):
                return self._meaning_of(atoms)
        if self.known.isdisjoint(forms) and (slip := self.slip(word)):
            return self._meaning_of(frozenset({slip}))
        return _NOTHING

    def satisfied(self, word: str) -> frozenset[str]:
        """The atoms that the word is an instance of."""
        number = (NUMBER,) if word[0].isdigit() else ()
        stems = (word[:n] + "*" for n in self.stem_lengths if n <= len(word))
        return frozenset(atom for atom in (word, *number, *stems) if atom in self.atoms)

    def _meaning_of(self, atoms: frozenset[str]) -> Meaning:
        found = self._of_atoms.get(atoms)
        if found is None:
            patterns = [pattern for atom in sorted(atoms) for pattern in self.begins.get(atom, ())]
            phrases = [pattern for pattern in patterns if len(pattern.parts) > 1]
            found = self._of_atoms[atoms] = Meaning(
                atoms,
                _most_specific([pattern for pattern in patterns if len(pattern.parts) == 1], atoms),
                _by_second([pattern for pattern in phrases if not pattern.parts[1].gap]),
                _by_second([pattern for pattern in phrases if pattern.parts[1].gap]),
            )
        return found

    def slip(self, word: str) -> str | None:
        """The rules' word that this one is a misspelling of, unless it is a word itself."""
        if len(word) < _SLIP_LETTERS or word in self.known or not word.isalpha():
            return None
        for atom in self.slips.get(word[0], ()):
            stem = atom.rstrip("*")
            if stem != atom:  # a stem may be one letter longer or shorter in the word
                starts = {word[: len(stem) + more] for more in (-1, 0, 1)}
                if any(OSA.distance(start, stem, score_cutoff=1) <= 1 for start in starts):
                    return atom
            elif OSA.distance(word, atom, score_cutoff=1) <= 1:
                return atom
        return None


def _most_specific(singles: list[Pattern], atoms: frozenset[str]) -> tuple[Pattern, ...]:
    """Of several entries for one word the longest, the word itself before any stem.

    "freu*" is joy, "freund*" is not. Words that act on others do so besides.
    """

    def specific(pattern: Pattern) -> int:
        own = pattern.parts[0].atoms & atoms
        return max(len(atom) if atom.endswith("*") else 1000 for atom in own)

    said = [pattern for pattern in singles if pattern.rule.name not in MODIFIERS]
    longest = max(map(specific, said), default=0)
    return tuple(p for p in singles if p.rule.name in MODIFIERS or specific(p) == longest)


def _by_second(phrases: list[Pattern]) -> Mapping[str, tuple[Pattern, ...]]:
    found: dict[str, list[Pattern]] = defaultdict(list)
    for pattern in phrases:
        for atom in pattern.parts[1].atoms:
            found[atom].append(pattern)
    return {atom: tuple(patterns) for atom, patterns in found.items()}


def _forms(word: str) -> Iterator[str]:
    """The word, then with its letter runs shortened: "sooo" is looked up as "soo" and "so"."""
    yield word
    if _RUN.search(word):
        yield _RUN.sub(r"\1\1", word)
        yield _RUN.sub(r"\1", word)


def lexicon(language: str) -> Lexicon:
    """The rules of a language, loaded once; of no language in particular where it has none."""
    return _loaded(language if language in LANGUAGES else "")


@cache
def moves_lexicon(language: str) -> Lexicon | None:
    """The rules of a language by which people say that they change brands; None: it has none."""
    return _built(language, [f"moves/{language}"]) if language in LANGUAGES else None


@cache
def _loaded(language: str) -> Lexicon:
    return _built(language, ["any", language] if language else ["any"])


def _built(language: str, files: list[str]) -> Lexicon:
    patterns = [pattern for name in files for pattern in patterns_of(name)]
    begins: dict[str, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        for atom in pattern.parts[0].atoms:
            begins[atom].append(pattern)
    atoms = frozenset(atom for p in patterns for part in p.parts for atom in part.atoms)
    return Lexicon(
        language=language,
        begins=dict(begins),
        stem_lengths=tuple(sorted({len(a) - 1 for a in atoms if a.endswith("*")})),
        atoms=atoms,
        joined=_joined(patterns),
        known=_known(language),
        slips=_slips(atoms),
    )


def _known(language: str) -> frozenset[str]:
    path = FOLDER / "known" / f"{language}.txt"
    return frozenset(path.read_text("utf-8").split()) if path.exists() else frozenset()


def _slips(atoms: frozenset[str]) -> dict[str, list[str]]:
    """The words and stems long enough to be misspelt, by their first letter."""
    words: dict[str, list[str]] = defaultdict(list)
    for atom in sorted(atoms):
        stem = atom.rstrip("*")
        if len(stem) >= _SLIP_LETTERS and stem.isalpha():
            words[stem[0]].append(atom)
    return dict(words)


def _joined(patterns: list[Pattern]) -> dict[str, Pattern]:
    phrases = (p for p in patterns if len(p.parts) > 1 and not any(x.gap for x in p.parts))
    plain = (p for p in phrases if all(len(part.atoms) == 1 for part in p.parts))
    return {"".join(a.rstrip("*") for part in p.parts for a in part.atoms): p for p in plain}
