"""The compiled watchlist: everything that ``find`` looks up, built once and then only read."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress, pairwise
from typing import TypeVar

from earwitness.matching import folding
from earwitness.matching.deletions import LONGEST, Deletions, permitted
from earwitness.matching.filters import Held, Remembered
from earwitness.matching.inflection import SHORT, stem
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, is_dictionary_word, is_distinctive, zipf
from earwitness.matching.sought import Sought, Sounds, Spaceless, Targets
from earwitness.matching.sound import readings_of, skeleton
from earwitness.model import Brand, Term, TermKind, Watchlist

K = TypeVar("K")
V = TypeVar("V")
# How keyboards without these letters write them: Strauss, Mueller, Oersted.
_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"}
)
_LONGEST_HEARD = 16  # letters; longer names differ by so much that slips of spelling suffice
LONGEST_TERM = 200  # code points
MOST_TERMS = 100_000  # about 600 MB while they are compiled: what a function of 1 GB can hold
_REMEMBERED = 20_000  # tokens whose verdict is kept: about 10 MB when full


@dataclass(frozen=True, slots=True)
class Entry:
    """A term ready to be looked for. ``key`` is its letters and digits, folded, in one piece."""

    brand: str
    term: Term
    key: str
    words: tuple[str, ...]
    zipf: float  # of the whole term, when it is one word
    is_word: bool  # of a dictionary, so more than a name
    without_spaces: bool  # a script that writes no spaces between words

    signs: tuple[str, ...]  # what it has besides letters, digits and blanks
    plain: bool  # a fuzzy name with no rules of its own on how it is written

    @property
    def fuzzy(self) -> bool:
        """Whether slips may be read as this term."""
        return self.term.fuzzy and self.term.kind is TermKind.NAME


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a token: as an entry, between two offsets into the folded token."""

    entry: int
    begin: int
    end: int
    edits: int
    kind: Kind
    score: float  # how sure the reading is before its surroundings are looked at
    written: str = ""  # the form that was compared with the name
    needs: str = ""  # what the original must show: "apostrophe after" (or before), "camel"
    rule: Rule = Rule.FOUND


