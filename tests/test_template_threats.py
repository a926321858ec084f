"""What the deployed template does against faults and attacks, by their numbers.

Each holds our template to its rules, and a bad template to breaking every one of them: a rule
that finds nothing wrong anywhere would prove nothing.
"""

import re
from typing import Any

import pytest

from tests import template_rules as rules
from tests.expansion import ROOT, TEMPLATE, expand
from tests.template_rules import Rule, of_type, target

CANARY = ROOT / "tests" / "cases" / "canary_template.yaml"


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return expand(TEMPLATE)


@pytest.fixture(scope="module")
def canary() -> dict[str, Any]:
    return expand(CANARY)


def breaches(template: dict[str, Any], *checks: Rule) -> dict[str, list[str]]:
    """What a template does wrong, by rule."""
    return {check.__name__: found for check in checks if (found := list(check(template)))}


def test_f7_every_queue_hears_which_messages_failed(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.mappings_report_each_failure) == {}
    assert breaches(canary, rules.mappings_report_each_failure)


def test_f14_work_that_has_to_wait_is_no_dead_letter(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    checks = (
        rules.mappings_bound_their_concurrency,
        rules.messages_stay_hidden_while_they_are_worked_on,
        rules.queues_outlast_their_tries,
    )
    assert breaches(ours, *checks) == {}
    assert len(breaches(canary, *checks)) == len(checks)
    tries = [
        queue["RedrivePolicy"]["maxReceiveCount"]
        for _, queue in of_type(ours, "AWS::SQS::Queue")
        if "RedrivePolicy" in queue
    ]
    assert min(tries) >= 5


def test_f15_a_tick_goes_from_the_scheduler_through_a_queue_to_its_function(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.schedules_go_through_a_queue) == {}
    assert breaches(canary, rules.schedules_go_through_a_queue)
    ticked = {target(one["Target"]["Arn"]) for _, one in of_type(ours, "AWS::Scheduler::Schedule")}
    worked = {
        target(one["EventSourceArn"]) for _, one in of_type(ours, "AWS::Lambda::EventSourceMapping")
    }
    assert ticked
    assert ticked <= worked


def test_f18_a_subscriber_that_refuses_leaves_a_dead_letter_and_an_alarm(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    checks = (rules.work_that_fails_becomes_a_dead_letter, rules.dead_letters_raise_an_alarm)
    assert breaches(ours, *checks) == {}
    assert len(breaches(canary, *checks)) == len(checks)


def test_f36_a_channel_that_falls_silent_raises_an_alarm(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.silent_channels_raise_an_alarm) == {}
    assert breaches(canary, rules.silent_channels_raise_an_alarm)


def test_g6_copies_for_restoring_are_gone_after_35_days(ours: dict[str, Any]) -> None:
    (table,) = [table for _, table in of_type(ours, "AWS::DynamoDB::Table")]
    kept = table["PointInTimeRecoverySpecification"]
    assert kept.get("RecoveryPeriodInDays", 35) <= 35
    others = ("AWS::Backup::BackupPlan", "AWS::DynamoDB::GlobalTable")
    assert not [kind for kind in others if list(of_type(ours, kind))]


def test_a14_no_role_has_a_wildcard_or_a_policy_of_others(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    checks = (
        rules.actions_are_named,
        rules.resources_are_named,
        rules.no_policy_of_others_is_attached,
        rules.every_function_has_a_role_of_its_own,
    )
    assert breaches(ours, *checks) == {}
    assert len(breaches(canary, *checks)) == len(checks)


def test_a15_a_service_that_acts_for_another_account_is_not_let_in(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    checks = (rules.who_may_come_from_elsewhere_is_said, rules.a_role_is_assumed_by_one_service)
    assert breaches(ours, *checks) == {}
    assert len(breaches(canary, *checks)) == len(checks)


def test_a16_buckets_are_closed_encrypted_and_forget(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.buckets_are_closed) == {}
    assert breaches(canary, rules.buckets_are_closed)


def test_a16_whoever_may_use_a_queue_or_a_topic_uses_tls(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.queues_and_topics_answer_tls_alone) == {}
    (found,) = breaches(canary, rules.queues_and_topics_answer_tls_alone).values()
    assert len(found) == 5  # three queues, of which none has a policy, and two topics


def test_a13_no_environment_holds_a_secret(ours: dict[str, Any], canary: dict[str, Any]) -> None:
    assert breaches(ours, rules.no_secret_is_in_an_environment) == {}
    assert breaches(canary, rules.no_secret_is_in_an_environment)


def test_a18_only_what_checks_signatures_is_open_to_the_internet(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.no_url_is_open_to_all) == {}
    assert breaches(canary, rules.no_url_is_open_to_all)
    open_ = {
        target(url["TargetFunctionArn"])
        for _, url in of_type(ours, "AWS::Lambda::Url")
        if url["AuthType"] == "NONE"
    }
    assert open_ == rules.CHECK_SIGNATURES


def test_a19_nothing_is_taken_from_sns_whose_certificates_would_have_to_be_checked(
    ours: dict[str, Any],
) -> None:
    protocols = {one["Protocol"] for _, one in of_type(ours, "AWS::SNS::Subscription")}
    assert protocols == {"email"}


def test_a22_what_a_flood_may_write_has_a_bound(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.writes_are_bounded) == {}
    assert breaches(canary, rules.writes_are_bounded)


def test_a22_what_strangers_may_make_run_has_a_bound_on_request(
    ours: dict[str, Any], canary: dict[str, Any]
) -> None:
    assert breaches(ours, rules.who_faces_the_internet_is_bounded_on_request) == {}
    assert breaches(canary, rules.who_faces_the_internet_is_bounded_on_request)
    (wanted,) = ours["Conditions"]["HasUrlConcurrency"]["Fn::Not"]
    assert {"Ref": "UrlConcurrency"} in wanted["Fn::Equals"]


def test_a22_a_chain_of_calls_is_stopped_by_lambda_but_for_rings_which_are_bounded_by_us(
    ours: dict[str, Any],
) -> None:
    """Lambda stops a function that calls itself 16 times: the rest must end before it does."""
    allowed = {
        name
        for name, function in of_type(ours, "AWS::Lambda::Function")
        if function.get("RecursiveLoop") == "Allow"
    }
    assert allowed == {"Assess"}
    code = (ROOT / "functions" / "poll.py").read_text("utf-8")
    (most,) = re.findall(r"^MOST_CONTINUED = (\d+)", code, re.MULTILINE)
    assert int(most) < 16


def test_a24_a_bad_template_breaks_every_rule_once_it_is_expanded(canary: dict[str, Any]) -> None:
    assert len(breaches(canary, *rules.RULES)) == len(rules.RULES)


def test_a24_the_bad_template_holds_what_scanners_passed_over() -> None:
    text = CANARY.read_text("utf-8")
    assert "AuthType: NONE" in text
    assert re.search(r"Action: ['\"]?\*", text) or ":*" in text
    assert re.search(r"(TOKEN|SECRET|API_KEY)\w*:", text)
    assert "Principal: '*'" in text or 'Principal: "*"' in text
    assert "FullAccess" in text
