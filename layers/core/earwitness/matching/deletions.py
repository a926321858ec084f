"""Which names are within one or two edits of a word, without comparing it to all of them.

Two words are within d edits (insertion, deletion, substitution, swap of neighbours) only if
deleting at most d letters from each can make them equal: the symmetric deletion of Garbe's
SymSpell. Here a deletion never builds a string. A word's hash is a polynomial over its letters,
so the hash of any deletion follows from prefix sums, for all words of one length at once; the
keys are kept as sorted numbers. Only the first ``PREFIX`` letters count, which bounds the keys
of a long word and loses none. Candidates are exact on keys, not on distance: verify them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.hashing import BACK, ODD, Keys, mixed, powers

PREFIX = 12
LONGEST = 40  # letters; longer tokens are no misspelt names
_BACK = np.uint64(BACK)
_BACK_TWICE = np.uint64(pow(BACK, 2, 1 << 64))
_FILTER_SHARE = 12  # bits of the filter per key: about 8% pass by chance

Ids = NDArray[np.int64]


def permitted(length: int) -> int:
    """Edits permitted in a name of so many letters: short names collide with everything."""
    return 0 if length < 5 else 1 if length < 9 else 2


def _keys_of_one_length(words: Sequence[str], depth: int) -> Keys:
    """Hashes of the words with 0 to ``depth`` letters deleted; a row per word."""
    length = len(words[0])
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    sums = np.zeros((length + 1, len(words)), np.uint64)
    np.cumsum(
        mixed(codes).reshape(len(words), length).T * powers(ODD, length)[:, None],
        axis=0,
        out=sums[1:],
    )
    before, after, total = sums[:-1], sums[1:], sums[-1]
    rows = [total[None, :]]
    if depth >= 1:
        rows.append(before + (total - after) * _BACK)
    if depth >= 2:
        i, j = np.triu_indices(length, 1)
        rows.append(before[i] + (before[j] - after[i]) * _BACK + (total - after[j]) * _BACK_TWICE)
    return np.concatenate(rows).T


def deletion_keys(words: Sequence[str], depths: Sequence[int]) -> tuple[Keys, Ids]:
    """Every key of every word beside the word's number; ``depths`` are letters to delete."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (word, depth) in enumerate(zip(words, depths, strict=True)):
        groups[min(len(word), PREFIX), depth].append(number)
    keys, ids = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for (_, depth), numbers in groups.items():
        rows = _keys_of_one_length([words[n][:PREFIX] for n in numbers], depth)
        keys.append(rows.ravel())
        ids.append(np.repeat(np.array(numbers, np.int64), rows.shape[1]))
    return np.concatenate(keys), np.concatenate(ids)


@dataclass(frozen=True, slots=True)
class Deletions:
    """The names' keys: upper halves of the hashes, sorted, beside the numbers of the names."""

    keys: NDArray[np.uint32]
    names: NDArray[np.int32]
    filter: NDArray[np.bool_]
    deepest: int

    @classmethod
    def of(cls, names: Sequence[str], depths: Sequence[int]) -> Deletions:
        """Index the names, each by as many deletions as edits are permitted in it."""
        hashes, ids = deletion_keys(names, depths)
        bits = max(12, int(len(hashes) * _FILTER_SHARE).bit_length())
        passes = np.zeros(1 << bits, np.bool_)
        passes[(hashes & np.uint64((1 << bits) - 1)).astype(np.int64)] = True
        short = (hashes >> np.uint64(32)).astype(np.uint32)
        order = np.argsort(short, kind="stable")
        return cls(short[order], ids[order].astype(np.int32), passes, max(depths, default=0))

    def candidates(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs (number of the word, number of the name) that may be within distance."""
        if not self.deepest or not words:
            return []
        depths = [min(self.deepest, 2 if len(word) > 6 else 1) for word in words]
        hashes, owners = deletion_keys(words, depths)
        mask = np.uint64(len(self.filter) - 1)
        passed = np.flatnonzero(self.filter[(hashes & mask).astype(np.int64)])
        short = (hashes[passed] >> np.uint64(32)).astype(np.uint32)
        first = np.searchsorted(self.keys, short, "left")
        counts = np.searchsorted(self.keys, short, "right") - first
        offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        names = self.names[np.repeat(first, counts) + offsets].astype(np.int64)
        pairs = np.unique((np.repeat(owners[passed], counts) << 32) | names)
        return list(zip((pairs >> 32).tolist(), (pairs & 0xFFFFFFFF).tolist(), strict=True))

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.keys.nbytes + self.names.nbytes + self.filter.nbytes
