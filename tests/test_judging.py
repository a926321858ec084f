from __future__ import annotations

import re
from pathlib import Path

import pytest

from earwitness.judging import judge
from earwitness.model import Engagement, Intent, Judgement, Match, Post, Priority, Sentiment, Tier

CASES = Path(__file__).parent / "cases" / "judging"


def matches_of(text: str, *brands: str) -> list[Match]:
    return [
        Match(brand, brand, found.group(), *found.span(), 0, "exact", 1.0, Tier.SURE)
        for brand in brands
        for found in re.finditer(brand, text)
    ]


def judged(text: str, brand: str = "Norvia", **fields: object) -> Judgement:
    post = Post("x", "1", text, **fields)
    return judge(post, matches_of(text, "Norvia", "Zelto") or matches_of("Norvia", "Norvia"))[brand]


def cases(language: str) -> list[list[str]]:
    lines = (CASES / f"{language}.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_priority_of_our_own_cases_is_right_in_nine_of_ten(language):
    wrong = [
        (text, found.priority, found.reasons)
        for brand, priority, _, text in cases(language)
        if (found := judged(text, brand)).priority != priority
    ]
    assert len(wrong) <= len(cases(language)) / 10, wrong


def test_each_brand_of_a_post_gets_its_own_judgement():
    text = "Norvia lost my bag, Zelto was great"
    found = judge(Post("x", "1", text), matches_of(text, "Norvia", "Zelto"))
    assert {name: one.intent for name, one in found.items()} == {
        "Norvia": Intent.COMPLAINT,
        "Zelto": Intent.PRAISE,
    }


def test_a_reason_carries_the_words_as_they_stand_in_the_post():
    reason = judged("@Norvia Thanks for NOTHING").reasons[0]
    assert (reason.name, reason.evidence) == ("complaint/sarcasm", ("Thanks for NOTHING",))


def test_a_negated_word_of_praise_is_no_praise():
    assert judged("the food at Norvia was not good").sentiment is Sentiment.NEGATIVE


def test_a_brand_s_own_name_sets_no_rule_off():
    text = "Terrible Burgers opens at ten"
    found = judge(Post("x", "1", text), matches_of(text, "Terrible Burgers"))
    assert found["Terrible Burgers"].sentiment is Sentiment.NEUTRAL


def test_a_negative_post_that_spreads_is_critical():
    spread = Engagement(reposts=900)
    assert judged("Norvia is a joke", engagement=spread).priority is Priority.CRITICAL


def test_a_match_in_the_title_is_judged_with_the_text():
    match = Match("Norvia", "Norvia", "Norvia", 0, 6, 0, "exact", 1.0, Tier.SURE, in_title=True)
    post = Post("x", "1", "The app does not work any more.", title="Norvia app")
    assert judge(post, [match])["Norvia"].intent is Intent.COMPLAINT


@pytest.mark.parametrize(
    "text",
    ["", " ", "🔥" * 50, "x" * 10_000, "a. " * 5_000, "سيء جدا 😡", "\ud800", "!!! ???", "@"],
)
def test_an_odd_post_gets_a_judgement_with_a_reason(text):
    assert judged(text).reasons


def test_a_language_without_rules_is_named_in_the_reason():
    found = judged("サービスが最悪 😡😡", "Norvia")
    assert found.reasons[0].name.startswith("no rules for the language")
    assert found.priority is Priority.HIGH


def test_matches_of_no_brand_give_no_judgement():
    assert judge(Post("x", "1", "hello"), []) == {}
