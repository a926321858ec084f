"""Endings that seven languages hang onto a name: another form of it, not a misspelling.

Folded as tokens are, so Turkish dotted and dotless vowels have become one. Sources: the case
endings of Russian nouns, the case and possessive suffixes of Turkish proper names with their
buffer letters, the genitives and plurals of English, German, Swedish, Spanish and French.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from earwitness.matching.lexicon import COMMON
from earwitness.text import fold

_LATIN_EVERYWHERE = "s es d ed ing"
_GERMAN_SWEDISH = "n en er et ns ens ets erna arna ar"
_TURKISH = (
    "in un nin nun a e ya ye i u yi yu da de ta te dan den tan ten la le yla yle lar ler "
    "daki deki taki teki na ne ni nu nda nde ndan nden ca ce ci cu li lu siz suz dir dur tir tur "
    "lari leri larin lerin larda lerde lardan lerden lara lere mi mu yiz sin dayim yim"
)
_RUSSIAN = "а у ом ем е и ы ой ою ей ею ам ами ах ям ями ях ов ев ю я ью иям иями иях ии ию"
_ADJECTIVES = "ии ая ое ие ого ои ому им ом ую ых ими их"
LATIN = frozenset(f"{_LATIN_EVERYWHERE} {_GERMAN_SWEDISH} {_TURKISH}".split())
CYRILLIC = frozenset(fold(_RUSSIAN).split()) | {
    link + ending for link in ("овск", "ск") for ending in fold(_ADJECTIVES).split()
}
ENDINGS = LATIN | CYRILLIC
SHORT = 3  # letters of a word of a name that many another word begins with
EVERYDAY = 5.3  # Zipf: "then" and "news" are no forms of such a word (the, new)
LONGEST_ENDING = max(map(len, ENDINGS))
STEM_ENDINGS = CYRILLIC | frozenset(("", "ь", "о"))
_LOST_LETTERS = "аяоеьйи"  # й is folded to и
_ARTICLES = "l d qu j n s m t c dell all nell dall sull un quest jusqu lorsqu puisqu"
ELISIONS = frozenset(_ARTICLES.split())


def stem(name: str) -> str | None:
    """What is left of a Cyrillic name when its changing last letter is cut (Почта: почт)."""
    if len(name) >= 5 and name[-1] in _LOST_LETTERS and name[-1] >= "\u0400":
        return name[:-1]
    return None


def endings_of(token: str) -> list[tuple[str, str]]:
    """All ways to cut a known ending off a token: (rest, ending), the longest rest first."""
    ways = range(1, min(LONGEST_ENDING, len(token) - 2) + 1)
    return [(token[:-k], token[-k:]) for k in ways if token[-k:] in ENDINGS]


def is_free(rest: str, ending: str, frequency: float, name_frequency: float) -> bool:
    """Whether a name may take an ending without an apostrophe: long enough, and no other word."""
    if ending in CYRILLIC and rest[-1] >= "\u0400":
        return len(rest) >= 3
    if ending == "s":
        return len(rest) >= 4 and not COMMON <= frequency > name_frequency
    return len(rest) >= 5 and frequency < COMMON


def restored(stems: Mapping[str, tuple[str, ...]], token: str) -> Iterator[str]:
    """The words whose last letter changed into what the token ends in."""
    if not stems or token.isascii():
        return
    for cut in range(len(token) - 3, len(token) + 1):
        if token[cut:] in STEM_ENDINGS:
            yield from (word for word in stems.get(token[:cut], ()) if word != token)