@dataclass(frozen=True, slots=True)
class Part:
    """A word of longer names that a token may stand for, between two offsets into the token."""

    word: str
    edits: int
    begin: int
    end: int
    needs: str = ""  # as a reading's, or "distinctive neighbour": another word of the name


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that is known of a token: how it can be read."""

    readings: tuple[Reading, ...] = ()
    parts: tuple[Part, ...] = ()  # the likeliest form of a word comes first
    before: frozenset[str] = frozenset()  # what may stand before such a word in the name
    after: frozenset[str] = frozenset()


NOTHING = Verdict()  # a token that looked like a term and is none


@dataclass(slots=True)
class Index:
    """A compiled watchlist, for ``find``. Reading it from several threads is safe.

    ``boring`` and ``verdicts`` remember tokens that were already decided, by their hash; they
    only save time. No token that may be a name is ever boring, whatever its hash.
    """

    entries: tuple[Entry, ...]
    names: dict[str, tuple[int, ...]]  # key -> entries
    tags: dict[str, tuple[int, ...]]  # "@handle", "#hashtag"
    emoji: dict[str, tuple[int, ...]]
    listed: dict[str, tuple[int, ...]]  # spellings the watchlist allows
    stems: dict[str, tuple[str, ...]]  # what inflection leaves of a name -> names
    sounds: dict[str, tuple[int, ...]]
    skeletons: dict[str, tuple[int, ...]]
    spaceless: dict[str, tuple[int, ...]]
    beside: dict[tuple[str, str], tuple[tuple[int, int], ...]]  # two words -> (entry, position)
    before: dict[str, tuple[str, ...]]  # what stands before a word in some longer name
    after: dict[str, tuple[str, ...]]
    beginnings: dict[str, tuple[int, ...]]  # the first words of longer names in one piece
    sought: Sought
    joins: Held  # what two neighbouring tokens make when a name begins there
    openings: frozenset[str]  # the first three letters of names and of words of longer names
    words: dict[str, int]  # every word of longer names, and in how many it is
    vouched: frozenset[str]  # short words that go on a name of which another word is distinctive
    word_stems: dict[str, tuple[str, ...]]
    crosses: bool  # some name is in another script than Latin
    targets: list[str]  # what the deletions point to: names, then words of longer names
    deletions: Deletions
    longest_tag: int
    boring: Remembered = field(default_factory=Remembered)
    verdicts: dict[int, tuple[str, Verdict]] = field(default_factory=dict)

    def remember(self, verdicts: Mapping[int, tuple[str, Verdict]]) -> None:
        """Keep tokens with their verdicts, by hash. Forgets the older ones when full.

        Both memories are replaced or only grow, so a reader in another thread at worst decides
        a token once more.
        """
        if len(self.verdicts) > _REMEMBERED:
            self.verdicts = {}
        self.verdicts.update((k, kept) for k, kept in verdicts.items() if len(kept[0]) <= LONGEST)

    def forget(self) -> None:
        """Drop what was remembered, as after a cold start."""
        self.boring, self.verdicts = Remembered(), {}


def build(watchlist: Watchlist) -> Index:
    """Compile a watchlist.

    Raises ValueError that names brand and term when a term has nothing to look for (no letter,
    digit or symbol) or is longer than 200 code points, and when there are over 100,000 terms.
    """
    count = sum(len(brand.terms) for brand in watchlist.brands)
    if count > MOST_TERMS:
        raise ValueError(f"{count:,} terms; a watchlist has at most {MOST_TERMS:,}")
    entries = tuple(_entries(watchlist.brands))
    written = (TermKind.NAME, TermKind.DOMAIN)
    names = [(e.key, i) for i, e in enumerate(entries) if e.term.kind in written and e.key]
    fuzzy = [(key, i) for key, i in names if entries[i].fuzzy]
    names += [
        (folding.squeeze(spelt), i)
        for i, e in enumerate(entries)
        if (spelt := e.term.text.lower().translate(_SPELT_OUT)) != e.term.text.lower()
    ]
    heard = [(key, i) for key, i in fuzzy if 4 <= len(key) <= _LONGEST_HEARD]
    longer = [(e, i) for i, e in enumerate(entries) if len(e.words) > 1 and e.key]
    words = Counter(word for e, _ in longer for word in e.words)
    targets = sorted({key for key, _ in fuzzy if permitted(len(key)) and len(key) <= LONGEST})
    parts = sorted(
        {w for e, i in longer if e.fuzzy for w in e.words if permitted(len(w))} - set(targets)
    )
    beginnings = _grouped(
        ("".join(e.words[:count]), i) for e, i in longer for count in range(1, len(e.words))
    )
    depths = [permitted(len(key)) for key in targets] + [1] * len(parts)
    deletions = Deletions.of(targets + parts, depths)
    listed = _grouped((folding.squeeze(s), i) for i, e in enumerate(entries) for s in e.term.allow)
    tags = _grouped(
        (e.term.text[0] + "".join(folding.tokens(e.term.text[1:])), i)
        for i, e in enumerate(entries)
        if e.term.kind in (TermKind.HANDLE, TermKind.HASHTAG)
    )
    sounds = [(sound, i) for key, i in heard for sound in readings_of(key)]
    stems = _grouped((cut, key) for key, _ in fuzzy if (cut := stem(key)))
    vouched = _vouched(longer, words)
    word_stems = _grouped((cut, word) for word in words if (cut := stem(word)))
    spaceless = _grouped((e.key, i) for i, e in enumerate(entries) if e.without_spaces)
    pairs = [(pair, (i, at)) for e, i in longer for at, pair in enumerate(pairwise(e.words))]
    keys = {key for key, _ in names}
    return Index(
        entries=entries,
        names=_grouped(names),
        tags=tags,
        emoji=_grouped((e.term.text, i) for i, e in enumerate(entries) if not e.key),
        listed=listed,
        stems=stems,
        sounds=_grouped(sounds),
        skeletons=_grouped(
            (bone, i)
            for key, i in heard
            for form in {key, key.removesuffix("s")}
            if len(bone := skeleton(form)) > 1
        ),
        spaceless=spaceless,
        beside=_grouped(pairs),
        before=_grouped((second, first) for (first, second), _ in pairs),
        after=_grouped(pair for pair, _ in pairs),
        beginnings=beginnings,
        sought=Sought(
            names=Held.of(keys | listed.keys()),
            tags=Held.of(tags),
            vouched=Held.of(vouched),
            forms=Held.of(keys | words.keys() | stems.keys() | word_stems.keys()),
            sounds=Sounds.of((sound, entries[i].key) for sound, i in sounds),
            spaceless=Spaceless.of(spaceless),
            targets=Targets.of(targets + parts, deletions),
        ),
        joins=Held.of(keys | beginnings.keys()),
        openings=frozenset(word[:3] for word in (*words, *(key for key, _ in names))),
        words=dict(words),
        vouched=vouched,
        word_stems=word_stems,
        crosses=not all(key.isascii() for key, _ in fuzzy),
        targets=targets + parts,
        deletions=deletions,
        longest_tag=max((len(key) for key, _ in names), default=0),
    )


def _entries(brands: Iterable[Brand]) -> Iterator[Entry]:
    terms = [(brand.name, term) for brand in brands for term in brand.terms]
    keys = [folding.squeeze(term.text) for _, term in terms]
    known = zip(zipf(keys), is_dictionary_word(keys), strict=True)
    for (brand, term), key, (frequency, is_word) in zip(terms, keys, known, strict=True):
        symbols = [c for c in term.text if unicodedata.category(c) in ("So", "Sk", "Sm", "Sc")]
        if not key and not symbols:
            raise ValueError(
                f"brand {brand!r}, term {term.text!r}: nothing to look for; "
                "a term needs at least one letter, digit or symbol"
            )
        if len(term.text) > LONGEST_TERM:
            raise ValueError(
                f"brand {brand!r}, term {term.text[:40]!r}...: {len(term.text)} characters; "
                f"a term has at most {LONGEST_TERM}"
            )
        words = folding.words(term.text)
        signs = tuple(c for c in term.text if not c.isalnum() and not c.isspace())
        plain = (
            term.kind is TermKind.NAME
            and term.fuzzy
            and not term.case_sensitive
            and not (signs and len(key) < 4)
            and (frequency < COMMON or len(key) > 5)
        )
        whole = is_spaceless(key)
        yield Entry(
            brand, term, key, words, frequency, is_word or len(key) < 3, whole, signs, plain
        )


def _vouched(longer: Iterable[tuple[Entry, int]], words: Iterable[str]) -> frozenset[str]:
    """Short words that may take an ending without an apostrophe: Northwind Airden, no best buys."""
    listed = sorted(words)
    telling = set(compress(listed, is_distinctive(listed)))
    return frozenset(
        word
        for e, _ in longer
        for word in e.words[1:]
        if len(word) == SHORT and any(other in telling for other in e.words if other != word)
    )


def is_spaceless(folded: str) -> bool:
    """Whether a text holds a script that puts no space between words, or hangs particles on."""
    return not folded.isascii() and any(
        "\u0e00" <= c <= "\u0eff" or "\u1000" <= c <= "\u109f" or "\u1780" <= c <= "\u17ff"
        or "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3"
        for c in folded
    )  # fmt: skip


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    groups: dict[K, dict[V, None]] = defaultdict(dict)
    for key, value in pairs:
        groups[key][value] = None
    return {key: tuple(values) for key, values in groups.items()}
