"""What pieces of a token are looked up in, to tell whether it may be a term at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.deletions import Deletions, permitted
from earwitness.matching.filters import Held
from earwitness.matching.hashing import Ints


@dataclass(frozen=True, slots=True)
class Sounds:
    """Keys of sound: of names in Latin letters, and of names in other scripts."""

    latin: Held
    other: Held
    crosses: bool  # some name is in another script than Latin

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Sounds:
        """Hold the first of each pair, a key, by the script of the second, a name."""
        latin, other = set[str](), set[str]()
        for key, name in pairs:
            (latin if name.isascii() else other).add(key)
        return cls(Held.of(latin), Held.of(other), bool(other))


@dataclass(frozen=True, slots=True)
class Spaceless:
    """Names in scripts without spaces, and how long they are."""

    held: Held
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, keys: Collection[str]) -> Spaceless:
        """Hold the names."""
        return cls(Held.of(keys), tuple(sorted({len(key) for key in keys})))


@dataclass(frozen=True, slots=True)
class Targets:
    """Names and words of longer names that slips are compared with."""

    texts: NDArray[np.object_]
    reach: Ints  # edits that may lie between
    deletions: Deletions

    @classmethod
    def of(cls, texts: list[str], deletions: Deletions) -> Targets:
        """The targets that the numbers in ``deletions`` mean."""
        reach = np.array([max(1, permitted(len(text))) for text in texts], np.int64)
        return cls(np.array(texts, object), reach, deletions)


@dataclass(frozen=True, slots=True)
class Sought:
    """Everything a token's pieces are held against, by how the piece is come by."""

    names: Held  # and spellings allowed: the whole token, or a piece that stands by itself
    tags: Held  # the whole token with its sign
    forms: Held  # what an ending may follow: names, words of longer names, stems
    vouched: Held  # short words that it may follow, see ``Index``
    sounds: Sounds
    spaceless: Spaceless
    targets: Targets
