"""Polynomial hashes of tokens: a number per string that joins and deletions can be derived from.

A string's hash is the sum of (a random number per letter) * ODD**position modulo 2**64 (Karp and
Rabin 1987, with the wrap-around of the machine word as modulus). ODD has an inverse, so the hash
of any piece of a text follows from two prefix sums, and of two pieces joined from theirs.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
ODD = 0x9E3779B97F4A7C15
BACK = pow(ODD, -1, 1 << 64)


def mixed(codes: NDArray[np.uint32]) -> Keys:
    """A well-spread number per code point (the finaliser of splitmix64)."""
    x = codes.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@lru_cache(maxsize=4)
def _powers(base: int, exponent: int) -> Keys:
    table = np.full(1 << exponent, base, np.uint64)
    table[0] = 1
    return np.cumprod(table)


def powers(base: int, count: int) -> Keys:
    """``base`` to the power of 0 .. count - 1."""
    return _powers(base, max(12, count.bit_length()))[:count]


def hashes(words: list[str]) -> Keys:
    """The hash of each string."""
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    ends = np.cumsum(lengths)
    return spans(mixed(codes), ends - lengths, ends)


def spans(values: Keys, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Keys:
    """The hash of each span of a row of mixed code points; starts may be anywhere in it."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values * powers(ODD, len(values)), out=sums[1:])
    shifts: Keys = powers(BACK, len(values) + 1)[starts]
    found: Keys = (sums[ends] - sums[starts]) * shifts
    return found


def joined(first: Keys, lengths: NDArray[np.int64], second: Keys) -> Keys:
    """The hash of each first string, of so many letters, with the second one appended."""
    result: Keys = first + second * powers(ODD, int(lengths.max(initial=0)) + 1)[lengths]
    return result
