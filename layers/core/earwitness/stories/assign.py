"""Which story a post belongs to. Copies attach to the first seen; a link never suppresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rapidfuzz.distance import Indel

from earwitness.model import Post, Reason, digest
from earwitness.stories.signature import Signature, keys, signature

WINDOW_FOR = timedelta(days=14)
SAME_SOURCE = 0.62  # order counts: a source repeats itself nearly word by word
NEAR_COPY = 0.5
LINKED = 0.35
NEWEST = 50  # stories under one key that are compared
LEAST_SHARED = 4  # tokens
SHORT = 10.0  # weight: people say so little alike without copying one another
SHORT_HEADLINE = 5.0  # publishers copy one another; even so, less than this is chance
BRIEF, BRIEF_COPY = 20.0, 2 / 3  # in a brief remark a few other words are another matter
OWN_WORDS = 12.0  # of weight, beside a link: a remark of its own about the page
CUT_SHORT = 0.85  # share of a text that was cut found at the beginning of the other


class Relation(StrEnum):
    """What a post is to its story."""

    FIRST = "first"  # a story of its own
    COPY = "copy"  # of the story; alerts only through the story's growth
    LINKED = "linked"  # a story of its own, like another


@dataclass(frozen=True, slots=True)
class KnownStory:
    """A story already seen: the signature of its first post, and when that was first seen."""

    story_id: str
    signature: Signature
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """``similarity`` in [0, 1] to the story it is a copy of or linked to; 0.0 for a first."""

    story_id: str
    relation: Relation
    reason: Reason
    similarity: float = 0.0
    linked_to: str | None = None


def story_id_of(post: Post) -> str:
    """The id of the story that ``post`` is the first of: the same at every rerun."""
    return story_id_of_post(post.post_id)


def story_id_of_post(post_id: str) -> str:
    """The id of the story that the post of that id is the first of."""
    return digest("story", post_id)[:32]


def assign(post: Post, candidates: Iterable[KnownStory], now: datetime) -> Decision:
    """Decide what ``post`` is to the stories that share a key with it.

    Among several the nearest relation wins, then the earliest seen. Reasons: first;
    same_page, same_source, near_copy, cut_short (copies); other_words (its own about a page),
    other_numbers, short_text, alike (linked).
    """
    own = story_id_of(post)
    known = sorted(candidates, key=lambda story: (story.first_seen_at, story.story_id))
    first = Decision(own, Relation.FIRST, Reason("first"))
    if any(story.story_id == own for story in known):
        return first  # offered again: it began its story, as before
    mine = signature(post)
    linked = first
    for story in known:
        relation, name, similarity = _compare(mine, story.signature, now - story.first_seen_at)
        reason = Reason(name, (f"similarity {similarity:.2f}",))
        if relation is Relation.COPY:
            return Decision(story.story_id, relation, reason, similarity)
        if relation is Relation.LINKED and similarity > linked.similarity:
            linked = Decision(own, relation, reason, similarity, linked_to=story.story_id)
    return linked


def distinct(posts: Iterable[Post], now: datetime) -> int:
    """How many stories these posts tell: copies and near-copies count once."""
    return len(set(story_ids(posts, now)))


def story_ids(posts: Iterable[Post], now: datetime) -> Iterator[str]:
    """The story of each of these posts, in their order, as if nothing was known before them."""
    known: dict[str, list[KnownStory]] = defaultdict(list)
    for post in posts:
        mine = signature(post)
        found = keys(mine)
        candidates = {story.story_id: story for key in found for story in known[key][-NEWEST:]}
        decision = assign(post, candidates.values(), now)
        if decision.relation is not Relation.COPY:
            for key in found:
                known[key].append(KnownStory(decision.story_id, mine, now))
        yield decision.story_id


def _compare(mine: Signature, first: Signature, age_for: timedelta) -> tuple[Relation, str, float]:
    """What a post is to the first post of a story seen ``age_for`` ago, and how alike they are."""
    jaccard, shared = likeness(mine, first)
    if mine.page is not None and mine.page == first.page:
        remark = not mine.article and mine.weight * (1 - _contained(mine, first)) >= OWN_WORDS
        name = "other_words" if remark else "same_page"
        return Relation.LINKED if remark else Relation.COPY, name, jaccard
    if abs(age_for) > WINDOW_FOR or shared < LEAST_SHARED:
        return Relation.FIRST, "first", jaccard
    name, similarity = _copy(mine, first, jaccard)
    if name:
        differ = _numbers_differ(mine, first)
        relation = Relation.LINKED if differ else Relation.COPY
        return relation, "other_numbers" if differ else name, similarity
    name = "short_text" if jaccard >= NEAR_COPY else "alike"
    return Relation.LINKED if jaccard >= LINKED else Relation.FIRST, name, jaccard


def _copy(mine: Signature, first: Signature, jaccard: float) -> tuple[str, float]:
    """The name of the rule by which two texts are one, or none, and their similarity."""
    if mine.source is not None and mine.source == first.source:
        similarity = Indel.normalized_similarity(mine.tokens, first.tokens)
        if similarity >= SAME_SOURCE:
            return "same_source", similarity
    if jaccard >= _least_for_copy(mine, first):
        return "near_copy", jaccard
    cut = _cut_short(mine, first)
    return ("cut_short", cut) if cut >= CUT_SHORT else ("", jaccard)


def _least_for_copy(mine: Signature, first: Signature) -> float:
    """The Jaccard index from which two texts of different sources are one; above 1: never."""
    weight = min(mine.weight, first.weight)
    if mine.repost:
        return NEAR_COPY
    if mine.article and first.article:
        return NEAR_COPY if weight >= SHORT_HEADLINE else 2.0
    if weight < SHORT:
        return 2.0
    return BRIEF_COPY if weight < BRIEF else NEAR_COPY


def likeness(one: Signature, other: Signature) -> tuple[float, int]:
    """Jaccard index of the tokens, or of the titles alone if higher, and how many are shared."""
    best = _jaccard(frozenset(one.tokens), frozenset(other.tokens))
    if min(one.of_title, other.of_title) >= LEAST_SHARED:
        best = max(best, _jaccard(one.title, other.title))
    return best


def _jaccard(one: frozenset[int], other: frozenset[int]) -> tuple[float, int]:
    shared = len(one & other)
    either = len(one) + len(other) - shared
    return (shared / either if either else 0.0), shared


def _contained(mine: Signature, first: Signature) -> float:
    """The share of my tokens that the first post has too."""
    tokens = set(mine.tokens)
    return len(tokens & set(first.tokens)) / len(tokens) if tokens else 1.0


def _cut_short(mine: Signature, first: Signature) -> float:
    """How much of the one that was cut stands at the beginning of the other; 0.0: none was cut."""
    short, long = sorted((mine, first), key=lambda one: len(one.tokens))
    if not short.cut or short.weight < SHORT:
        return 0.0
    beginning = set(long.tokens[: len(short.tokens) + LEAST_SHARED])
    return len(set(short.tokens) & beginning) / len(short.tokens)


def _numbers_differ(mine: Signature, first: Signature) -> bool:
    """Each has a number that the other lacks: another flight, another day, another event."""
    return bool(mine.numbers - first.numbers) and bool(first.numbers - mine.numbers)
