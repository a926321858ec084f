"""How far a reading can be trusted, by what the token itself says: its word, its slips.

Scores are calibrated afterwards (``calibration``); here they only have to be in the right order.
"""

from __future__ import annotations

from math import exp

from rapidfuzz.distance import OSA

from earwitness.matching.index import Entry, Reading
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON
from earwitness.matching.slips import cost
from earwitness.matching.sound import skeleton, sounds


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def of_slip(entry: Entry, written: str, frequency: float) -> tuple[float, Rule]:
    """The score of a misspelling of a name, and whether a rule refuses it."""
    if frequency >= COMMON:
        return 0.0, Rule.COMMON_WORD
    heard = sounds([entry.key, written]) if entry.key.isalpha() and written.isalpha() else ["", "-"]
    effort = min(cost(entry.key, written), cost(*heard) + 0.5)
    length = len(entry.key)
    x = 1.2 + 0.45 * (length - 6) - 2.2 * (effort - 0.5) - 0.9 * max(0.0, frequency - 1.2)
    x += 0.4 * max(0.0, entry.zipf - 3.0)
    if written[0] != entry.key[0] and heard[0][:1] != heard[1][:1]:
        x -= 1.5
    score = _sigmoid(x)
    return score, Rule.FOUND if score >= 0.15 else Rule.IMPLAUSIBLE


def of_sound(
    number: int, entry: Entry, token: str, frequency: float, end: int | None = None
) -> Reading:
    """A token that sounds like a name; across scripts that is how names are written."""
    name = entry.key
    crossing = name.isascii() != token.isascii()
    kind = Kind.TRANSLITERATION if crossing else Kind.PHONETIC
    edits = OSA.distance(name, token[:end]) if not crossing else 0
    rule = Rule.FOUND
    if crossing:
        score = _sigmoid(1.0 + 0.7 * (len(token) - 4) - 0.9 * max(0.0, frequency - 2.8))
    elif frequency >= COMMON:
        score, rule = 0.0, Rule.COMMON_WORD
    else:
        x = 1.2 + 0.5 * (len(sounds([token])[0]) - 4.5) - 0.8 * max(0.0, frequency - 2.0)
        score = _sigmoid(x)
    if rule is Rule.FOUND and score < 0.15:
        rule = Rule.IMPLAUSIBLE
    return Reading(number, 0, end or len(token), edits, kind, score, token[:end], rule=rule)


def of_syllables(number: int, run: str, begin: int) -> Reading:
    """A run of kana or Hangul with the consonants of a name: the more consonants the better."""
    score = _sigmoid(0.9 * (len(skeleton(run)) - 2.5) + 0.3 * (len(run) - 3))
    end = begin + len(run)
    return Reading(number, begin, end, 0, Kind.TRANSLITERATION, score, run)


def of_compound(entry: Entry, other: str, frequency: float) -> float:
    """A name and a word in one piece: the rarer the name as a word the better."""
    return _sigmoid(0.3 + 0.4 * (len(entry.key) - 5) + 0.3 * (len(other) - 4) + frequency - 3.5)
