"""Context words: what must stand near by for a name to be meant, and what must not.

Near by is counted in words, over the title and the text in one row. A post of a few sentences is
about one thing, so all of it is near; so is a title to everything below it. An excluded phrase is
about the very word that it stands beside, so it reaches less far.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from rapidfuzz.distance import OSA

from earwitness.matching import folding
from earwitness.matching.deletions import permitted
from earwitness.matching.index import Entry
from earwitness.matching.kinds import Rule
from earwitness.matching.lexicon import COMMON, familiarity
from earwitness.model import Post

NEAR = 25  # words on either side within which a required word counts: two sentences or so
SHORT = 60  # words: the whole of a post up to this length is near; 280 characters have about 50
BESIDE = 8  # words on either side within which an excluded phrase counts
_LONGEST_ENDING = 4  # letters that may follow a context word
_SIGNS = "@#$_"


class Surroundings:
    """The words of a post, read only when a term asks for context."""

    def __init__(self, post: Post) -> None:
        self._title = post.title or ""
        stream = folding.read([self._title, post.text])
        self._words = [token.strip(_SIGNS) for token in stream.folded.split()]
        self._starts: list[int] = stream.kept[stream.starts].tolist()
        self._title_ends = bisect_left(self._starts, len(self._title))
        self._found: dict[str, list[tuple[int, int]]] = {}

    def rule(self, entry: Entry, start: int, end: int, *, in_title: bool) -> Rule:
        """Whether a term may stand between two offsets into the title or the text."""
        shift = 0 if in_title else len(self._title) + 1
        first = max(0, bisect_right(self._starts, start + shift) - 1)
        last = max(first + 1, bisect_left(self._starts, end + shift))
        term = entry.term
        if term.require_any and not any(self._is_near(p, first, last) for p in term.require_any):
            return Rule.CONTEXT_MISSING
        if any(self._is_within(p, first - BESIDE, last + BESIDE) for p in term.exclude_any):
            return Rule.CONTEXT_EXCLUDES
        return Rule.FOUND

    def _is_near(self, phrase: str, first: int, last: int) -> bool:
        if len(self._words) <= SHORT:
            return bool(self._places(phrase))
        in_title = any(begin < self._title_ends for begin, _ in self._places(phrase))
        return in_title or self._is_within(phrase, first - NEAR, last + NEAR)

    def _is_within(self, phrase: str, low: int, high: int) -> bool:
        return any(end > low and begin < high for begin, end in self._places(phrase))

    def _places(self, phrase: str) -> list[tuple[int, int]]:
        """Where the phrase's words stand in a row, inflected or with a slip perhaps."""
        if phrase not in self._found:
            wanted = [token.strip(_SIGNS) for token in folding.tokens(phrase)]
            count = len(wanted)
            rows = range(len(self._words) - count + 1 if count else 0)
            self._found[phrase] = [
                (row, row + count)
                for row in rows
                if all(_is_form(w, self._words[row + n]) for n, w in enumerate(wanted))
            ]
        return self._found[phrase]


def _is_form(wanted: str, word: str) -> bool:
    """Whether a word is the wanted one, inflected, or a slip of it and no word of its own."""
    if word == wanted:
        return True
    if len(wanted) < 4 or len(word) < 4:
        return False
    if word.startswith(wanted):
        return len(word) - len(wanted) <= _LONGEST_ENDING
    return (
        permitted(len(wanted)) > 0
        and OSA.distance(wanted, word, score_cutoff=1) <= 1
        and (familiarity([word])[0] < COMMON or _changes_its_end(wanted, word))
    )


def _changes_its_end(wanted: str, word: str) -> bool:
    """Whether two Cyrillic words differ in their last letter only: their case."""
    return word[:-1] == wanted[:-1] and word[-1] >= "\u0400"
