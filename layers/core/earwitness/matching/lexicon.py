"""How common a word is in any of twelve languages, on the Zipf scale.

A word that people use is no misspelling: this one rule removes 36 of 37 false hits of plain
edit distance. The tables come from wordfreq (``benchmarks/matching_words.py``): the CRC-32 of
each folded word, sorted, beside its Zipf value times 20. A CRC shared by chance (one word in
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


def zipf(words: Sequence[str]) -> list[float]:
    """Each folded word's Zipf value: log10 of its occurrences per billion words; 0: unknown."""
    keys, values = _tables()
    wanted = np.fromiter(
        (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words),
        np.uint32, len(words),
    )  # fmt: skip
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: list[float] = np.where(keys[at] == wanted, values[at] / 20.0, 0.0).tolist()
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
