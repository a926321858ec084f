"""Which new tokens can be a term at all? Decided for a batch with arrays; Python reads the rest.

Every way in which ``reading`` can find a term in a token begins with a look-up of some piece of
the token, of what it sounds like or of what is left of it after deletions. Here all these pieces
are hashed at once and held against ``Held`` sets of what would be found. So a token that is
screened out has no reading (a property test holds that), while one that passes merely may have.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from earwitness.matching.deletions import LONGEST
from earwitness.matching.filters import Held
from earwitness.matching.folding import POINTS, Stream
from earwitness.matching.hashing import Bools, Codes, Ints, Keys, Row, pieces, spread
from earwitness.matching.inflection import ELISIONS, ENDINGS, LONGEST_ENDING, SHORT, STEM_ENDINGS
from earwitness.matching.lexicon import COMMON, NEVER_A_SLIP, as_familiar, packed_values
from earwitness.matching.lookalikes import TABLES, without_runs
from earwitness.matching.sought import Sought
from earwitness.matching.sound import heard

_LOWER, _DIGIT, _SIGN, _OTHER, _SYLLABLE = 1, 2, 4, 8, 16
_FULL_STOP = ord("\n")
_A = ord("а")  # the Cyrillic letter that endings of the instrumental case replace


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """What each code point is, as bits."""
    table = np.full(POINTS, _OTHER, np.uint8)
    table[:128] = 0
    table[ord("a") : ord("z") + 1] = _LOWER
    table[ord("0") : ord("9") + 1] = _DIGIT
    table[[ord(sign) for sign in "@#$_"]] = _SIGN
    for first, last in ((0x30A1, 0x30FC), (0xAC00, 0xD7A3)):
        table[first : last + 1] |= _SYLLABLE
    return table


@lru_cache(maxsize=1)
def _disguises() -> tuple[Codes, ...]:
    """For each table of lookalikes: what every code point stands for."""
    tables = []
    for look in TABLES:
        codes = np.arange(POINTS, dtype=np.uint32)
        codes[list(look)] = [ord(letter) for letter in look.values()]
        tables.append(codes)
    return tuple(tables)


@lru_cache(maxsize=1)
def _endings() -> tuple[Held, Held]:
    return Held.of(ENDINGS | STEM_ENDINGS - {""}), Held.of(ELISIONS)


def screened(stream: Stream, at: Ints, gapped: Bools, sought: Sought) -> Bools:
    """Of the tokens of those numbers, which may be a term.

    ``gapped`` says of which something was dropped within, such as an apostrophe.
    """
    return _Tokens(stream, at, gapped, sought).passing()


class _Tokens:
    """The tokens of one call, laid end to end, with what several of the checks ask for."""

    def __init__(self, stream: Stream, at: Ints, gapped: Bools, sought: Sought) -> None:
        owners, offsets = spread(stream.ends[at] - stream.starts[at])
        codes = stream.codes[stream.starts[at][owners] + offsets]
        self.sought, self.stream, self.at, self.gapped = sought, stream, at, gapped
        self.raw = Row.of(codes, stream.ends[at] - stream.starts[at])
        classes = _classes().take(codes, mode="clip")
        self.seen = np.bitwise_or.reduceat(classes, self.raw.starts)
        self.signs = classes & _SIGN > 0
        self.bodies = self.raw.where(~self.signs) if self.signs.any() else self.raw
        self.keys = self.bodies.whole()
        self.frequencies = as_familiar(packed_values(self.keys))
        if self.signs.any():
            self._forget_words_in_pieces()
        self.short = self.bodies.lengths <= LONGEST
        self.found = np.zeros(len(at), np.bool_)

    def __len__(self) -> int:
        return len(self.at)

    def _forget_words_in_pieces(self) -> None:
        """A token with a sign inside is no word, though its letters alone may be one."""
        count = np.add.reduceat(self.signs.astype(np.int64), self.raw.starts)
        inside = (count > 1) | ((count == 1) & ~self.signs[self.raw.starts])
        self.frequencies[inside] = 0.0

    def passing(self) -> Bools:
        """Which tokens may be a term."""
        self._whole()
        self._with_endings()
        self._grown()
        if self.gapped.any():
            self._around_apostrophes()
        if (self.seen & (_DIGIT | _SIGN | _OTHER)).any():
            self._disguised()
        if self.signs.any():
            self._inside_tags()
        if self.sought.spaceless.lengths:
            self._inside_spaceless()
        self._with_runs()
        self._spoken()
        self._misspelt()
        return self.found

    def _add(self, held: Held, keys: Keys, tokens: Ints) -> None:
        self.found[tokens[held.holding(keys)]] = True

    def _pieces(self, tokens: Ints, begin: Ints | int, end: Ints) -> Keys:
        """Hashes of pieces of bodies; begin and end count from the body's start."""
        starts = self.bodies.starts[tokens]
        return pieces(self.bodies.sums, starts + begin, starts + end)

    def _whole(self) -> None:
        every = np.arange(len(self))
        self._add(self.sought.names, self.keys, every)
        other = np.flatnonzero(self.seen & _OTHER)
        self._add(self.sought.forms, self.keys[other], other)  # stems of words, see ``restored``
        self.found[other[self.seen[other] & _SYLLABLE > 0]] = True
        self._add(self.sought.tags, self.stream.hashes[self.at], every)

    def _with_endings(self) -> None:
        """A name, a word of one or a stem, and a known ending."""
        other = self.seen & _OTHER > 0
        least = np.where(other, 2, SHORT)
        for size in range(1, LONGEST_ENDING + 1):
            tokens = np.flatnonzero(self.short & (self.bodies.lengths >= size + least))
            lengths = self.bodies.lengths[tokens]
            ends = _endings()[0].holding(self._pieces(tokens, lengths - size, lengths))
            tokens, lengths = tokens[ends], lengths[ends]
            keys = self._pieces(tokens, 0, lengths - size)
            short = ~other[tokens] & (lengths - size == SHORT)
            self._add(self.sought.vouched, keys[short], tokens[short])
            self._add(self.sought.forms, keys[~short], tokens[~short])

    def _grown(self) -> None:
        """A name with a version number; a name and a common word in one piece."""
        digits = np.flatnonzero(self.seen & _DIGIT)
        if len(digits):
            self._add(self.sought.names, self._pieces(digits, 0, self._bare()[digits]), digits)
        may = self.short & (self.frequencies < COMMON) & (self.bodies.lengths > 7)
        tokens = np.flatnonzero(may)
        owners, offsets = spread(self.bodies.lengths[tokens] - 7)
        owners = tokens[owners]
        kept = self.sought.names.holding(self._pieces(owners, 0, offsets + 5))
        owners, ends = owners[kept], offsets[kept] + 5
        rest = packed_values(self._pieces(owners, ends, self.bodies.lengths[owners]))
        self.found[owners[as_familiar(rest) >= COMMON]] = True

    def _bare(self) -> Ints:
        """Where each body ends without the digits that it ends in."""
        letters = _classes().take(self.bodies.codes, mode="clip") != _DIGIT
        after = np.where(letters, np.arange(1, len(letters) + 1), 0)
        last = np.zeros(len(self), np.int64)
        np.maximum.at(last, self.bodies.owners, after)
        ends: Ints = np.maximum(last - self.bodies.starts, 0)
        return ends

    def _around_apostrophes(self) -> None:
        tokens = np.flatnonzero(self.gapped & self.short)
        lengths = self.bodies.lengths[tokens]
        for size in range(1, 8):
            long = lengths > size
            held = self.sought.forms
            whole, cut = tokens[long], lengths[long]
            self._add(held, self._pieces(whole, 0, cut - size), whole)
            self._add(held, self._pieces(whole, size, cut), whole)

    def _disguised(self) -> None:
        tokens = np.flatnonzero((self.seen & (_DIGIT | _SIGN | _OTHER) > 0) & (self.seen != _DIGIT))
        row = _cut(self.raw, tokens, self.raw.lengths[tokens])
        for table in _disguises():
            meant = Row.of(table.take(row.codes, mode="clip"), row.lengths)
            self._add(self.sought.names, meant.whole(), tokens)

    def _inside_tags(self) -> None:
        """Names anywhere in a hashtag or between underscores; an account is all or nothing."""
        first = self.raw.codes[self.raw.starts]
        signed = self.seen & _SIGN > 0
        tokens = np.flatnonzero(signed & (first != ord("@")) & (self.bodies.lengths > 0))
        lengths = np.minimum(self.bodies.lengths[tokens], LONGEST)
        owners, begins = spread(lengths)
        least = np.where(first[tokens[owners]] == ord("#"), 3, 1)  # letters
        which, sizes = spread(np.maximum(lengths[owners] - begins - least + 1, 0))
        whose, begins = tokens[owners[which]], begins[which]
        ends = begins + sizes + least[which]
        self._add(self.sought.names, self._pieces(whose, begins, ends), whose)

    def _inside_spaceless(self) -> None:
        tokens = np.flatnonzero(self.seen & _OTHER)
        for size in self.sought.spaceless.lengths:
            owners, begins = spread(np.maximum(self.bodies.lengths[tokens] - size + 1, 0))
            whose = tokens[owners]
            self._add(self.sought.spaceless.held, self._pieces(whose, begins, begins + size), whose)

    def _with_runs(self) -> None:
        """Letters three times and more: few tokens, so they are read as strings."""
        codes, owners = self.bodies.codes, self.bodies.owners
        same = (codes[2:] == codes[1:-1]) & (codes[1:-1] == codes[:-2])
        same &= owners[2:] == owners[:-2]
        tokens = np.unique(owners[2:][same])
        forms = [
            (token, form)
            for token in tokens.tolist()
            for form in without_runs(self.stream.token(int(self.at[token])))
        ]
        if forms:
            keys = Row.of_words([form for _, form in forms]).whole()
            self._add(self.sought.names, keys, np.array([token for token, _ in forms], np.int64))

    def _spoken(self) -> None:
        """Tokens that sound like a name; common words only if it is in another script."""
        letters = self.seen & (_DIGIT | _SIGN) == 0
        strange = self.frequencies < NEVER_A_SLIP
        other = self.seen & _OTHER > 0
        sought = self.sought.sounds
        for group in (~other & (strange | sought.crosses), other):  # Latin letters need no table
            tokens = np.flatnonzero(letters & group)
            if not len(tokens):
                continue
            keys = _sounds(_cut(self.raw, tokens, self.raw.lengths[tokens]))
            own = other[tokens] | strange[tokens]
            self._add(sought.latin, keys[own], tokens[own])
            own = ~other[tokens] | strange[tokens]
            self._add(sought.other, keys[own], tokens[own])
        if other.any():
            self._spoken_with_endings(np.flatnonzero(letters & other & self.short))

    def _spoken_with_endings(self, tokens: Ints) -> None:
        """Latin names with a Cyrillic ending, where a final a may have made room for it."""
        whose, sizes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for size in range(1, LONGEST_ENDING + 1):
            long = tokens[self.raw.lengths[tokens] > size + 2]
            lengths = self.raw.lengths[long]
            ends = _endings()[0].holding(self._pieces(long, lengths - size, lengths))
            whose.append(long[ends])
            sizes.append(lengths[ends] - size)
        owners, lengths = np.concatenate(whose), np.concatenate(sizes)
        if not len(owners):
            return
        self._add(self.sought.sounds.latin, _sounds(_cut(self.raw, owners, lengths)), owners)
        restored = _cut(self.raw, owners, lengths + 1)
        restored.codes[restored.ends - 1] = _A
        self._add(self.sought.sounds.latin, _sounds(restored), owners)

    def _misspelt(self) -> None:
        """Within the permitted distance of a name, or one edit away from a word of one."""
        first = self.raw.codes[self.raw.starts]
        bare = self._bare() if (self.seen & _DIGIT).any() else self.bodies.lengths
        tokens = np.flatnonzero(
            ~self.found
            & (self.frequencies < NEVER_A_SLIP)
            & (bare >= 4)
            & (bare <= LONGEST)
            & (first != ord("@"))
            & (first != ord("$"))
        )
        row = _cut(self.bodies, tokens, bare[tokens])
        sought = self.sought.targets
        rows, targets = sought.deletions.pairs(row)
        if not len(rows):
            return
        text = row.codes.tobytes().decode("utf-32-le", "surrogatepass")
        words = [text[row.starts[n] : row.ends[n]] for n in rows.tolist()]
        edits = process.cpdist(
            words, sought.texts[targets].tolist(), scorer=OSA.distance, score_cutoff=2
        )
        self.found[tokens[rows[edits <= sought.reach[targets]]]] = True


def _cut(row: Row, tokens: Ints, lengths: Ints) -> Row:
    """The first letters of some strings of a row, so many of each."""
    owners, offsets = spread(lengths)
    return Row.of(row.codes[row.starts[tokens][owners] + offsets], lengths)


def _sounds(row: Row) -> Keys:
    """The hash of each string's key of sound, as ``sound.sounds`` makes it."""
    count = len(row.starts)
    parted = np.full(len(row.codes) + 2 * (count + 1), _FULL_STOP, np.uint32)
    parted[np.arange(len(row.codes)) + 2 * (row.owners + 1)] = row.codes
    spoken = heard(parted.tobytes().decode("utf-32-le", "surrogatepass"))
    codes = np.frombuffer(spoken.encode("utf-32-le", "surrogatepass"), np.uint32)
    once = np.ones(len(codes), np.bool_)
    once[1:] = (codes[1:] != codes[:-1]) | (codes[1:] < ord("a")) | (codes[1:] > ord("z"))
    codes = codes[once]
    edges = np.flatnonzero(codes == _FULL_STOP)
    return pieces(Row.of(codes, np.array([len(codes)])).sums, edges[1:-1:2] + 1, edges[2::2])
