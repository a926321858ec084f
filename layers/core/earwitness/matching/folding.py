"""Many texts become one stream of folded tokens, and every token knows where it came from.

Folding a batch at once is what makes matching fast: one join, one look-up in a table of code
points, one split. Apostrophes, combining marks and invisible characters vanish (Tesco's,
Te\u200bsla), so the positions that stayed are kept: they lead back into the original. The signs
@ # $ _ count as letters, for they say what a token is: a handle, a hashtag, a t\u0024ick.
The table is built by ``benchmarks/matching_words.py`` from Unicode's own data.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earwitness.matching.hashing import Keys, mixed, pieces, running
from earwitness.text import fold

DATA = Path(__file__).parent / "data"
POINTS = 0x20000  # code points beyond are rare ideographs, private use and tags: separators
_DROPPED, _SEPARATOR = 0, 0x20
_SIGNS = {"@": "@", "#": "#", "$": "$", "_": "_", "\uff20": "@", "\uff03": "#"}
_APOSTROPHES = "'\u2019\u02bc\u02b9\u2018\uff07\u00b4"
_INVISIBLE = "\u00ad\u034f\u061c\u180e\ufeff" + "".join(
    chr(p) for r in ((0x200B, 0x2010), (0x202A, 0x202F), (0x2060, 0x2070)) for p in range(*r)
)
# Marks that merely decorate a letter; marks of other scripts are its vowels and stay.
_DECORATING = (
    (0x300, 0x370), (0x483, 0x488), (0x591, 0x5C8), (0x610, 0x61B), (0x64B, 0x660),
    (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE00, 0xFE10), (0xFE20, 0xFE30),
)  # fmt: skip


def fold_point(point: int) -> int:
    """The code point that ``point`` becomes: 0 when dropped, 32 when it separates tokens."""
    character = chr(point)
    if character in _SIGNS:
        return ord(_SIGNS[character])
    if character in _APOSTROPHES or character in _INVISIBLE:
        return _DROPPED
    category = unicodedata.category(character)
    if category[0] == "M":
        decorates = any(low <= point < high for low, high in _DECORATING)
        return _DROPPED if decorates else point
    return ord(fold(character)) if category != "Cs" else _SEPARATOR


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint32]:
    return np.frombuffer(zlib.decompress((DATA / "folding.z").read_bytes()), np.uint32)


@dataclass(frozen=True, slots=True)
class Stream:
    """Folded tokens of several texts joined by line ends.

    ``kept`` are the offsets into ``text`` of the folded code points, separators included;
    ``starts`` and ``ends`` index ``folded``, ``codes`` and ``kept`` alike; ``hashes`` are the
    tokens', and those of their pieces follow from ``sums``.
    """

    text: str
    folded: str
    codes: NDArray[np.uint32]
    kept: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    sums: Keys
    hashes: Keys

    def __len__(self) -> int:
        return len(self.starts)

    def gapped(self) -> NDArray[np.bool_]:
        """Of which tokens something was dropped within: an apostrophe, say."""
        reached = self.kept[self.ends - 1] - self.kept[self.starts]
        gapped: NDArray[np.bool_] = reached != self.ends - self.starts - 1
        return gapped

    def token(self, at: int) -> str:
        """The folded token of that number."""
        return self.folded[self.starts[at] : self.ends[at]]

    def row(self, at: int, count: int) -> tuple[str, ...]:
        """Up to so many tokens from ``at`` on."""
        return tuple(self.token(n) for n in range(at, min(at + count, len(self))))

    def span(self, at: int, begin: int, end: int) -> tuple[int, int]:
        """Offsets into ``text`` of the code points ``begin`` to ``end`` of a token."""
        first = int(self.starts[at])
        return int(self.kept[first + begin]), int(self.kept[first + end - 1]) + 1

    def reach(self, at: int, count: int) -> tuple[int, int]:
        """Offsets into ``text`` of so many tokens in a row."""
        last = int(self.ends[at + count - 1]) - 1
        return int(self.kept[self.starts[at]]), int(self.kept[last]) + 1


def read(texts: Sequence[str]) -> Stream:
    """Fold and tokenise; time and memory are linear in the total length."""
    text = "\n".join(texts)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    folded = _table().take(codes, mode="clip")
    kept = np.flatnonzero(folded)
    folded = folded[kept]
    letters = np.zeros(len(folded) + 2, np.bool_)
    np.not_equal(folded, _SEPARATOR, out=letters[1:-1])
    edges = np.flatnonzero(letters[1:] != letters[:-1])
    starts, ends = edges[::2], edges[1::2]
    sums = running(values().take(folded, mode="clip"))
    hashes = pieces(sums, starts, ends)
    text_of = folded.tobytes().decode("utf-32-le")
    return Stream(text, text_of, folded, kept, starts, ends, sums, hashes)


@lru_cache(maxsize=1)
def values() -> Keys:
    """The mixed number of every folded code point."""
    return mixed(np.arange(POINTS, dtype=np.uint32))


def tokens(text: str) -> list[str]:
    """The folded tokens of one text."""
    return read((text,)).folded.split()


def words(name: str) -> tuple[str, ...]:
    """A name's folded words; signs separate."""
    return tuple("".join(map(_folded, name)).split())


def squeeze(name: str) -> str:
    """A name's folded letters and digits in one piece, without signs: the key it is found by."""
    return "".join(words(name))


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    point = fold_point(ord(character)) if ord(character) < POINTS else _SEPARATOR
    if point == _DROPPED:
        return ""
    return " " if character in _SIGNS else chr(point)
