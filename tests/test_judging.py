from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.judging import LANGUAGES, judge
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_priority_of_nine_in_ten_of_our_own_cases_is_right(language):
    wrong = [
        (text, found.priority, found.reasons)
        for brand, priority, _, text in cases(language)
        if (found := judged(text, brand)).priority != priority
    ]
    assert len(wrong) <= len(cases(language)) / 10, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_intent_of_nine_in_ten_of_our_own_cases_is_right(language):
    wrong = [
        (text, found.intent, found.reasons)
        for brand, _, intent, text in cases(language)
        if (found := judged(text, brand)).intent != intent
    ]
    assert len(wrong) <= len(cases(language)) / 10, wrong


def test_nineteen_in_twenty_critical_cases_are_found_in_every_language_together():
    critical = [
        (text, judged(text, brand).priority)
        for language in LANGUAGES
        for folder in ("", "unseen/", "fresh/", "blind/")
        for brand, priority, _, text in cases(folder + language)
        if priority == "critical"
    ]
    missed = [text for text, found in critical if found != "critical"]
    assert len(missed) <= len(critical) / 20, missed


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


@given(
    text=st.text(max_size=300),
    language=st.sampled_from([None, *LANGUAGES, "ja", "xx-??"]),
    spans=st.lists(st.tuples(st.integers(-5, 400), st.integers(-5, 400)), max_size=4),
)
def test_no_post_and_no_match_however_odd_makes_judging_raise(text, language, spans):
    matches = [
        Match("Norvia", "Norvia", "", start, end, 0, "exact", 1.0, Tier.SURE)
        for start, end in spans
    ]
    found = judge(Post("x", "1", text, language=language), matches)
    assert set(found) == {match.brand for match in matches}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("the Norvia outage is fixed, thanks", Intent.PRAISE),
        ("no outage at Norvia today", Intent.REFERENCE),
        ("no delays with Norvia, lovely", Intent.PRAISE),
        ("Norvia never disappoints", Intent.PRAISE),
    ],
)
def test_what_is_negated_or_mended_is_no_trouble(text, intent):
    assert judged(text).intent is intent


def test_praise_just_before_a_failure_is_irony():
    reasons = judged("Great, another delay with Norvia").reasons
    assert "complaint/irony" in {reason.name for reason in reasons}


def test_thanks_that_close_a_request_are_no_praise():
    assert judged("@Norvia how do I cancel my order? Thanks!").intent is Intent.SUPPORT


def test_the_longest_entry_means_the_word():
    assert judged("Meine Freundin wohnt bei Norvia um die Ecke").sentiment is Sentiment.NEUTRAL


def test_an_umlaut_tells_words_apart_in_german():
    assert judged("Norvia hat schon offen").sentiment is Sentiment.NEUTRAL
    assert judged("Norvia ist schön").sentiment is Sentiment.POSITIVE


def test_a_misspelt_word_is_understood():
    assert judged("Norvia is horible and incompitent").sentiment is Sentiment.NEGATIVE


def test_a_word_of_the_language_is_no_misspelling_of_a_rule_s_word():
    assert judged("Norvia created a garden").sentiment is Sentiment.NEUTRAL


def test_what_is_said_far_from_the_brand_in_a_long_text_is_not_about_it():
    far = "The weather was awful. " * 8
    assert (
        judged(f"Norvia opened a shop. It is on the corner. {far}").sentiment is Sentiment.NEUTRAL
    )


def test_two_brands_in_one_list_share_what_is_said():
    text = "@Norvia and @Zelto please help"
    found = judge(Post("x", "1", text), matches_of(text, "Norvia", "Zelto"))
    assert {one.intent for one in found.values()} == {Intent.SUPPORT}


def test_a_phrase_that_holds_the_brand_decides_whom_it_is_about():
    text = "Zelto is so much better than Norvia"
    found = judge(Post("x", "1", text), matches_of(text, "Norvia", "Zelto"))
    assert found["Norvia"].sentiment is Sentiment.NEGATIVE
    assert found["Zelto"].sentiment is Sentiment.POSITIVE


NOTHING = "The council met on Tuesday and spoke about parking. "
FIRE = "The Norvia kettle caught fire and burned my daughter. "


@pytest.mark.parametrize("before", [0, 10, 100, 170])
def test_what_is_said_about_a_brand_is_found_wherever_in_a_long_article_it_stands(before):
    text = NOTHING * before + FIRE + NOTHING * (175 - before)
    assert len(text) > 9_000
    assert judged(text).intent is Intent.SAFETY


def test_a_fire_far_from_the_brand_in_a_long_article_is_not_its_own():
    text = "The warehouse fire injured three people. " + NOTHING * 160 + "Norvia was there."
    found = judged(text)
    assert (found.intent, found.sentiment) == (Intent.REFERENCE, Sentiment.NEUTRAL)


def test_each_brand_of_a_long_article_gets_its_own_part_of_it():
    text = FIRE + NOTHING * 160 + "Zelto opened a shop. " + NOTHING * 10
    found = judge(Post("x", "1", text), matches_of(text, "Norvia", "Zelto"))
    assert {name: one.priority for name, one in found.items()} == {
        "Norvia": Priority.CRITICAL,
        "Zelto": Priority.NORMAL,
    }


def test_a_brand_that_a_long_list_leaves_unread_is_merely_named():
    names = [f"Brand{letter}" for letter in "abcdefgh"]
    text = FIRE + "".join(NOTHING * 30 + f"{name} was there. " for name in names)
    found = judge(Post("x", "1", text), matches_of(text, "Norvia", *names))
    assert found["Norvia"].priority is Priority.CRITICAL
    assert {found[name].priority for name in names} == {Priority.NORMAL}


@pytest.mark.parametrize(
    "text",
    ["Norvia n'est pas une banque", "Je pars vers Lyon dans la soirée avec Norvia"],
)
def test_a_french_word_that_builds_sentences_blames_nobody(text):
    found = judged(text, language="fr")
    assert (found.intent, found.priority) == (Intent.REFERENCE, Priority.NORMAL)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Norvia est nul, Zelto est génial", "fr"),
        ("Norvia is bad, Zelto is better than them", "en"),
    ],
)
def test_a_phrase_of_praise_does_not_reach_over_another_brand(text, language):
    assert judged(text, language=language).sentiment is Sentiment.NEGATIVE
    assert judged(text, "Zelto", language=language).sentiment is Sentiment.POSITIVE
