"""Bad input is handled, or refused with a message that helps."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness import matching
from earwitness.matching import folding
from earwitness.matching.index import LONGEST_TERM, MOST_TERMS
from earwitness.model import Term
from earwitness.watchlist import values
from tests.matching_cases import post, rows, watchlist

STANDARD = matching.build(watchlist(*rows("watchlist")))


def surfaces(text, index=STANDARD):
    return [m.surface for m in matching.find([post(text)], index)[0]]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_text_is_read_and_offsets_stay_inside(text):
    for match in matching.find([post(text, title=text)], STANDARD)[0]:
        assert text[match.start : match.end] == match.surface


@pytest.mark.parametrize("text", ["", " ", "\n", "\0\0", "🍏", "....", "@", "#", "_", "'", "@@##"])
def test_a_text_without_words_has_no_matches(text):
    assert surfaces(text) == []


def test_no_posts_give_no_matches():
    assert matching.find([], STANDARD) == []


def test_an_empty_watchlist_finds_nothing():
    assert surfaces("Tesla", matching.build(watchlist())) == []


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("\ud800 Tesla \udfff", "Tesla"),
        ("\u202eTesla\u202c", "Tesla"),
        ("Te\u200dsla", "Te\u200dsla"),
        ("Te\u00adsla", "Te\u00adsla"),
        ("\x07Tesla\x1b", "Tesla"),
        ("Nestle\u0301", "Nestle"),
        ("\U000e0041Tesla", "Tesla"),
    ],
)
def test_odd_code_points_hide_no_name(text, surface):
    assert surfaces(text) == [surface]


def test_a_megabyte_is_read_to_its_end():
    text = "lorem ipsum dolor " * 60_000 + "Tesla"
    (match,) = matching.find([post(text)], STANDARD)[0]
    assert match.start == len(text) - 5


@pytest.mark.parametrize("filler", ["a", "a@", "#a", "a.", "ア", "a ", "n e ", "'a"])
def test_a12_long_runs_of_anything_end(filler):
    assert surfaces(filler * 30_000 + " Tesla")[-1:] == ["Tesla"]


def test_a_term_of_emoji_is_found_where_it_stands():
    index = matching.build(watchlist(("Apple", "🍏🍎")))
    assert surfaces("an 🍏🍎 a day, 🍏", index) == ["🍏🍎"]


@pytest.mark.parametrize("text", ["", "   ", "!?", "\u200b", "''"])
def test_a_term_with_nothing_to_look_for_is_refused(text):
    with pytest.raises(ValueError, match=r"brand 'X', term .* nothing to look for"):
        matching.build(watchlist(("X", Term(text))))


def test_a_term_too_long_is_refused_with_its_length():
    with pytest.raises(ValueError, match="201 characters; a term has at most 200"):
        matching.build(watchlist(("X", "a" * 201)))


def test_what_the_watchlist_accepts_can_be_looked_for():
    points = [chr(p) for p in range(0x30000) if not 0xD800 <= p < 0xE000]
    refused = [c for c in points if _is_accepted(c) and not folding.squeeze(c)]
    assert refused == []


def _is_accepted(text):
    try:
        values.word(text)
    except ValueError:
        return False
    return True


def test_twenty_thousand_terms_are_compiled_and_each_is_found():
    names = [f"Brand{number:05d}x" for number in range(20_000)]
    index = matching.build(watchlist(("X", *names)))
    assert surfaces("Brand00000x and brand19999X", index) == ["Brand00000x", "brand19999X"]


def test_more_terms_than_a_function_can_hold_are_refused():
    terms = [Term("Nortwind")] * (MOST_TERMS + 1)
    with pytest.raises(ValueError, match="100,001 terms; a watchlist has at most 100,000"):
        matching.build(watchlist(("X", *terms)))


def test_the_watchlist_accepts_no_more_and_no_longer_terms_than_can_be_compiled():
    assert (values.MOST_TERMS, values.LONGEST_TEXT) <= (MOST_TERMS, LONGEST_TERM)


def test_threads_may_share_an_index():
    posts = [post(text) for _, text, _ in rows("found")]
    index = matching.build(watchlist(*rows("watchlist")))
    expected = matching.find(posts, index)
    index.forget()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: matching.find(posts, index), range(8))) == [expected] * 8


def test_what_is_remembered_changes_no_answer():
    posts = [post(text) for _, text, _ in rows("found") + rows("not_found")]
    index = matching.build(watchlist(*rows("watchlist")))
    assert matching.find(posts, index) == matching.find(posts, index)
