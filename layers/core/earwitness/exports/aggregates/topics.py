"""Topics: the words that rose, from one stretch of time to the next.

What is counted are distinct stories, so that one text copied a thousand times is no topic. Of each
language only its own function words are left out, and all names that are watched. Whether a word
rose is told by the log-likelihood ratio of Dunning, "Accurate methods for the statistics of
surprise and coincidence", 1993, in the form that Rayson and Garside gave it for two corpora
("Comparing corpora using frequency profiling", 2000). From 15.13 on, chance does it once in ten
thousand words (Rayson, Berridge and Francis 2004).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from earwitness.exports.aggregates.keys import key_of
from earwitness.exports.rows import Row
from earwitness.text import words

SURE = 15.13
LEAST_STORIES = 3  # and as many authors: two people are no topic
MOST = 5_000  # stories of a brand and stretch that are read; of more an even sample
_READ = 1_000  # characters of each
_SHORTEST = 3  # letters


@dataclass(frozen=True, slots=True)
class Topic:
    """A word, or two in a row, that stands in more stories than before.

    ``stories`` of ``of`` and ``before`` of ``of_before`` have it; ``score`` is the log-likelihood.
    """

    term: str
    stories: int
    of: int
    before: int
    of_before: int
    score: float
    example: str = ""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What is held of the first post of a story."""

    text: str
    language: str
    author: str
    at: datetime


class Sample:
    """The stories of a brand in a stretch: all, or an even sample by their hash where many.

    The same stories give the same sample, in whatever order they come (Gibbons, "Distinct sampling
    for highly-accurate answers", 2001).
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._below = most, 2**64
        self._held: dict[int, Sampled] = {}

    def add(self, row: Row) -> None:
        """Hold the first post of a story, if its story is in the sample."""
        key = key_of(row.story_id)
        if key >= self._below or key in self._held:
            return
        text = f"{row.title or ''} {row.text}"[:_READ]
        author = row.author or row.author_name or row.place
        self._held[key] = Sampled(text, row.language, author, row.posted_at)
        while len(self._held) > self._most:
            self._below //= 2
            self._held = {key: one for key, one in self._held.items() if key < self._below}

    def stories(self) -> list[Sampled]:
        """What is held."""
        return list(self._held.values())


class Stops:
    """The words that are no topics: function words by language, and the names watched."""

    def __init__(self, function_words: dict[str, frozenset[str]], names: Iterable[str]) -> None:
        self._function_words = function_words
        self._names = frozenset(word for name in names for word, _, _ in words(name))

    def of(self, language: str) -> frozenset[str]:
        """The words left out of a text in a language."""
        return self._function_words.get(language, frozenset()) | self._names


def topics(
    now: Collection[Sampled], before: Collection[Sampled], stops: Stops, most: int = 5
) -> tuple[Topic, ...]:
    """The terms that rose most surely, the surest first."""
    counts, authors, shown = _counted(now, stops)
    earlier, _, _ = _counted(before, stops)
    found = []
    for term, stories in counts.items():
        if stories < LEAST_STORIES or len(authors[term]) < LEAST_STORIES:
            continue
        score = log_likelihood(stories, earlier[term], len(now), len(before))
        if score >= SURE and _part(stories, now) > _part(earlier[term], before):
            example, written = shown[term]
            found.append(
                Topic(written, stories, len(now), earlier[term], len(before), score, example)
            )
    # Two words before one of them, where they are as sure: "check in" rather than "check".
    found.sort(key=lambda one: (-one.score, -one.term.count(" "), one.term))
    return tuple(_apart(found))[:most]


def log_likelihood(now: int, before: int, of_now: int, of_before: int) -> float:
    """How surprising it is that ``now`` of ``of_now`` and ``before`` of ``of_before`` have a term.

    2 (a ln(a/E1) + b ln(b/E2)), with E1 = c (a+b) / (c+d) and E2 = d (a+b) / (c+d).
    """
    both, of = now + before, of_now + of_before
    if not both or not of_now or not of_before:
        return 0.0
    expected = ((now, of_now * both / of), (before, of_before * both / of))
    return 2 * sum(seen * math.log(seen / usual) for seen, usual in expected if seen)


def _part(stories: int, of: Collection[Sampled]) -> float:
    return stories / len(of) if of else 0.0


def _counted(
    stories: Iterable[Sampled], stops: Stops
) -> tuple[Counter[str], dict[str, set[str]], dict[str, tuple[str, str]]]:
    """For each term the stories that have it, their authors, and how it was first written."""
    counts: Counter[str] = Counter()
    authors: dict[str, set[str]] = {}
    shown: dict[str, tuple[str, str]] = {}
    for story in stories:
        for term, written in dict(_terms(story, stops)).items():
            counts[term] += 1
            authors.setdefault(term, set()).add(story.author)
            shown.setdefault(term, (story.text, written))
    return counts, authors, shown


def _terms(story: Sampled, stops: Stops) -> Iterator[tuple[str, str]]:
    """Each word, and each two in a row, folded, with how they are written.

    Words with a hyphen between them are one, whatever they are by themselves: "check-in".
    """
    stopped = stops.of(story.language)
    last: tuple[str, int, int] | None = None
    for word, start, end in _hyphenated(story.text):
        if len(word) < _SHORTEST or word.isdigit() or word in stopped:
            last = None
            continue
        yield word, story.text[start:end].casefold()
        if last is not None and start - last[2] == 1 and " " not in f"{last[0]}{word}":
            yield f"{last[0]} {word}", story.text[last[1] : end].casefold()
        last = (word, start, end)


def _hyphenated(text: str) -> Iterator[tuple[str, int, int]]:
    held: tuple[str, int, int] | None = None
    for word, start, end in words(text):
        if held is not None and start - held[2] == 1 and text[held[2]] in "-‐‑":
            held = (f"{held[0]} {word}", held[1], end)
            continue
        if held is not None:
            yield held
        held = (word, start, end)
    if held is not None:
        yield held


def _apart(found: Iterable[Topic]) -> Iterator[Topic]:
    """Topics without those whose words are part of a surer one, or the other way round."""
    kept: list[Topic] = []
    for topic in found:
        own = set(topic.term.replace("-", " ").split())
        if not any(own & set(other.term.replace("-", " ").split()) for other in kept):
            kept.append(topic)
            yield topic
