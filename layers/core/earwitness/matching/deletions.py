"""Which names are within one or two edits of a word, without comparing it to all of them.

Two words are within d edits (insertion, deletion, substitution, swap of neighbours) only if
deleting at most d letters from each can make them equal: the symmetric deletion of Garbe's
SymSpell. Here a deletion never builds a string. A word's hash is a polynomial over its letters,
so the hash of any deletion follows from prefix sums, for all words of one length at once; the
keys are kept as sorted numbers. Only the first ``PREFIX`` letters count, which bounds the keys
of a long word and loses none. Candidates are exact on keys, not on distance: verify them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.filters import Held
from earwitness.matching.hashing import BACK, Ints, Keys, Row, powers, spread

PREFIX = 12
LONGEST = 40  # letters; longer tokens are no misspelt names
_BACK = np.uint64(BACK)
_BACK_TWICE = np.uint64(pow(BACK, 2, 1 << 64))
_SLOTS = 12  # per key: of other keys, fewer than one in a hundred passes by chance


def permitted(length: int) -> int:
    """Edits permitted in a name of so many letters: short names collide with everything."""
    return 0 if length < 5 else 1 if length < 9 else 2


def deletion_keys(row: Row, depths: Ints) -> tuple[Keys, Ints]:
    """Every key of every word of a row beside the word's number; ``depths``: letters to delete."""
    lengths = np.minimum(row.lengths, PREFIX)
    shifts = powers(BACK, len(row.sums))[row.starts]
    heads = row.sums[row.starts]
    totals = (row.sums[row.starts + lengths] - heads) * shifts
    once, at = spread(np.where(depths > 0, lengths, 0))
    place = row.starts[once] + at
    before = (row.sums[place] - heads[once]) * shifts[once]
    after = (row.sums[place + 1] - heads[once]) * shifts[once]
    keys = [totals, before + (totals[once] - after) * _BACK]
    owners = [np.arange(len(lengths)), once]
    first = np.cumsum(lengths * (depths > 0)) - lengths
    twice = np.where(depths > 1, lengths, 0)
    for length in (np.flatnonzero(np.bincount(twice, minlength=1)[1:]) + 1).tolist():
        numbers = np.flatnonzero(twice == length)
        columns = first[numbers] + np.arange(length)[:, None]
        i, j = _pairs(length)
        head, rest = before[columns], totals[numbers] - after[columns]
        between = head[j] - after[columns][i]
        keys.append((head[i] + between * _BACK + rest[j] * _BACK_TWICE).ravel())
        owners.append(np.tile(numbers, len(i)))
    return np.concatenate(keys), np.concatenate(owners)


@lru_cache(maxsize=PREFIX)
def _pairs(length: int) -> tuple[Ints, Ints]:
    return np.triu_indices(length, 1)


@dataclass(frozen=True, slots=True)
class Deletions:
    """The names' keys: upper halves of the hashes, sorted, beside the numbers of the names."""

    keys: NDArray[np.uint32]
    names: NDArray[np.int32]
    held: Held
    deepest: int

    @classmethod
    def of(cls, names: Sequence[str], depths: Sequence[int]) -> Deletions:
        """Index the names, each by as many deletions as edits are permitted in it."""
        keys, ids = deletion_keys(Row.of_words(names), np.array(depths, np.int64))
        short = (keys >> np.uint64(32)).astype(np.uint32)
        order = np.argsort(short, kind="stable")
        held = Held.of_keys(keys, _SLOTS)
        return cls(short[order], ids[order].astype(np.int32), held, max(depths, default=0))

    def candidates(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs (number of the word, number of the name) that may be within distance."""
        rows, names = self.pairs(Row.of_words(words))
        return list(zip(rows.tolist(), names.tolist(), strict=True))

    def pairs(self, row: Row) -> tuple[Ints, Ints]:
        """The same for the strings of a row, as two arrays."""
        if not self.deepest or not len(row.starts):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        depths = np.where((row.lengths > 6) & (self.deepest > 1), 2, 1)
        keys, owners = deletion_keys(row, depths)
        passed = self.held.holding(keys)
        if not len(passed):
            return passed, passed
        short = (keys[passed] >> np.uint64(32)).astype(np.uint32)
        order = np.argsort(short)  # neighbours are looked up faster one after the other
        passed, short = passed[order], short[order]
        first = np.searchsorted(self.keys, short, "left")
        counts = np.searchsorted(self.keys, short, "right") - first
        at, offsets = spread(counts)
        names = self.names[first[at] + offsets].astype(np.int64)
        pairs = np.unique((owners[passed][at] << 32) | names)
        return pairs >> 32, pairs & 0xFFFFFFFF

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.keys.nbytes + self.names.nbytes + self.held.bits.nbytes
