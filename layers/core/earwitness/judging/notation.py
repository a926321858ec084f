"""The notation of the rules' data files: sections of entries, read into patterns.

``rules/en.txt`` explains it where it is used first. An entry is a word, a stem (``delay*``) or a
phrase of them; ``a|b`` are alternatives, ``..`` is a gap of up to four words, ``{brand}`` is any
brand found in the post, ``{n}`` a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

from earwitness.model import Intent
from earwitness.text import fold

BRAND, NUMBER, GAP = "{brand}", "{n}", ".."
GAP_WORDS = 4
# Sections of words that act on others instead of meaning something by themselves.
MODIFIERS = frozenset(
    {
        "negation", "negation after", "mended", "intensify", "soften", "unreal", "contrast",
        "personal",
    }
)  # fmt: skip
HARMLESS = "harmless"  # the section of what only looks like blame: it takes its words away
FOLDER = Path(__file__).with_name("rules")
CACHED_WORDS = 50_000
_SECTION = re.compile(r"\[(?P<name>[a-z/ -]+?)(?: (?P<valence>[+-][\d.]+))?(?P<asks> \?)?\]")
_APOSTROPHE = re.compile(r"['’`´]")
_REPEATED = re.compile(r"(.)\1+")
# In German not folded to the bare vowel: "schön" (fine) would be "schon" (already).
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue",
                          "ß": "ss"})  # fmt: skip


class Rule(NamedTuple):
    """A section of a data file: what its entries mean when a post has them."""

    name: str  # as shown in reasons: "complaint/waiting"
    intent: Intent | None  # None: the words carry feeling only, or act on other words
    valence: float  # -3 (awful) to +3 (wonderful)
    asks: bool  # holds in a sentence that asks


class Entry(NamedTuple):
    """What a section holds between two commas or line ends, and on which line of the file."""

    text: str
    line: int


class Part(NamedTuple):
    """One place of a phrase: its alternatives, and how many words may stand before it."""

    atoms: frozenset[str]
    gap: int


class Pattern(NamedTuple):
    """A phrase that an entry stands for: the places of its words, in order."""

    rule: Rule
    parts: tuple[Part, ...]
    line: int  # of the data file


@lru_cache(maxsize=CACHED_WORDS)
def folded_word(word: str, language: str = "") -> str:
    """A word as rules know it: folded, its apostrophe dropped ("Don’t" is "dont")."""
    bare = _APOSTROPHE.sub("", word)
    return fold(bare.translate(_UMLAUTS) if language == "de" else bare).replace(" ", "")


def sign(written: str) -> str:
    """An emoji or emoticon as rules know it: ":-)))" is ":-)"."""
    return _REPEATED.sub(r"\1", written).lower()


def sections(name: str) -> Iterator[tuple[str, list[Entry]]]:
    """Each section's heading and its entries, in the order of the file."""
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    heading, held = "", list[Entry]()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            yield heading, held
            heading, held = line.strip(), []
        elif not line.startswith("#"):
            held += [Entry(e.strip(), number) for e in line.split(",") if e.strip()]
    yield heading, held


def patterns_of(name: str) -> Iterator[Pattern]:
    """Every pattern of a data file; ValueError names what is wrong, where, and what to write."""
    for heading, held in sections(name):
        if not heading or heading in ("[function]", "[letters]"):
            continue  # these serve the identification of the language
        rule = _rule(heading, name)
        language = name.rpartition("/")[2]
        for entry in held:
            try:
                yield from (
                    Pattern(rule, parts, entry.line) for parts in _phrases(entry.text, language)
                )
            except ValueError as wrong:
                raise ValueError(f"rules/{name}.txt, line {entry.line}: {wrong}") from None


def _rule(heading: str, file: str) -> Rule:
    found = _SECTION.fullmatch(heading)
    if not found:
        raise ValueError(f"rules/{file}.txt: {heading!r} is no section; expected [name +1 ?]")
    name = found["name"]
    root = name.partition("/")[0]
    intent = Intent(root) if root in set(Intent) else None
    return Rule(name, intent, float(found["valence"] or 0), bool(found["asks"]))


def _phrases(entry: str, language: str) -> Iterator[tuple[Part, ...]]:
    """Each phrase that the entry stands for; ValueError: one that nobody writes.

    Before a gap, and where nothing has alternatives, words follow one another, each with its own
    ("stops|stopped working|loading"); behind a gap alternatives are whole phrases
    ("lost .. bag|my mind" is "lost .. bag" and "lost .. my mind"), and so they are behind a gap
    that nothing stands before (".. cot|car seat collapsed").
    """
    first, *behind = entry.split(GAP)
    words = [_atoms(piece, language) for piece in first.split()]
    for before, after in pairwise(words):
        if before != after and (twice := before & after):
            raise ValueError(_repeated(entry, min(twice)))
    choices = [_choices(segment, language) for segment in behind]
    for rest in product(*choices):
        parts = [Part(atoms, 0) for atoms in words]
        for segment in rest:
            head, *others = segment
            gap = GAP_WORDS if parts else 0
            parts += [Part(head, gap), *(Part(atoms, 0) for atoms in others)]
        yield tuple(parts)


def _repeated(entry: str, word: str) -> str:
    return (
        f'{entry!r} asks for "{word} {word}": before a gap alternatives are single words. If whole'
        f' phrases are meant, begin with the gap (".. {entry}") or write an entry for each'
    )


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
