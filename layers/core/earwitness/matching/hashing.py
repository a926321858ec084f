"""Polynomial hashes of tokens: a number per string that joins and deletions can be derived from.

A string's hash is the sum of (a random number per letter) * ODD**position modulo 2**64 (Karp and
Rabin 1987, with the wrap-around of the machine word as modulus). ODD has an inverse, so the hash
of any piece of a text follows from two prefix sums, and of two pieces joined from theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Codes = NDArray[np.uint32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ODD = 0x9E3779B97F4A7C15
BACK = pow(ODD, -1, 1 << 64)


def mixed(codes: Codes) -> Keys:
    """A well-spread number per code point (the finaliser of splitmix64)."""
    x = codes.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


_tables: dict[int, Keys] = {}  # one per base, replaced by a longer one when it is too short


def powers(base: int, count: int) -> Keys:
    """``base`` to the power of 0 .. count - 1."""
    table = _tables.get(base)
    if table is None or len(table) < count:
        table = np.full(1 << max(14, count.bit_length()), base, np.uint64)
        table[0] = 1
        _tables[base] = np.cumprod(table, out=table)
    return table[:count]


def running(values: Keys) -> Keys:
    """Prefix sums of a row of mixed code points: what the hash of any piece follows from."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values * powers(ODD, len(values)), out=sums[1:])
    return sums


def pieces(sums: Keys, starts: Ints, ends: Ints) -> Keys:
    """The hash of each piece, from start to end, of a row with these prefix sums."""
    found: Keys = (sums[ends] - sums[starts]) * powers(BACK, len(sums))[starts]
    return found


def joined(first: Keys, lengths: Ints, second: Keys) -> Keys:
    """The hash of each first string, of so many letters, with the second one appended."""
    result: Keys = first + second * powers(ODD, int(lengths.max(initial=0)) + 1)[lengths]
    return result


@dataclass(frozen=True, slots=True)
class Row:
    """Strings laid end to end as code points: any piece of any of them has its hash at once."""

    codes: Codes
    starts: Ints
    ends: Ints
    sums: Keys

    @classmethod
    def of(cls, codes: Codes, lengths: Ints) -> Row:
        """Strings of these lengths, one after the other."""
        ends = np.cumsum(lengths)
        return cls(codes, ends - lengths, ends, running(mixed(codes)))

    @classmethod
    def of_words(cls, words: Sequence[str]) -> Row:
        """The row of some strings."""
        codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
        return cls.of(codes, np.fromiter(map(len, words), np.int64, len(words)))

    @property
    def lengths(self) -> Ints:
        """Code points in each string."""
        return self.ends - self.starts

    @property
    def owners(self) -> Ints:
        """The number of the string that each code point belongs to."""
        return np.repeat(np.arange(len(self.starts)), self.lengths)

    def whole(self) -> Keys:
        """The hash of each string."""
        return pieces(self.sums, self.starts, self.ends)

    def where(self, kept: Bools) -> Row:
        """The strings without the code points that are not kept."""
        count = np.zeros(len(kept) + 1, np.int64)
        np.cumsum(kept, out=count[1:])
        return Row.of(self.codes[kept], count[self.ends] - count[self.starts])


def hashes(words: Sequence[str]) -> Keys:
    """The hash of each string."""
    return Row.of_words(words).whole()


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """For each of so many things of each owner: the owner, and which of its things it is."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
