"""How common a word is in any of twelve languages, on the Zipf scale.

A word that people use is no misspelling: this one rule removes 36 of 37 false hits of plain
edit distance. The tables come from wordfreq (``benchmarks/matching_words.py``): the CRC-32 of
each folded word, sorted, beside its Zipf value times 15; the highest bit says that a spelling
dictionary writes it small, so that it is more than a name. A CRC shared by chance (one word in
5,000) only makes an unknown word look known.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.folding import DATA

COMMON = 3.0  # Zipf 3: once in a million words


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    return np.load(DATA / "word_keys.npy"), np.load(DATA / "word_zipf.npy")


def _values(words: Sequence[str]) -> NDArray[np.uint8]:
    keys, values = _tables()
    wanted = np.fromiter(
        (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words),
        np.uint32,
        len(words),
    )
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], np.uint8(0))


def zipf(words: Sequence[str]) -> list[float]:
    """Each folded word's Zipf value: log10 of its occurrences per billion words; 0: unknown."""
    found: list[float] = ((_values(words) & 127) / 15.0).tolist()
    return found


def familiarity(words: Sequence[str]) -> list[float]:
    """Zipf values, where a dictionary's word counts as common however rare it is."""
    packed = _values(words)
    values = np.where(packed > 127, np.maximum((packed & 127) / 15.0, COMMON), packed / 15.0)
    found: list[float] = values.tolist()
    return found


def is_dictionary_word(words: Sequence[str]) -> list[bool]:
    """Whether a dictionary of English, Russian or Turkish has the folded word in small letters."""
    found: list[bool] = (_values(words) > 127).tolist()
    return found


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """All common words, sorted: for the watchlist's warnings, not for matching."""
    return tuple(zlib.decompress((DATA / "common_words.z").read_bytes()).decode().split("\n"))


def is_common(word: str) -> bool:
    """Whether a folded word is common in any of the languages."""
    words = common_words()
    at = bisect_left(words, word)
    return at < len(words) and words[at] == word
