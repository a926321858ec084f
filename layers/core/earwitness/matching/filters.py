"""Two small memories of hashes: one that says "certainly not", one that says "seen lately".

``Held`` is a Bloom filter (1970) with two probes: it may say yes wrongly, never no. ``Remembered``
forgets, but never says yes wrongly.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.hashing import Bools, Ints, Keys, hashes

_SLOTS = 40  # per key; of other keys, one in a few hundred passes by chance


@dataclass(frozen=True, slots=True)
class Held:
    """A set of hashes to test many others against: rarely says yes wrongly, never no."""

    bits: NDArray[np.uint8]

    @classmethod
    def of(cls, words: Collection[str]) -> Held:
        """Hold the words' hashes."""
        return cls.of_keys(hashes(tuple(words)))

    @classmethod
    def of_keys(cls, keys: Keys, slots: int = _SLOTS) -> Held:
        """Hold hashes, with so many slots for each."""
        size = 1 << max(12, (len(keys) * slots).bit_length())
        marked = np.zeros(size, np.bool_)
        for probe in (0, 1):
            marked[_slots(keys, size, probe)] = True
        return cls(np.packbits(marked, bitorder="little"))

    def holding(self, keys: Keys) -> Ints:
        """The positions of the keys that are held, perhaps."""
        first: Ints = np.flatnonzero(self._marked(keys, 0))
        if not len(first):
            return first
        found: Ints = first[self._marked(keys[first], 1).view(np.bool_)]
        return found

    def _marked(self, keys: Keys, probe: int) -> NDArray[np.uint8]:
        slots = _slots(keys, len(self.bits) * 8, probe)
        found: NDArray[np.uint8] = self.bits[slots >> 3] >> (slots & 7).astype(np.uint8) & 1
        return found


def _slots(keys: Keys, size: int, probe: int) -> Ints:
    """Where a hash is marked: by its highest bits, then by the lowest of its upper half."""
    if probe:
        return ((keys >> np.uint64(17)) & np.uint64(size - 1)).view(np.int64)
    return (keys >> np.uint64(65 - size.bit_length())).view(np.int64)


class Remembered:
    """The hashes of boring tokens, each in one of two slots that are its own; the newest stays."""

    _BITS = 18  # 2 MB; a hundred thousand tokens seldom push one another out

    def __init__(self) -> None:
        self._keys = np.zeros(1 << self._BITS, np.uint64)

    def add(self, keys: Keys) -> None:
        """Remember the hashes."""
        high, low = self._slots(keys)
        taken = (self._keys[high] != 0) & (self._keys[high] != keys)
        self._keys[np.where(taken, low, high)] = keys

    def missing(self, keys: Keys) -> Ints:
        """The positions of the keys that are not remembered."""
        left = np.flatnonzero(self._keys[self._slots(keys)[0]] != keys)
        again = keys[left]
        result: Ints = left[self._keys[self._slots(again)[1]] != again]
        return result

    def _slots(self, keys: Keys) -> tuple[Ints, Ints]:
        high = (keys >> np.uint64(64 - self._BITS)).view(np.int64)
        return high, (keys & np.uint64((1 << self._BITS) - 1)).view(np.int64)


def any_held(held: Held, keys: Keys, owners: Ints, count: int) -> Bools:
    """Of each of so many owners of keys: whether some key is held."""
    found = np.zeros(count, np.bool_)
    found[owners[held.holding(keys)]] = True
    return found
