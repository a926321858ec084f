"""Copies attach to the first seen; what people say alike by chance stays apart."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.story_pairs import decide, load
from earwitness.model import Author, Post
from earwitness.stories import (
    Decision,
    KnownStory,
    Relation,
    Signature,
    assign,
    keys,
    place,
    reach,
    signature,
)

NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
LONG = (
    "Northwind Air kept us on the tarmac for six hours without water and then cancelled the "
    "flight, and nobody at the desk could say when the next one leaves"
)
WORDS = st.lists(st.sampled_from(LONG.lower().replace(",", "").split()), max_size=40)


def post(text, number=1, **fields):
    fields.setdefault("author", Author(handle=f"user{number}"))
    return Post(kind="mastodon", source_id=str(number), text=text, **fields)


def known(first, story_id="s1", days_ago=0.0):
    return KnownStory(story_id, signature(first), NOW - timedelta(days=days_ago))


def relate(text, first=LONG, days_ago=0.0, **fields):
    return assign(post(text, 2, **fields), [known(post(first), days_ago=days_ago)], NOW)


@pytest.mark.parametrize(
    ("case", "copy", "floor"),
    [
        ("pairs.jsonl", True, 0.97),
        ("pairs.jsonl", False, 0.99),
        ("pairs_held_out.jsonl", True, 0.92),
        ("pairs_held_out.jsonl", False, 0.92),
    ],
)
def test_our_labelled_pairs_are_told_apart(case, copy, floor):
    pairs = [pair for pair in load(case) if pair.copy is copy]
    right = sum((decide(pair).relation is Relation.COPY) is copy for pair in pairs)
    assert right / len(pairs) >= floor


def test_a_post_like_no_other_is_the_first_of_a_story_of_its_own():
    decision = assign(post(LONG), [], NOW)
    assert (decision.relation, decision.reason.name) == (Relation.FIRST, "first")


def test_a_story_has_the_same_id_at_every_rerun():
    assert assign(post(LONG), [], NOW).story_id == assign(post(LONG), [], NOW).story_id


def test_a_post_offered_again_is_still_the_first_of_its_story():
    own = assign(post(LONG), [], NOW).story_id
    again = assign(post(LONG), [known(post(LONG), own), known(post(LONG), "s0")], NOW)
    assert (again.story_id, again.relation) == (own, Relation.FIRST)


def test_a_copy_attaches_to_the_first_seen():
    stories = [known(post(LONG), "later", 1), known(post(LONG), "earlier", 2)]
    assert assign(post(LONG, 2), stories, NOW).story_id == "earlier"


def test_a_copy_says_how_similar_it_is():
    decision = relate(f"Unbelievable: {LONG}")
    assert decision.relation is Relation.COPY
    assert decision.reason.evidence == (f"similarity {decision.similarity:.2f}",)
    assert 0.9 < decision.similarity < 1


def test_a_link_keeps_a_story_of_its_own():
    decision = relate(LONG[:90] + " says a man who was on another plane, in row four, with his dog")
    assert decision.relation is Relation.LINKED
    assert (decision.linked_to, decision.story_id != "s1") == ("s1", True)


@pytest.mark.parametrize(("days", "relation"), [(13.9, Relation.COPY), (14.1, Relation.FIRST)])
def test_the_same_text_after_two_weeks_is_a_new_story(days, relation):
    assert relate(LONG, days_ago=days).relation is relation


def test_another_number_is_another_event():
    decision = relate(LONG.replace("six", "6"), LONG.replace("six", "16"))
    assert (decision.relation, decision.reason.name) == (Relation.LINKED, "other_numbers")


def test_the_same_short_words_of_two_people_are_two_stories():
    decision = relate("the contoso app is down", "the contoso app is down")
    assert (decision.relation, decision.reason.name) == (Relation.LINKED, "short_text")


def test_a_post_without_words_copies_nothing():
    assert relate("🔥🔥🔥", "🔥🔥🔥").relation is Relation.FIRST


@pytest.mark.parametrize("text", ["", " ", "…", "RT @a: ", "https://news.example/", "\u200f\u202e"])
def test_hardly_a_text_is_a_first_and_no_error(text):
    assert relate(text, text).relation is Relation.FIRST


def test_a_mirrored_language_is_compared_too():
    arabic = (
        "ألغت شركة نورثويند جميع رحلاتها من أوسلو الليلة ولم يشرح أحد السبب للمسافرين في المطار"
    )
    assert relate(f"RT @a: {arabic}", arabic).relation is Relation.COPY


def test_a_signature_is_small_however_long_the_text():
    words = [f"{n:x}word" for n in range(10_000)]
    assert len(signature(post(" ".join(words))).tokens) == 128


def test_a_long_copy_is_found_by_its_beginning():
    text = " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(500))
    assert relate(f"{text} and my own remark at the end", text).relation is Relation.COPY


def test_there_are_at_most_fifteen_keys():
    article = Post("feed", "1", LONG, title=LONG[:60], url="https://news.example/a/1")
    assert len(keys(signature(article))) == 15


def test_texts_that_differ_in_a_word_of_fifteen_share_a_key():
    dice = random.Random(4)
    missed = 0
    for _ in range(300):
        one = [f"w{dice.randrange(10**6):x}" for _ in range(15)]
        other = [*one[:7], "another", *one[8:]]
        shared = set(keys(signature(post(" ".join(one))))) & set(
            keys(signature(post(" ".join(other))))
        )
        missed += not shared
    assert missed <= 3


@given(WORDS)
def test_a_text_is_as_like_itself_as_can_be(some):
    text = " ".join(some)
    assert set(keys(signature(post(text)))) == set(keys(signature(post(text, 2))))


@given(WORDS)
def test_case_and_stops_do_not_matter(some):
    text = " ".join(some)
    assert signature(post(text)).tokens == signature(post(text.upper().replace(" ", " , "))).tokens


@given(WORDS, WORDS)
def test_likeness_has_no_direction(some, other):
    one, two = " ".join(some), " ".join(other)
    assert relate(one, two).relation is relate(two, one).relation


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_get_a_decision(one, other):
    decision = relate(one, other)
    assert isinstance(decision, Decision)
    assert 0 <= decision.similarity <= 1


@given(st.text(max_size=200))
def test_a_signature_holds_no_word(text):
    kept = signature(post(text, url=None, author=Author()))
    assert isinstance(kept, Signature)
    assert all(isinstance(token, int) and 0 <= token < 2**32 for token in kept.tokens)


def test_reach_counts_a_domain_once_a_day():
    article = Post("feed", "1", "", title="t", url="https://m.news.example/a/1")
    morning, evening, next_day = (NOW, NOW + timedelta(hours=9), NOW + timedelta(days=1))
    assert place(article) == "news.example"
    sightings = [(place(article), at) for at in (morning, evening, next_day)]
    assert reach([*sightings, ("other.example", morning)]) == 3


def test_a_remark_reaches_as_its_author():
    assert place(post("x", author=Author(handle="Kim"))) == "mastodon:kim"
