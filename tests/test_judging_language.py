from __future__ import annotations

import pytest

from earwitness.judging import LANGUAGES, identify
from tests.test_judging import cases


@pytest.mark.parametrize("language", LANGUAGES)
def test_nineteen_in_twenty_of_our_own_cases_are_in_the_language_they_are_in(language):
    texts = [row[3].replace("Norvia", "").replace("Zelto", "") for row in cases(language)]
    wrong = [(text, found) for text in texts if (found := identify(text)) != language]
    assert len(wrong) <= len(texts) / 20, wrong


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Norvia no funciona", "es"),
        ("Norvia es horrible, Zelto es genial", "es"),
        ("Norvia es funktioniert nicht", "de"),
        ("no signal", "en"),
    ],
)
def test_a_word_of_two_languages_leaves_it_to_the_words_that_rules_know(text, language):
    assert identify(text) == language


def test_the_channel_s_language_comes_first():
    assert identify("ok", "sv-SE") == "sv"


def test_a_script_that_contradicts_the_channel_s_language_overrules_it():
    assert identify("Связь опять пропала", "en") == "ru"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("サービスが最悪", "ja"),
        ("서비스가 나빠요", "ko"),
        ("الخدمة سيئة جدا", "ar"),
        ("השירות גרוע", "he"),
        ("Що це таке, не працює вже день", "uk"),
        ("il servizio non funziona più", "it"),
        ("o serviço não funciona, isso é muito ruim", "pt"),
    ],
)
def test_a_language_without_rules_is_not_taken_for_one_of_ours(text, language):
    assert identify(text) == language


@pytest.mark.parametrize("text", ["", "12345", "😡😡", "@someone https://example.org"])
def test_a_text_without_words_has_no_language(text):
    assert identify(text) == "und"


def test_a_channel_s_language_that_is_no_code_is_not_believed():
    assert identify("the app does not work", "???") == "en"
