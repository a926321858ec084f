"""How far a reading can be trusted, by what the token itself says: its word, its slips.

Scores are calibrated afterwards (``calibration``); here they only have to be in the right order.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from math import exp

import numpy as np
from rapidfuzz.distance import OSA

from earwitness.matching.deletions import permitted
from earwitness.matching.hashing import ODD, Row, mixed, powers
from earwitness.matching.index import Entry, Reading
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, is_dictionary_word, packed_values, zipf
from earwitness.matching.romanising import romanise
from earwitness.matching.slips import CHEAPEST, cost, is_near, slip
from earwitness.matching.sound import readings_of, skeleton, sounds, spoken_latin, spoken_syllables

_WORTH = 0.15  # a lower score is not worth keeping, nor the search for rivals
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщъыьэюя"


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def of_slip(number: int, entry: Entry, written: str, edits: int, frequency: float) -> Reading:
    """A token within the permitted distance of a name."""
    name = entry.key
    kind = slip(name, written, edits)
    reading = Reading(number, 0, len(written), edits, kind, 0.0, written)
    if frequency >= COMMON and not _is_famous_slip(entry, written, frequency):
        return replace(reading, rule=Rule.COMMON_WORD)
    heard, meant = sounds([written, name]) if (written + name).isalpha() else ("-", "")
    spelt = cost(name, written)
    spoken = cost(meant, heard) + 0.4 if meant else spelt
    if (
        spoken < spelt
        and kind not in (Kind.DOUBLED, Kind.TRANSPOSED)
        and not _undoubled(name, written)
    ):
        kind = Kind.PHONETIC
    x = 1.8 + (0.4 if len(name) > 5 else 0.7) * (len(name) - 6) - 2.2 * (min(spelt, spoken) - 0.5)
    x -= min(2.5, 1.6 * max(0.0, frequency - 1.6))
    if kind is Kind.TRANSPOSED:
        x += 1.1  # seldom makes a word by chance
    elif kind is Kind.TRUNCATED and name.endswith("s"):
        x -= 0.4 + max(0.0, frequency - 1.5)  # the singular of a name may be a word
    elif kind is Kind.TRUNCATED and len(name) > 7:
        x += 1.1  # posts are cut
    if written[0] != name[0] and heard[:1] != meant[:1]:
        x -= 0.4 if is_near(written[0], name[0]) else 1.5
    if _sigmoid(x) >= _WORTH:
        x -= _rivalry(written, entry, min(spelt, spoken))
    score = _sigmoid(x)
    rule = Rule.FOUND if score >= _WORTH else Rule.IMPLAUSIBLE
    return replace(reading, kind=kind, score=score, rule=rule)


def _is_famous_slip(entry: Entry, written: str, frequency: float) -> bool:
    """A spelling so frequent that word lists have it: a double letter lost of a far commoner name.

    Seen far less often than the name itself, it is read as the name.
    """
    far = entry.zipf - frequency >= 2.0 and not entry.is_word
    return far and _undoubled(entry.key, written) and not is_dictionary_word([written])[0]


def _undoubled(name: str, written: str) -> bool:
    """Whether letters are only missing where the name doubles them, or the other way round."""
    return len(name) != len(written) and _single(name) == _single(written)


def _single(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


def _rivalry(written: str, entry: Entry, effort: float) -> float:
    """How much a common word spoils a slip: a noisy channel (Kernighan et al. 1990).

    A word counts the more, the commoner it is than the name and the likelier its own slip.
    """
    known = max(entry.zipf, 3.5)  # who watches a name expects to read it
    worst = -1.3
    for word, frequency in rivals(written, entry.key)[:12]:
        gain = 0.8 * (frequency - known) + 2.2 * effort
        if gain - 2.2 * CHEAPEST <= worst:  # nor can any rarer word be a better rival
            break
        worst = max(worst, gain - 2.2 * cost(word, written))
    return 1.3 + worst


def rivals(written: str, name: str) -> list[tuple[str, float]]:
    """Common words one edit away: what else the writer may have meant, the commonest first."""
    letters = _LATIN if written.isascii() else _CYRILLIC
    row = Row.of_words([written + letters])
    length = len(written)
    values = mixed(row.codes[length:])
    i = np.arange(length + 1)
    heads, total = row.sums[i], row.sums[length]
    gaps = heads[:, None] + values * powers(ODD, length + 1)[i, None]
    inserted = gaps + ((total - heads) * np.uint64(ODD))[:, None]
    substituted = gaps[:-1] + (total - heads[1:])[:, None]
    forms = [written[:at] + written[at + 1 :] for at in range(length)]
    forms += [
        written[:at] + written[at + 1] + written[at] + written[at + 2 :] for at in range(length - 1)
    ]
    common = packed_values(np.concatenate((inserted.ravel(), substituted.ravel()))) & 127
    for slot in np.flatnonzero(common >= COMMON * 15).tolist():
        at, letter = divmod(slot, len(letters))
        cut = at if at <= length else at - length - 1
        forms.append(written[:cut] + letters[letter] + written[cut + (at > length) :])
    words = [w for w in dict.fromkeys(forms) if not w.startswith(name) and w != written]
    known = [(w, z) for w, z in zip(words, zipf(words), strict=True) if z >= COMMON]
    return sorted(known, key=lambda pair: (-pair[1], pair[0]))


def _romanised_alike(name: str, token: str) -> bool:
    return any(romanise(form) == romanise(name) for form in (token, token[:-1], token[:-2] + "а"))


def of_sound(number: int, entry: Entry, token: str, frequency: float) -> Reading:
    """A token that sounds like a name; across scripts that is how names are written."""
    name = entry.key
    crossing = name.isascii() != token.isascii()
    kind = Kind.TRANSLITERATION if crossing else Kind.PHONETIC
    edits = 0 if crossing else OSA.distance(name, token)
    reading = Reading(number, 0, len(token), edits, kind, 0.0, token)
    if crossing:
        x = 1.0 + 0.7 * (len(token) - 4) - 0.9 * max(0.0, frequency - 2.8)
        if frequency >= COMMON and len(name) <= 5 and not _romanised_alike(name, token):
            return replace(reading, rule=Rule.COMMON_WORD)
    elif frequency >= COMMON:
        return replace(reading, rule=Rule.COMMON_WORD)
    elif not permitted(len(name)):
        return replace(reading, rule=Rule.IMPLAUSIBLE)
    else:
        x = 1.2 + 0.5 * (len(sounds([token])[0]) - 4.5) - 0.8 * max(0.0, frequency - 2.0)
        x -= 1.5 * max(0, edits - max(1, len(name) - 3)) + (1.3 if len(name) < 7 else 0.0)
        if _sigmoid(x) >= _WORTH:
            x -= min(0.6, _rivalry(token, entry, 0.0))  # a sound is no chance
    score = _sigmoid(x)
    return replace(reading, score=score, rule=Rule.FOUND if score >= _WORTH else Rule.IMPLAUSIBLE)


def of_syllables(number: int, entry: Entry, run: str, begin: int) -> Reading:
    """A run of kana or Hangul with the consonants of a name: its vowels have to fit as well."""
    heard = spoken_syllables(run)
    ways = sorted({spoken_latin(way) for way in readings_of(entry.key)})
    likeness = max(OSA.normalized_similarity(heard, way) for way in ways)
    score = _sigmoid(0.7 * (len(skeleton(run)) - 2.0) + 9.0 * (likeness - 0.72))
    rule = Rule.FOUND if score >= _WORTH else Rule.IMPLAUSIBLE
    end = begin + len(run)
    return Reading(number, begin, end, 0, Kind.TRANSLITERATION, score, run, rule=rule)


def of_compound(entry: Entry, other: str, frequency: float) -> float:
    """A name and a word in one piece: the rarer the name as a word the better."""
    x = 0.3 + 0.4 * (len(entry.key) - 5) + 0.3 * (len(other) - 4) + frequency - 3.5
    return min(0.85, _sigmoid(x - 2.0 * entry.is_word))
