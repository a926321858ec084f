"""The terms of a watchlist as the phrases that a source is searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from earwitness.model import Term, TermKind

_BLANKS_AND_QUOTES = re.compile(r'[\s"]+')


def phrases(terms: Sequence[Term], most_misspellings: int) -> Iterable[str]:
    """The terms, then the spellings they allow, then likely misspellings of each: each once."""
    allowed = [Term(spelling) for term in terms for spelling in term.allow]
    wrong = [Term(spelling) for term in terms for spelling in _misspelled(term, most_misspellings)]
    return dict.fromkeys(_phrase(term) for term in (*terms, *allowed, *wrong))


def _misspelled(term: Term, most: int) -> Iterator[str]:
    """Likely misspellings of a fuzzy name, then the name in Cyrillic or Latin letters."""
    if not most or not term.fuzzy or term.case_sensitive or term.kind is not TermKind.NAME:
        return
    from earwitness.matching.misspellings import likely, transliterated  # noqa: PLC0415 - numpy

    yield from likely(term.text, most)
    other = transliterated(term.text)
    if other is not None:
        yield other


def _phrase(term: Term) -> str:
    """The term as one phrase: quotes inside it would end it early."""
    if term.kind in (TermKind.HANDLE, TermKind.HASHTAG):
        return term.text
    text = _BLANKS_AND_QUOTES.sub(" ", term.text).strip()
    return f'"{text}"'


def joined(phrases: Iterable[str], joiner: str | None, most: int) -> Iterable[str]:
    """Alternatives in as few queries as ``most`` characters allow; one each without a joiner."""
    if joiner is None:
        yield from phrases
        return
    query = ""
    for phrase in phrases:
        longer = f"{query}{joiner}{phrase}" if query else phrase
        if query and len(longer) > most:
            yield query
            longer = phrase
        query = longer
    if query:
        yield query
