"""A reading at a place: what stands around it confirms or refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import decomposition

from earwitness.matching.index import Entry, Reading
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON
from earwitness.model import TermKind

_REACH = 300  # code points looked at on either side of a token for an address
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s<>\"'。、，]+|www\.[^\s<>\"'。、，]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,12}(?:/[^\s<>\"']*)?(?![\w-])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"([\w-]+)\.(?:com|net|org|de|ru|fr|es|se|com\.tr|co\.uk|uk|eu|io|tr|at|ch|it|рф)"
)
_ADDRESS_SIGNS = frozenset("./-=&?+%:@~_")
_APOSTROPHES = frozenset("'\u2019\u02bc\u02b9\u2018\uff07\u00b4`")
_SENTENCE_END = re.compile(r"[.!?;:,)\]}»”\"]\s|[\n\r\t]|[!?;()\[\]{}<>\"«»“”|/\\]|,")


@dataclass(frozen=True, slots=True)
class Sighting:
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
    if rule is Rule.FOUND:
        rule = _refused(reading, entry, text, start, end)
    if rule is Rule.FOUND and kind is not Kind.HANDLE and _may_be_address(text, start, end):
        kind, rule = _in_address(entry, kind, text, start, end)
    if rule is Rule.FOUND and entry.term.kind is TermKind.DOMAIN and kind is not Kind.DOMAIN:
        rule = Rule.INSIDE_WORD
    if rule is Rule.FOUND and kind is Kind.EXACT:
        kind = _joined_by_hyphen(text, start, end)
    return Sighting(reading.entry, start, end, reading.edits, kind, score, reading.written, rule)


def _refused(reading: Reading, entry: Entry, text: str, start: int, end: int) -> Rule:
    surface = text[start:end]
    guessed = (reading.edits and reading.kind is not Kind.LISTED) or reading.kind in _GUESSED
    refusals = {
        Rule.INSIDE_WORD: reading.needs and not _MET[reading.needs](text, start, end),
        Rule.OTHER_ACCOUNT: reading.kind is Kind.HANDLE and _handle_goes_on(text, end),
        Rule.EXACT_ONLY: guessed and not entry.fuzzy,
        Rule.CASE: entry.term.case_sensitive and not _same_case(entry.term.text, surface),
        Rule.SIGNS_DIFFER: len(entry.key) < 4 and _signs_differ(entry.term.text, surface),
        Rule.COMMON_WORD: reading.kind is Kind.EXACT and _is_marked_word(entry, surface),
    }
    return next((rule for rule, refuses in refusals.items() if refuses), Rule.FOUND)


_GUESSED = frozenset((Kind.PHONETIC, Kind.TRANSLITERATION, Kind.LOOKALIKE, Kind.COMPOUND))


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
    short = entry.zipf >= COMMON and len(entry.key) < 6
    return short and bool(_marks(surface) - _marks(entry.term.text))


def _marks(text: str) -> set[str]:
    """Decorated letters; not the Turkish i, which is a matter of case."""
    return {c for c in text.casefold() if c.isalpha() and c != "ı" and decomposition(c)}


def _signs_differ(term: str, surface: str) -> bool:
    """H&M is not "hm": in very short names the signs between the letters are part of the name."""
    signs = [c for c in term if not c.isalnum() and not c.isspace()]
    return bool(signs) and signs != [c for c in surface if not c.isalnum() and not c.isspace()]


def _may_be_address(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in _ADDRESS_SIGNS or text[end : end + 1] in _ADDRESS_SIGNS


def _in_address(entry: Entry, kind: Kind, text: str, start: int, end: int) -> tuple[Kind, Rule]:
    low = max(0, start - _REACH)
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


def _joined_by_hyphen(text: str, start: int, end: int) -> Kind:
    """Name-Aktie, Anti-Name: a compound, when a letter follows the hyphen directly."""
    after = text[end : end + 2]
    before = text[max(0, start - 2) : start]
    hyphened = (len(after) == 2 and after[0] in "-\u2010\u2011" and after[1].isalpha()) or (
        len(before) == 2 and before[1] in "-\u2010\u2011" and before[0].isalpha()
    )
    return Kind.COMPOUND if hyphened else Kind.EXACT


def apart(text: str, end: int, start: int) -> bool:
    """Whether what stands between two tokens keeps them from being one name."""
    gap = text[end:start]
    return len(gap) > 4 or bool(_SENTENCE_END.search(gap))
