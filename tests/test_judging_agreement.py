"""Agreement of people with rules, per rule and week; a rule is dropped only if surely bad."""

from datetime import date, timedelta

import pytest

from earwitness.judging.agreement import Agreement, agreement
from earwitness.model import Correction, Intent, Priority, Reason, Verdict
from tests.posts import NOW, a_judgement


def said(number=1, *rules, right=True, at=NOW, **judged):
    reasons = tuple(Reason(rule, ("words",)) for rule in rules or ("complaint",))
    judgement = a_judgement(reasons=reasons, **judged)
    priority = Priority.HIGH if right else Priority.NORMAL
    return Correction(f"{number}", "Northwind Air", "Ada", at, judgement, priority=priority)


def test_a_person_agrees_if_all_they_spoke_of_was_right():
    judged = a_judgement(Priority.HIGH, Intent.COMPLAINT)
    assert Correction("1", "", "Ada", NOW, judged, priority=Priority.HIGH).agrees
    mixed = Correction("1", "", "Ada", NOW, judged, priority=Priority.HIGH, intent=Intent.PRAISE)
    assert not mixed.agrees


def test_a_judgement_counts_for_each_of_its_rules():
    found = agreement([said(1, "complaint", "negative words"), said(2, "complaint", right=False)])
    assert {a.rule: (a.right, a.reviewed) for a in found} == {
        "complaint": (1, 2),
        "negative words": (1, 1),
    }


def test_the_rule_that_people_trust_least_comes_first():
    found = agreement([said(1, "good"), said(2, "bad", right=False)])
    assert [a.rule for a in found] == ["bad", "good"]


def test_rules_of_two_languages_are_two():
    found = agreement([said(1), said(2, language="de")])
    assert {(a.rule, a.language) for a in found} == {("complaint", "en"), ("complaint", "de")}


def test_weeks_begin_on_monday():
    later = NOW + timedelta(days=8)
    (found,) = agreement([said(1), said(2, right=False), said(3, at=later)])
    assert found.weeks == ((date(2026, 3, 2), 2, 1), (date(2026, 3, 9), 1, 1))


@pytest.mark.parametrize("name", ["viral", "viral_doubled", "front_page"])
def test_a_signal_is_no_rule(name):
    assert agreement([said(1, name)]) == []


def test_what_a_managed_reader_judged_is_no_rules_fault():
    assert agreement([said(1, right=False, reader="comprehend")]) == []


# Worked by hand from the formula of the interval: of 4, none right: 3.8416 / 7.8416 = 0.490.
@pytest.mark.parametrize(
    ("right", "reviewed", "at_best"), [(0, 3, 0.562), (0, 4, 0.490), (1, 10, 0.404), (5, 10, 0.763)]
)
def test_the_interval_is_wilsons(right, reviewed, at_best):
    assert Agreement("rule", "en", reviewed, right).at_best == pytest.approx(at_best, abs=0.001)


@pytest.mark.parametrize(
    ("right", "reviewed", "drop"), [(0, 1, False), (0, 3, False), (0, 4, True), (4, 10, False)]
)
def test_a_rule_is_dropped_only_when_surely_wrong_more_often_than_right(right, reviewed, drop):
    assert Agreement("rule", "en", reviewed, right).to_drop is drop


@pytest.mark.parametrize(
    ("verdict", "agrees"),
    [
        (Verdict.LESS_URGENT, False),
        (Verdict.MORE_URGENT, False),
        (Verdict.OURS, None),
        (Verdict.NOT_OURS, None),
    ],
)
def test_what_a_link_says_is_of_the_judgement_or_of_the_match(verdict, agrees):
    assert Correction("1", "", "Ada", NOW, a_judgement(), verdict).agrees is agrees


def test_a_match_that_was_wrong_is_no_rules_fault():
    reasons = (Reason("complaint"),)
    wrong = Correction("1", "", "Ada", NOW, a_judgement(reasons=reasons), Verdict.NOT_OURS)
    assert agreement([wrong]) == []
