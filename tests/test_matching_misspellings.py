"""How names are likely misspelled, and how they sound in another script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.matching.misspellings import WEIGHTS, likely, slips, transliterated


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Northwind Air", "nortwind air"),
        ("Northwind Air", "northwnd air"),
        ("Hilltopp", "hiltopp"),
        ("Corvane", "corvan"),
        ("Lantern", "lantren"),
        ("Velaria", "vellaria"),
    ],
)
def test_a_slip_that_people_make_is_likely(name, written):
    assert written in likely(name, 40)


@given(st.text(max_size=30), st.integers(0, 20))
def test_there_are_never_more_than_asked_for_and_never_the_name(name, most):
    found = likely(name, most)
    assert len(found) <= most
    assert len(set(found)) == len(found)
    assert name.lower() not in found


def test_more_begin_with_fewer():
    assert likely("Northwind Air", 10)[:3] == likely("Northwind Air", 3)


def test_a_short_name_has_none():
    assert likely("Nord", 10) == ()


def test_a_common_word_is_no_misspelling():
    assert "target" not in likely("Targget", 50)


def test_the_first_letter_stays():
    assert {written[0] for _, written in slips("northwind")} == {"n"}


def test_no_slip_is_weighed_that_is_never_tried():
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [f"q{a}{b}{tail}" for a in letters for b in letters for tail in ("", a, f"{a}{a}")]
    assert set(WEIGHTS) <= {slip for word in words for slip, _ in slips(word)}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Kontur", "контур"),
        ("Northwind", "нортвинд"),
        ("Яндекс", "yandeks"),
        ("3M", "3м"),
        ("360", None),
    ],
)
def test_a_name_sounds_alike_in_another_script(name, other):
    assert transliterated(name) == other
