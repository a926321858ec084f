"""Near misses: spellings that people accept or reject, and what a watchlist learns from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from earwitness.model import Brand, Match, Mention, Spelling, Term, Verdict
from earwitness.text import fold


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line for the watchlist: ``surface`` among the ``key`` (allow, exclude_any) of ``term``."""

    term: str
    key: str
    surface: str


def spelled(surface: str) -> str:
    """A surface without case, accents and signs: what people rule on."""
    return " ".join(fold(surface).split())


def deciding(mention: Mention) -> tuple[Match, ...]:
    """The matches that decide a mention, one per spelling."""
    best: dict[str, Match] = {}
    for match in mention.matches:
        if match.tier is mention.tier:
            best.setdefault(spelled(match.surface), match)
    return tuple(best.values())


def rulings(mention: Mention, verdict: Verdict, by: str, at: datetime) -> tuple[Spelling, ...]:
    """What somebody says of the spellings in a mention by accepting or rejecting it.

    Nothing of a name as it is written: that one post means something else by it is no rule.
    """
    return tuple(
        Spelling(mention.brand, match.term, match.surface, verdict, by, at)
        for match in deciding(mention)
        if spelled(match.surface) != spelled(match.term)
    )


def undecided(mentions: Iterable[Mention], ruled: Iterable[Spelling]) -> Iterator[Mention]:
    """The mentions with a spelling that nobody has ruled on, each set of spellings once."""
    known = {spelled(one.surface) for one in ruled}
    offered: set[frozenset[str]] = set()
    for mention in mentions:
        open_ones = frozenset(spelled(match.surface) for match in deciding(mention)) - known
        if open_ones and open_ones not in offered:
            offered.add(open_ones)
            yield mention


def suggestions(ruled: Iterable[Spelling], brand: Brand) -> tuple[Suggestion, ...]:
    """What the brand's terms should say and do not: to allow the accepted, exclude the rejected."""
    terms = {term.text: term for term in brand.terms}
    found = (_suggested(one, terms[one.term]) for one in ruled if one.term in terms)
    return tuple(sorted(filter(None, found), key=lambda one: (one.term, one.key, one.surface)))


def _suggested(ruling: Spelling, term: Term) -> Suggestion | None:
    ours = ruling.verdict is Verdict.OURS
    known = term.allow if ours else term.exclude_any
    if spelled(ruling.surface) in map(spelled, known):
        return None
    return Suggestion(term.text, "allow" if ours else "exclude_any", ruling.surface)
