"""Sarcasm, negation, signs, several brands, several languages, odd input: in every language."""

from pathlib import Path

import pytest
import yaml

from earwitness.judging import LANGUAGES
from earwitness.model import Engagement, Intent, Priority, Sentiment
from tests.test_judging import judged

HARD = yaml.safe_load((Path(__file__).parent / "cases/judging/hard.yaml").read_text("utf-8"))
ALL = ("praise_of_another", "merely_named", "sarcasm", "negated_praise", "emoji")


def cases(kind):
    return [pytest.param(text, id=f"{language}: {text[:30]}") for language, text in HARD[kind]]


@pytest.mark.parametrize("kind", ALL)
def test_a_difficulty_is_tried_in_every_language(kind):
    assert sorted(language for language, _ in HARD[kind]) == sorted(LANGUAGES)


@pytest.mark.parametrize("text", cases("praise_of_another"))
def test_the_praise_of_a_competitor_is_no_complaint_about_it(text):
    assert judged(text, "Zelto").intent is Intent.PRAISE


@pytest.mark.parametrize("text", cases("praise_of_another"))
def test_the_praise_of_a_competitor_does_not_excuse_us(text):
    assert judged(text, "Norvia").priority is Priority.HIGH


@pytest.mark.parametrize("text", cases("merely_named"))
def test_a_brand_that_is_merely_named_alerts_nobody(text):
    found = judged(text)
    assert (found.priority, found.sentiment) == (Priority.NORMAL, Sentiment.NEUTRAL)


@pytest.mark.parametrize("text", cases("sarcasm"))
def test_sarcasm_is_a_complaint(text):
    found = judged(text)
    assert (found.intent, found.sentiment) == (Intent.COMPLAINT, Sentiment.NEGATIVE)


@pytest.mark.parametrize("text", cases("negated_praise"))
def test_praise_that_is_negated_is_no_praise(text):
    assert judged(text).sentiment is Sentiment.NEGATIVE


@pytest.mark.parametrize("text", cases("emoji"))
def test_signs_alone_carry_the_feeling(text):
    assert judged(text).sentiment is Sentiment.NEGATIVE


@pytest.mark.parametrize("text", cases("mixed"))
def test_a_complaint_in_two_languages_is_heard(text):
    assert judged(text).priority is not Priority.NORMAL


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "😡" * 200,
        "👨‍👩‍👧‍👦🏳️‍🌈",
        "Norvia " + "x" * 10_000,
        "Norvia! " * 1_250,
        "שירות נורא של Norvia, לא עונים",
        "خدمة سيئة جدا من Norvia 😡",
        "\u202eNorvia\u202c \u200f\u200e",
        "N\u0301\u0300\u0302" * 2_000,
    ],
    ids=["empty", "emoji", "joined emoji", "one word", "brand repeated", "Hebrew", "Arabic",
         "turned around", "marks"],
)  # fmt: skip
def test_odd_input_has_a_judgement_with_a_reason_whatever_language_is_declared(text, language):
    assert judged(text, language=language).reasons


@pytest.mark.parametrize(
    ("text", "language"),
    [("שירות נורא של Norvia 😡", "he"), ("خدمة سيئة من Norvia 😡", "ar"), ("Norvia 最悪 😡", "ja")],
)
def test_what_no_rules_read_is_judged_by_its_signs_and_says_so(text, language):
    found = judged(text, language=language)
    assert found.reasons[0].name.startswith("no rules for the language")
    assert found.priority is Priority.HIGH


def test_what_no_rules_read_is_critical_when_it_spreads():
    spread = Engagement(reposts=900)
    assert judged("Norvia 最悪 😡", engagement=spread).priority is Priority.CRITICAL
