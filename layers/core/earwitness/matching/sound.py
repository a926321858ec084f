"""Keys under which words that sound alike are alike, in any of the languages.

After the idea of Soundex and Metaphone, but vowels stay: brand names are short, and without
vowels half the dictionary sounds like one. What differs between languages is no rule of the
word but of the *name*: a name gets one key per way of reading it (Peugeot is "pejo" in French,
Nike is "naik" in English), a token has just one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from earwitness.matching.romanising import romanise

_RULES = tuple(
    tuple(rule.split(">"))
    for rule in (
        "\nmc>\nmak", "\ngua>\nwa", "\nhua>\nwa", "\nps>\ns", "tsch>s", "sch>s", "tch>s", "ch>s",
        "cc>k", "ck>k", "cq>k", "que\n>k\n", "que>ke", "qui>ki", "qu>kv", "q>k", "\nx>\ns", "x>ks",
        "ph>f", "gh>g", "th>t", "kh>h", "dzh>j", "zh>j", "dj>j", "sh>s", "wh>w", "ce>se", "ci>si",
        "cy>si", "c>k", "ge>je", "gi>ji", "y>i", "j>i", "ts>s", "tz>s", "z>s", "oo>u", "ou>u",
        "ee>i", "oe>e", "ae>e", "v>f", "w>f",
    )
)  # fmt: skip
_RUN = re.compile(r"([a-z])\1+")
_ENGLISH = (
    (re.compile(r"ace"), "eis"),
    (re.compile(r"a([bcdfgklmnprstvz])e(?=s?$)"), r"ei\1"),
    (re.compile(r"i([bcdfgklmnprstvz])e(?=s?$)"), r"ai\1"),
    (re.compile(r"o([bcdfgklmnprstvz])e(?=s?$)"), r"o\1"),
    (re.compile(r"u([bcdfgklmnprstvz])e(?=s?$)"), r"u\1"),
    (re.compile(r"le$"), "l"),
    (re.compile(r"er$"), "er"),
)
_FRENCH = (
    (re.compile(r"(lt|[tdxsz])$"), ""),
    (re.compile(r"eau|au|geo"), lambda m: "jo" if m.group() == "geo" else "o"),
    (re.compile(r"eu"), "e"),
    (re.compile(r"oi"), "ua"),
    (re.compile(r"e$"), ""),
)
_LETTERS = tuple(
    (re.compile(written), heard)
    for written, heard in (
        ("y$", "ai"), ("u(?=[bcdfgklmnprstvz]{2})", "a"), ("a", "e"), ("ea", "i"), ("^ch", "k"),
        ("eu", "oi"), ("^you", "yu"), ("^you", "u"), ("j", "h"), ("w", "u"), ("ai", "e"),
        ("i", "ai"),
    )
)  # fmt: skip
_WAYS = 40  # of reading a name; few have more than four
_EPENTHETIC = re.compile("eu|u(?!$)|(?<=[td])o")
_SILENT_R = re.compile("r(?![aeiou])")
_KANA_IGNORES = re.compile("[aeiou]|(?<=[a-z])h")


def sounds(words: Sequence[str]) -> list[str]:
    """The key of each folded word; all words at once, for each rule then runs only once."""
    joined = heard("\n\n" + "\n\n".join(words) + "\n\n")
    return _RUN.sub(r"\1", joined)[2:-2].split("\n\n") if words else []


def heard(joined: str) -> str:
    """Words, each between two line ends, as they sound; letters may still be doubled."""
    joined = romanise(joined)
    for written, sound in _RULES:
        joined = joined.replace(written, sound)
    return joined


def readings_of(name: str) -> set[str]:
    """The keys of a folded name, one per way in which some language would read it."""
    latin = romanise(name)
    ways = {latin}
    for rules in (_ENGLISH, _FRENCH) if len(latin) > 5 else (_ENGLISH,):
        read = latin
        for pattern, heard in rules:
            read = pattern.sub(heard, read)
        ways.add(read)
    for pattern, heard in _LETTERS:
        if len(ways) < _WAYS:
            ways |= {pattern.sub(heard, way) for way in ways}
    return {key for key in sounds(sorted(ways)) if key}


def skeleton(word: str) -> str:
    """Consonants only, as kana keep them: no l, no r before a consonant, no vowels between.

    A vowel at the beginning is kept as one sign, so that Amazon is not Mazon.
    """
    latin = _SILENT_R.sub("", sounds([word])[0]).replace("l", "r").replace("b", "f")
    lead = "a" if latin[:1] in "aeiou" else ""
    return re.sub(r"(.)\1+", r"\1", lead + _KANA_IGNORES.sub("", latin))


def spoken_syllables(run: str) -> str:
    """A run of kana or Hangul without the vowels that only its syllables need."""
    latin = sounds([romanise(run).replace("l", "r")])[0]
    return _RUN.sub(r"\1", re.sub("u$", "", _EPENTHETIC.sub("", latin)).replace("b", "f"))


def spoken_latin(key: str) -> str:
    """The key of a name as such syllables could say it."""
    heard = _EPENTHETIC.sub("", _SILENT_R.sub("", key).replace("l", "r"))
    return _RUN.sub(r"\1", heard.replace("b", "f"))
