"""A reading at a place: what stands around it confirms or refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from unicodedata import decomposition

from earwitness.matching.index import Entry, Reading
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, OFTEN
from earwitness.model import TermKind

_REACH = 300  # code points looked at on either side of a token for an address
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]{0,30}+://[^\s<>\"'。、，]+|www\.[^\s<>\"'。、，]+|[\w.+-]{1,64}+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,12}(?:/[^\s<>\"']*)?(?![\w-])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"([\w-]+)\.(?:com|net|org|de|ru|fr|es|se|com\.tr|co\.uk|uk|eu|io|tr|at|ch|it|рф)"
)
_ADDRESS_SIGNS = frozenset("./-=&?+%:@~_")
_APOSTROPHES = frozenset("'\u2019\u02bc\u02b9\u2018\uff07\u00b4`")
_HYPHENS = "-\u2010\u2011"
_SENTENCE_END = re.compile(r"[.!?;:,)\]}»”\"]\s|[\n\r\t]|[!?;()\[\]{}<>\"«»“”|/\\]|,")


class Sighting(NamedTuple):
    """A reading of an entry at offsets into the joined text of a batch."""

    entry: int
    start: int
    end: int
    edits: int
    kind: Kind
    score: float
    written: str
    rule: Rule = Rule.FOUND


def place(reading: Reading, entry: Entry, text: str, start: int, end: int) -> Sighting:
    """The reading at its place, with the rule that confirms or refuses it there."""
    kind, score, rule = reading.kind, reading.score, reading.rule
    if rule is Rule.FOUND and (reading.needs or kind is Kind.HANDLE or not entry.plain):
        rule = _refused(reading, entry, text, start, end)
    if rule is Rule.FOUND and kind is not Kind.HANDLE:
        is_domain = entry.term.kind is TermKind.DOMAIN
        # A domain is an address by itself; of a name only its surroundings tell.
        if is_domain or _may_be_address(text, start, end):
            kind, rule = _in_address(entry, kind, text, start, end)
        if rule is Rule.FOUND and is_domain and kind is not Kind.DOMAIN:
            rule = Rule.INSIDE_WORD
    if rule is Rule.FOUND:
        if kind is Kind.EXACT and (joined := _hyphened(text, start, end)):
            kind, score = Kind.COMPOUND, min(score, joined)
        if entry.is_word or kind in _SLIPS:
            before = text[max(0, start - 3) : start]
            score = _in_this_case(score, kind, entry, before, text[start:end])
    return Sighting(reading.entry, start, end, reading.edits, kind, score, reading.written, rule)


def met(needs: str, text: str, start: int, end: int) -> bool:
    """Whether the text around a span shows what a reading of it needs; nothing is met anywhere."""
    return not needs or _MET[needs](text, start, end)


def _refused(reading: Reading, entry: Entry, text: str, start: int, end: int) -> Rule:
    for rule, refuses in _REFUSALS.items():
        if refuses(reading, entry, text, start, end):
            return rule
    return Rule.FOUND


def _is_guessed(reading: Reading) -> bool:
    return bool(reading.edits and reading.kind is not Kind.LISTED) or reading.kind in _GUESSED


_GUESSED = frozenset((Kind.PHONETIC, Kind.TRANSLITERATION, Kind.LOOKALIKE, Kind.COMPOUND))


_PLAIN = frozenset((Kind.EXACT, Kind.INFLECTION, Kind.COMPOUND, Kind.SPACING))
_SLIPS = frozenset((Kind.SUBSTITUTED, Kind.INSERTED, Kind.DROPPED, Kind.SEVERAL, Kind.TRANSPOSED))
_CAMEL = re.compile(r"[a-zа-я][A-ZА-Я]|[A-ZА-Я]{2}[a-zа-я]")


def _in_this_case(score: float, kind: Kind, entry: Entry, before: str, surface: str) -> float:
    """The score in the light of capitals: they tell a name from a word, and a slip from two words.

    A name that is also a word is trusted when it is a name by its capital inside a sentence.
    """
    if (
        kind in _SLIPS
        and _CAMEL.search(surface)
        and len(entry.words) == 1
        and not _CAMEL.search(entry.term.text)
    ):
        return score * 0.3
    if not entry.is_word or kind not in _PLAIN or entry.term.case_sensitive:
        return score
    if entry.term.require_any:
        return min(score, 0.96 if surface[0].isupper() else 0.9)
    if not surface[0].isupper():
        return min(score, 0.52 if entry.zipf >= OFTEN else 0.75)
    before = before.rstrip(" \t\"'“„«(")
    opens = not before or before[-1] in ".!?:\n…" or (len(surface) > 1 and surface.isupper())
    return min(score, 0.6 if opens else 0.85)


def stands_out(text: str, start: int, end: int) -> bool:
    """Whether capitals, digits or underscores set the span apart inside a longer word."""
    before, after = text[start - 1 : start], text[end : end + 1]
    opens = not before.isalpha() or (text[start].isupper() and not before.isupper())
    closes = not after.isalpha() or (after.isupper() and not text[end - 1].isupper())
    return opens and closes


_MET: dict[str, Callable[[str, int, int], bool]] = {
    "apostrophe after": lambda text, _, end: text[end : end + 1] in _APOSTROPHES,
    "apostrophe before": lambda text, start, _: text[start - 1 : start] in _APOSTROPHES,
    "no apostrophe": lambda text, start, end: _APOSTROPHES.isdisjoint(text[start:end]),
    "camel": stands_out,
}


_REFUSALS: dict[Rule, Callable[[Reading, Entry, str, int, int], bool]] = {
    Rule.INSIDE_WORD: lambda r, _, text, start, end: not met(r.needs, text, start, end),
    Rule.SIGNS_DIFFER: lambda _, e, text, start, end: (
        len(e.key) < 4 and bool(e.signs) and e.signs != _signs(text[start:end])
    ),
    Rule.COMMON_WORD: lambda r, e, text, start, end: (
        e.zipf >= COMMON and r.kind in _PLAIN and _is_marked_word(e, text[start:end])
    ),
    Rule.CASE: lambda _, e, text, start, end: (
        e.term.case_sensitive and not _same_case(e.term.text, text[start:end])
    ),
    Rule.OTHER_ACCOUNT: lambda r, _, text, start, end: (
        start >= 0 and r.kind is Kind.HANDLE and _handle_goes_on(text, end)
    ),
    Rule.EXACT_ONLY: lambda r, e, *_: not e.fuzzy and _is_guessed(r),
}


def _handle_goes_on(text: str, end: int) -> bool:
    after = text[end : end + 2]
    return len(after) == 2 and after[0] in ".-" and after[1].isalnum()


def _same_case(term: str, surface: str) -> bool:
    ours = [c for c in term if c.isalnum()]
    theirs = [c for c in surface if c.isalnum()]
    if len(ours) == len(theirs):
        return ours == theirs
    return ours[0].isupper() == theirs[0].isupper()


def _is_marked_word(entry: Entry, surface: str) -> bool:
    """A word like the German "uber" with its dots, which a short name without marks is not."""
    if surface.isascii() or len(entry.key) > 5:
        return False
    added = _marks(surface) - _marks(entry.term.text)
    return bool(added) and (entry.is_word or entry.zipf > 4.5 or not added.isdisjoint("äöüåçğşñ"))


def _marks(text: str) -> set[str]:
    """Decorated letters; not the Turkish i, which is a matter of case."""
    return {c for c in text.casefold() if c.isalpha() and decomposition(c)[:1] not in ("", "<")}


def _signs(surface: str) -> tuple[str, ...]:
    """The signs between the letters: H&M is not "hm"."""
    return tuple(c for c in surface if not c.isalnum() and not c.isspace())


def _may_be_address(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in _ADDRESS_SIGNS or text[end : end + 1] in _ADDRESS_SIGNS


def _in_address(entry: Entry, kind: Kind, text: str, start: int, end: int) -> tuple[Kind, Rule]:
    low = max(start - _REACH, 0, text.rfind(" ", 0, start), text.rfind("\n", 0, start))
    for found in _ADDRESS.finditer(text, low, end + _REACH):
        if found.start() <= start and end <= found.end():
            return _address_verdict(entry, kind, found.group(), text[start:end])
        if found.start() > start:
            break
    return kind, Rule.FOUND


def _address_verdict(entry: Entry, kind: Kind, address: str, surface: str) -> tuple[Kind, Rule]:
    if entry.term.kind is TermKind.DOMAIN:
        host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", address.casefold())
        host = re.split(r"[/?#:]", host.split("@")[-1])[0]
        domain = entry.term.text.casefold()
        same = host == domain or host.endswith("." + domain)
        return (Kind.DOMAIN, Rule.FOUND) if same else (kind, Rule.IN_ADDRESS)
    if (
        "." in entry.term.text
        and surface.casefold() == entry.term.text.casefold() == address.casefold()
    ):
        return kind, Rule.FOUND
    bare = _BARE.fullmatch(address.casefold())
    if bare and bare[1] == surface.casefold() and "@" not in address:
        return Kind.DOMAIN, Rule.FOUND
    return kind, Rule.IN_ADDRESS


def _hyphened(text: str, start: int, end: int) -> float:
    """How surely a name joined to a word by a hyphen is meant; 0: no hyphen there.

    Name-Aktie is about the name, in S-Bahn it is the second half of another word.
    """
    after = text[end : end + 2]
    before = text[max(0, start - 2) : start]
    if len(before) == 2 and before[1] in _HYPHENS and before[0].isalpha():
        return 0.8
    if len(after) == 2 and after[0] in _HYPHENS and after[1].isalpha():
        return 0.96
    return 0.0


def apart(between: str, signs: tuple[str, ...]) -> bool:
    """Whether what stands between two tokens keeps them from being one name."""
    for sign in signs:
        between = between.replace(sign, "")
    return len(between) > 4 or bool(_SENTENCE_END.search(between))
