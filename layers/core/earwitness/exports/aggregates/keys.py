"""Distinct names by the million, counted exactly in eight bytes each.

A name is hashed to 64 bits. That two of ten million share a hash happens once in 370,000 such
counts (the birthday bound: n^2 / 2^65), so a count is exact for every purpose.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SLICES = 16  # of all hashes: what is joined is joined slice by slice, to need little at once
_LEAST_WAITING = 512
_WAITING_SHARE = 32  # at most one in so many waits: what waits is memory, sorting in is time
_OF_ITS_OWN = 1 << 16  # bytes


def key_of(*parts: str) -> int:
    """The 64-bit hash of a name of several parts, the same in every run."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big")


class Keys:
    """Distinct hashes: a sorted array, and those that wait to be sorted in."""

    __slots__ = ("_sorted", "_waiting")

    def __init__(self) -> None:
        self._sorted: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._waiting = array("Q")

    def add(self, key: int) -> None:
        """Hold one more hash, unless it is held."""
        self._waiting.append(key)
        if len(self._waiting) >= max(_LEAST_WAITING, self._sorted.size // _WAITING_SHARE):
            self.all()

    def all(self) -> NDArray[np.uint64]:
        """All hashes, each once, in order."""
        if self._waiting:
            self._sorted = _merged(self._sorted, np.frombuffer(self._waiting, np.uint64))
            self._waiting = array("Q")
        return self._sorted


def _merged(held: NDArray[np.uint64], waiting: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Both, each hash once, in order. np.unique would hold three copies at once."""
    both = _room(held.size + waiting.size, np.uint64)
    both[: held.size], both[held.size :] = held, waiting
    both.sort(kind="stable")  # which is quick where most is in order
    is_new = np.concatenate([[True], both[1:] != both[:-1]])
    return both if is_new.all() else _kept(both[is_new])


def _kept(made: NDArray[Any]) -> NDArray[Any]:
    """The same in room that is given back whole."""
    kept = _room(made.size, made.dtype.type)
    kept[:] = made
    return kept


def _room(size: int, kind: type[np.generic]) -> NDArray[Any]:
    """An array to be filled; a large one is mapped on its own, and gone when it is.

    Arrays that grow in turn leave holes in the heap that fit none of them: a sixth of all memory.
    """
    wanted = size * np.dtype(kind).itemsize
    if wanted < _OF_ITS_OWN:
        return np.empty(size, kind)
    return np.frombuffer(mmap(-1, wanted), kind)


def joined(held: Iterable[Keys]) -> Iterable[NDArray[np.uint64]]:
    """The distinct hashes of all of them together, a slice after the other."""
    parts = [keys.all() for keys in held]
    bounds = np.arange(1, _SLICES, dtype=np.uint64) << np.uint64(60)
    cuts = [[0, *np.searchsorted(part, bounds).tolist(), part.size] for part in parts]
    for number in range(_SLICES):
        some = [p[c[number] : c[number + 1]] for p, c in zip(parts, cuts, strict=True)]
        yield np.unique(np.concatenate(some)) if some else np.empty(0, np.uint64)


class Largest:
    """The largest number that came with each hash."""

    __slots__ = ("_keys", "_values", "_waiting", "_waiting_values")

    def __init__(self) -> None:
        self._keys: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._values: NDArray[np.int64] = np.empty(0, np.int64)
        self._waiting, self._waiting_values = array("Q"), array("q")

    def add(self, key: int, value: int) -> None:
        """Hold the value of a hash, unless a larger one is held."""
        self._waiting.append(key)
        self._waiting_values.append(value)
        if len(self._waiting) >= max(_LEAST_WAITING, self._keys.size // _WAITING_SHARE):
            self.all()

    def all(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """All hashes, each once, in order, and their values."""
        if self._waiting:
            keys = np.concatenate([self._keys, np.frombuffer(self._waiting, "u8")])
            values = np.concatenate([self._values, np.frombuffer(self._waiting_values, "i8")])
            self._waiting, self._waiting_values = array("Q"), array("q")
            order = np.argsort(keys, kind="stable")
            keys, values = keys[order], values[order]
            starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
            self._keys = _kept(keys[starts])
            self._values = _kept(np.maximum.reduceat(values, starts))
        return self._keys, self._values


def tallied(
    keys: NDArray[np.uint64], groups: int, weights: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """How many hashes, or how much weight, fall into each of so many groups of hashes."""
    places = (keys % np.uint64(groups)).astype(np.int64)
    return np.bincount(places, weights=weights, minlength=groups).astype(np.float64)


def total(held: Sequence[Keys]) -> int:
    """How many distinct hashes all of them hold together."""
    return sum(part.size for part in joined(held))
