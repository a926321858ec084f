"""How common a word is in any of twelve languages, on the Zipf scale.

A word that people use is no misspelling: this one rule removes 36 of 37 false hits of plain
edit distance. The tables come from wordfreq (``benchmarks/matching_words.py``): the upper half
of each folded word's hash, sorted, beside its Zipf value times 15; the highest bit says that a
spelling dictionary writes it small, so that it is more than a name. Eight more bits of the hash
are checked, so that one unknown word in a million looks known by chance.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.folding import DATA
from earwitness.matching.hashing import Keys, hashes

COMMON = 3.0  # Zipf 3: once in a million words
OFTEN = 4.0  # Zipf: from here on small letters mean the word rather than a name
NEVER_A_SLIP = 3.5  # Zipf: commoner tokens are words, however close to a name


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.uint8]]:
    keys, checks, values = (np.load(DATA / f"word_{n}.npy") for n in ("keys", "checks", "zipf"))
    return keys, checks, values


def _values(words: Sequence[str]) -> NDArray[np.uint8]:
    return packed_values(hashes(words))


def packed_values(keys: Keys) -> NDArray[np.uint8]:
    """What the table holds of words with these hashes: Zipf times 15 and a bit; 0: unknown."""
    known, checks, values = _tables()
    wanted = (keys >> np.uint64(32)).astype(np.uint32)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    same = (known[at] == wanted) & (checks[at] == (keys >> np.uint64(24)).astype(np.uint8))
    return np.where(same, values[at], np.uint8(0))


def zipf(words: Sequence[str]) -> list[float]:
    """Each folded word's Zipf value: log10 of its occurrences per billion words; 0: unknown."""
    found: list[float] = ((_values(words) & 127) / 15.0).tolist()
    return found


def familiarity(words: Sequence[str]) -> list[float]:
    """Zipf values, where a dictionary's word counts as common however rare it is."""
    found: list[float] = as_familiar(_values(words)).tolist()
    return found


def as_familiar(packed: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The familiarity that packed values stand for."""
    zipf = (packed & 127) / 15.0
    return np.where(packed > 127, np.maximum(zipf, COMMON), zipf)


def is_dictionary_word(words: Sequence[str]) -> list[bool]:
    """Whether a dictionary of English, Russian or Turkish has the folded word in small letters."""
    found: list[bool] = (_values(words) > 127).tolist()
    return found


def is_distinctive(words: Sequence[str]) -> list[bool]:
    """Whether a folded word tells of a name: rare, or in no dictionary and not frequent."""
    both = zip(zipf(words), is_dictionary_word(words), strict=True)
    return [frequency < (COMMON if is_word else OFTEN) for frequency, is_word in both]


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """All common words, sorted: for the watchlist's warnings, not for matching."""
    return tuple(zlib.decompress((DATA / "common_words.z").read_bytes()).decode().split("\n"))


def is_common(word: str) -> bool:
    """Whether a folded word is common in any of the languages."""
    words = common_words()
    at = bisect_left(words, word)
    return at < len(words) and words[at] == word
