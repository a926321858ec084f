"""Moves: whether a post tells of somebody who goes from one brand to another, or of a launch.

By rules in seven languages, ``rules/moves``; ``en.txt`` there explains them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from earwitness.judging.notation import BRAND
from earwitness.judging.reading import Hit, Reading, hits, read
from earwitness.judging.rules import Lexicon, moves_lexicon
from earwitness.model import Match, Post
from earwitness.text import words

_NEGATED, _NEGATED_BEHIND = 3, 6  # words that a negation reaches; verbs end Turkish sentences
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


@dataclass(frozen=True, slots=True)
class Moves:
    """Of the brands named in a post, those that are left and gone to, and whether it tells news."""

    left: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    launch: bool = False
    told: bool = False  # it has words of a move, whoever they are about


NONE = Moves()


def moves(post: Post, matches: Sequence[Match], language: str) -> Moves:
    """What a post says about moves between the brands of its matches.

    ``language`` is ISO 639-1; of one without rules nothing is known. The direction is in the
    words around each brand, so that a post may be read once for each brand it names.
    """
    lexicon = moves_lexicon(language)
    if lexicon is None or not _may_say(f"{post.title or ''} {post.text}", lexicon):
        return NONE
    reading = read(post, matches, lexicon)
    found = hits(reading, lexicon)
    said = [hit for hit in found if not _negated(hit, found, reading)]
    return Moves(
        left=_brands("left", said, reading),
        joined=_brands("joined", said, reading),
        launch=any(hit.rule.name == "launch" for hit in said),
        told=True,
    )


def _brands(rule: str, said: list[Hit], reading: Reading) -> frozenset[str]:
    places = (place for hit in said if hit.rule.name == rule for place in hit.at)
    return frozenset(reading.brands[place] for place in places if place in reading.brands)


def _negated(hit: Hit, found: list[Hit], reading: Reading) -> bool:
    first, last = hit.at[0], hit.at[-1]
    for other in found:
        at = other.at[0]
        same = reading.sentences[at] == reading.sentences[first]
        if same and other.rule.name == "negation" and first - _NEGATED <= at < first:
            return True
        if same and other.rule.name == "negation after" and last <= at <= last + _NEGATED_BEHIND:
            return True
    return False


def _may_say(text: str, lexicon: Lexicon) -> bool:
    """Whether a text has a word of any rule: most have none, and reading costs ten times this."""
    written = text.translate(_UMLAUTS) if lexicon.language == "de" else text
    folded = " ".join(word for word, _, _ in words(written))
    return _telling(lexicon.language).search(folded) is not None


@cache
def _telling(language: str) -> re.Pattern[str]:
    """The longest word of each pattern, which a post must have to fit it."""
    lexicon = moves_lexicon(language)
    atoms = set[str]()
    for pattern in {p for some in (lexicon.begins if lexicon else {}).values() for p in some}:
        own = [part.atoms for part in pattern.parts if BRAND not in part.atoms]
        if own and not pattern.rule.name.startswith("negation"):
            atoms |= max(own, key=lambda part: min(map(len, part)))
    ends = (re.escape(a[:-1]) if a.endswith("*") else re.escape(a) + r"\b" for a in sorted(atoms))
    return re.compile(rf"\b(?:{'|'.join(ends)})")
