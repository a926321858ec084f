"""What reaches whom and at what cost: dead letters, the cap on SMS, what a link may touch."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from earwitness.alerting.wording import messages
from earwitness.alerting.wording.sms import parts
from earwitness.links import Action, Link, sign
from earwitness.model import Event, Intent, Priority
from tests.alert_scenarios import SCENARIOS, about, written
from tests.expansion import TEMPLATE, expand
from tests.posts import a_judgement
from tests.stack import Context, deployed, sqs_event
from tests.template_rules import of_type, target
from tests.test_acknowledge import FORMS, SECRET, Browser


def test_f18_what_a_subscriber_s_endpoint_refuses_waits_and_rings():
    template = expand(TEMPLATE)
    held = [
        json.dumps(one["RedrivePolicy"])
        for _, one in of_type(template, "AWS::SNS::Subscription")
        if target(one["TopicArn"]) == "Alerts"
    ]
    assert held
    assert all("AlertsDeadLetters" in one for one in held)
    alarm = template["Resources"]["AlertsDead"]["Properties"]
    assert "AlertsDeadLetters" in json.dumps(alarm["Dimensions"])
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    (statement,) = [
        statement
        for _, policy in of_type(template, "AWS::SQS::QueuePolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "AlertsDeadLetters" in json.dumps(policy["Queues"]) and statement["Effect"] == "Allow"
    ]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Alerts"}}}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("ü" * 160, 1),  # is in GSM 03.38
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 160, 3),
        ("\U0001f6a8" * 36, 2),  # two units of 16 bits each
    ],
)
def test_an_sms_counts_as_the_messages_that_a_network_makes_of_it(text, count):
    assert parts(text) == count


@pytest.mark.parametrize(("language", "most"), [("ru", 3), ("en", 1), ("tr", 1), ("de", 1)])
def test_only_cyrillic_takes_more_than_one_message(language, most):
    told = [one.told_in(language) for one in SCENARIOS.values()]
    counts = [messages(one.alert, said) for one, said in zip(SCENARIOS.values(), told, strict=True)]
    assert max(counts) == most


def critical(number):
    mention = written(
        f"Smoke in the cabin {number}",
        "Smoke",
        judgement=a_judgement(Priority.CRITICAL, Intent.SAFETY),
    )
    return about(mention, alert_id=f"3fa9c1d2e4b5a697-1772456400-{number}")


def test_a22_above_the_month_s_cap_nothing_is_marked_for_sms_and_all_else_goes_on():
    with deployed() as stack:  # two a month
        now = datetime.now(UTC)
        for number in range(4):
            stack.notify.store.open_notification(critical(number), now, now)
        stack.notify.handler(sqs_event("{}"), Context())
        marks = [one["MessageAttributes"]["sms"]["Value"] for one in stack.alerts()]
    assert sorted(marks) == ["no", "no", "yes", "yes"]


@pytest.mark.parametrize(
    ("event", "team", "next_level"),
    [
        (Event.ESCALATED, 0, 1),
        (Event.GROWN, 1, 0),  # what goes on with it is still the team's
        (Event.INCIDENT_CLOSED, 1, 0),
        (Event.FOLDED, 1, 1),
    ],
)
def test_the_next_level_hears_what_escalates_and_the_team_all_that_comes_after(
    event, team, next_level
):
    with deployed() as stack:
        now = datetime.now(UTC)
        alert = replace(critical(1), event=event, level=1)
        stack.notify.store.open_notification(alert, now, now)
        stack.notify.handler(sqs_event("{}"), Context())
        assert (len(stack.alerts()), len(stack.escalations())) == (team, next_level)


def test_a22_an_sms_of_three_messages_does_not_pass_a_cap_of_two():
    with deployed() as stack:
        now = datetime.now(UTC)
        assert not stack.notify.store.take_sms(now, 2, 3)
        assert [stack.notify.store.take_sms(now, 2) for _ in range(3)] == [True, True, False]


def test_a22_a_publish_that_is_tried_again_counts_again_and_never_too_little():
    with deployed() as stack:
        now = datetime.now(UTC)
        store = stack.notify.store
        assert store.take_sms(now, 10, 3)
        assert store.take_sms(now + timedelta(minutes=2), 10, 3)
        assert [store.take_sms(now, 10, 3), store.take_sms(now, 10, 3)] == [True, False]


ACTIONS = [*FORMS, Action.ACCEPT, Action.REJECT]


@pytest.fixture
def two():
    """Two alerts about two posts, and somebody with the links of the first."""
    with deployed() as stack:
        someone = Browser(stack)
        mention = someone.alert()
        first = someone.alert_id, mention.mention_id
        someone.second_alert()
        yield someone, first


def touched(before, after):
    """The keys of what was written."""
    was = {(one["PK"]["S"], one["SK"]["S"]): one for one in before}
    return {key for one in after if was.get(key := (one["PK"]["S"], one["SK"]["S"])) != one}


@pytest.mark.parametrize("action", ACTIONS)
def test_a18_a_link_acts_on_its_own_object_alone(two, action):
    someone, (alert_id, mention_id) = two
    group_id = alert_id.partition("-")[0]
    subject = mention_id if action in (Action.ACCEPT, Action.REJECT) else alert_id
    before = someone.held()
    form = urlencode(FORMS.get(action, {"name": "Ada"}))
    assert someone.request("POST", someone.link(action, subject), form)["statusCode"] == 200
    own = {f"N#{group_id}", f"N#{alert_id.rpartition('-')[0]}", f"V#{mention_id}"}
    for partition, _ in touched(before, someone.held()):
        # Besides the object: that the link was used, a silence, a ruling on a spelling.
        assert partition in own or partition[:2] in ("L#", "S#") or partition.startswith("V#")
        assert someone.second_group_id not in partition


@pytest.mark.parametrize("action", ACTIONS)
def test_a18_a_link_signed_for_one_object_is_refused_for_another(two, action):
    someone, (alert_id, mention_id) = two
    subject = mention_id if action in (Action.ACCEPT, Action.REJECT) else alert_id
    token = sign(Link(action, subject, someone.now + timedelta(days=1)), SECRET)
    for other in (someone.second_alert_id, someone.second_mention_id):
        before = someone.held()
        forged = token.replace(subject, other)
        form = urlencode(FORMS.get(action, {"name": "Mallory"}))
        assert someone.request("POST", f"/{forged}", form)["statusCode"] == 403
        assert someone.held() == before


@pytest.mark.parametrize("action", [Action.ACCEPT, Action.REJECT, Action.TAKE, Action.MUTE])
def test_a18_a_link_of_one_kind_of_object_does_nothing_to_another_kind(two, action):
    someone, (alert_id, mention_id) = two
    subject = alert_id if action in (Action.ACCEPT, Action.REJECT) else mention_id
    before = someone.held()
    form = urlencode(FORMS.get(action, {"name": "Ada"}))
    assert someone.request("POST", someone.link(action, subject), form)["statusCode"] == 410
    assert someone.held() == before
