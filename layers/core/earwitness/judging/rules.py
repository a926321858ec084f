"""Rules of one language: read from a data file into an index that a post's words are looked up in.

A data file has sections; ``rules/en.txt`` explains the notation where it is used first. An entry
is a word, a stem (``delay*``) or a phrase of them; ``a|b`` are alternatives, ``..`` is a gap of
up to four words, ``{brand}`` is any brand found in the post, ``{n}`` a number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from rapidfuzz.distance import OSA

from earwitness.model import Intent
from earwitness.text import fold

LANGUAGES = ("en", "de", "ru", "tr", "sv", "es", "fr")
BRAND, NUMBER, GAP = "{brand}", "{n}", ".."
_FOLDER = Path(__file__).with_name("rules")
_SECTION = re.compile(r"\[(?P<name>[a-z/ -]+?)(?: (?P<valence>[+-][\d.]+))?(?P<asks> \?)?\]")
_APOSTROPHE = re.compile(r"['’`´]")
_RUN = re.compile(r"(.)\1{2,}")
# In German not folded to the bare vowel: "schön" (fine) would be "schon" (already).
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue",
                          "ß": "ss"})  # fmt: skip
_REPEATED = re.compile(r"(.)\1+")
GAP_WORDS = 4
_SLIP_LETTERS = 7  # shorter words are one slip away from too many others
_CACHED_WORDS = 50_000


class Rule(NamedTuple):
    """A section of a data file: what its entries mean when a post has them."""

    name: str  # as shown in reasons: "complaint/waiting"
    intent: Intent | None  # None: the words carry feeling only, or act on other words
    valence: float  # -3 (awful) to +3 (wonderful)
    asks: bool  # holds in a sentence that asks


class Part(NamedTuple):
    """One place of a phrase: its alternatives, and how many words may stand before it."""

    atoms: frozenset[str]
    gap: int


class Pattern(NamedTuple):
    """An entry: the places of its words, in order."""

    rule: Rule
    parts: tuple[Part, ...]


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


@lru_cache(maxsize=_CACHED_WORDS)
def folded_word(word: str, language: str = "") -> str:
    """A word as rules know it: folded, its apostrophe dropped ("Don’t" is "dont")."""
    bare = _APOSTROPHE.sub("", word)
    return fold(bare.translate(_UMLAUTS) if language == "de" else bare).replace(" ", "")


def sign(written: str) -> str:
    """An emoji or emoticon as rules know it: ":-)))" is ":-)"."""
    return _REPEATED.sub(r"\1", written).lower()


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
            if len(self._seen) >= _CACHED_WORDS:
                self._seen.clear()
            found = self._seen[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> Meaning:
        for form in _forms(word):
            if atoms := self.satisfied(form):
                return self._meaning_of(atoms)
        if slip := self.slip(word):
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
                tuple(pattern for pattern in patterns if len(pattern.parts) == 1),
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


@cache
def lexicon(language: str) -> Lexicon:
    """The rules of a language, loaded once; of no language in particular where it has none."""
    files = ["any", language] if language in LANGUAGES else ["any"]
    patterns = [pattern for name in files for pattern in _patterns(name)]
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
    path = _FOLDER / "known" / f"{language}.txt"
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


def sections(name: str) -> Iterator[tuple[str, str]]:
    """Each section's heading and the text of its entries, in the order of the file."""
    text = (_FOLDER / f"{name}.txt").read_text("utf-8")
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("["):
            yield heading, "\n".join(lines)
            heading, lines = line.strip(), []
        elif not line.startswith("#"):
            lines.append(line)
    yield heading, "\n".join(lines)


def entries(text: str) -> Iterator[str]:
    """The entries of a section: separated by commas or line ends."""
    for entry in text.replace("\n", ",").split(","):
        if stripped := entry.strip():
            yield stripped


def _patterns(name: str) -> Iterator[Pattern]:
    for heading, text in sections(name):
        if not heading or heading in ("[function]", "[letters]"):
            continue  # these serve the identification of the language
        rule = _rule(heading, name)
        for entry in entries(text):
            yield from (Pattern(rule, parts) for parts in _phrases(entry, name))


def _rule(heading: str, file: str) -> Rule:
    found = _SECTION.fullmatch(heading)
    if not found:
        raise ValueError(f"rules/{file}.txt: {heading!r} is no section; expected [name +1 ?]")
    name = found["name"]
    root = name.partition("/")[0]
    intent = Intent(root) if root in set(Intent) else None
    return Rule(name, intent, float(found["valence"] or 0), bool(found["asks"]))


def _phrases(entry: str, language: str) -> Iterator[tuple[Part, ...]]:
    """Each phrase that the entry stands for.

    Before a gap, and where nothing has alternatives, words follow one another, each with its own
    ("stops|stopped working|loading"); behind a gap alternatives are whole phrases
    ("lost .. bag|my mind" is "lost .. bag" and "lost .. my mind").
    """
    first, *behind = entry.split(GAP)
    choices = [_choices(segment, language) for segment in behind]
    for rest in product(*choices):
        parts = [Part(_atoms(piece, language), 0) for piece in first.split()]
        for segment in rest:
            head, *others = segment
            parts += [Part(head, GAP_WORDS), *(Part(atoms, 0) for atoms in others)]
        yield tuple(parts)


def _choices(segment: str, language: str) -> list[list[frozenset[str]]]:
    """The phrases a segment stands for, as the atoms of their places; single words as one."""
    written = [phrase.split() for phrase in segment.split("|")]
    singles = [words[0] for words in written if len(words) == 1]
    alone = (
        [[frozenset[str]().union(*(_atoms(word, language) for word in singles))]] if singles else []
    )
    return alone + [
        [_atoms(word, language) for word in words] for words in written if len(words) > 1
    ]


@lru_cache(maxsize=4096)
def _atoms(piece: str, language: str) -> frozenset[str]:
    if not (piece[0].isalnum() or piece[0] in "{#"):
        return frozenset({sign(piece)})
    return frozenset(
        _atom(alternative, language) for alternative in piece.split("|") if alternative
    )


def _atom(written: str, language: str) -> str:
    if written in (BRAND, NUMBER):
        return written
    return folded_word(written.rstrip("*"), language) + ("*" if written.endswith("*") else "")
