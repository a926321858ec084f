import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.text import fold, words


@given(st.text())
def test_folding_keeps_the_number_of_code_points(text):
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÇAĞRI İI", "cagri ii"),
        ("Straße", "strase"),
        ("Øl, æ!", "ol  a "),
        ("한국 バス", "한국 バス"),
    ],
)
def test_folding_strips_marks_of_latin_letters_only(text, folded):
    assert fold(text) == folded


def test_words_know_where_they_stand():
    assert words("Hé, you") == [("he", 0, 2), ("you", 4, 7)]
