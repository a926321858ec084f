"""``earwitness subscribers``: who hears of alerts, and what is amiss."""

import json

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from earwitness.cli import app
from earwitness.subscriptions import Subscription, Subscriptions

TEMPLATE = {
    "Resources": {"Alerts": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"AlertTopicArn": {"Value": {"Ref": "Alerts"}}},
}


@pytest.fixture
def topic_arn():
    with mock_aws():
        formation = boto3.client("cloudformation")
        formation.create_stack(StackName="earwitness", TemplateBody=json.dumps(TEMPLATE))
        (stack,) = formation.describe_stacks(StackName="earwitness")["Stacks"]
        yield stack["Outputs"][0]["OutputValue"]


def run(*arguments):
    return CliRunner().invoke(app, ["subscribers", *arguments])


def test_subscriptions_are_listed_with_what_they_are_sent(topic_arn):
    boto3.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:123456789012:q",
        Attributes={"FilterPolicy": '{"priority": ["critical"]}'},
    )  # fmt: skip
    (told,) = map(json.loads, run("list", "--json").stdout.splitlines())
    assert told["protocol"] == "sqs"
    assert told["filter"] == {"priority": ["critical"]}


def test_a_topic_that_nobody_hears_is_a_problem(topic_arn):
    done = run("list")
    assert done.exit_code == 1
    assert "Nobody receives alerts" in done.stderr


@pytest.mark.parametrize(
    ("subscription", "amiss"),
    [
        (Subscription("a@b.example", "email", confirmed=False), "pending"),
        (Subscription("a@b.example", "email", confirmed=True), "one click"),
        (Subscription("a@b.example", "email", confirmed=True, authenticated=True), ""),
        (Subscription("+49", "sms", confirmed=True), "monthly cap"),
        (Subscription("+49", "sms", confirmed=True, filter_policy={"sms": ["yes"]}), ""),
        (Subscription("arn", "sqs", confirmed=True), ""),
    ],
)
def test_what_is_amiss_is_said(subscription, amiss):
    assert (amiss in subscription.amiss) if amiss else subscription.amiss == ""


@pytest.mark.parametrize(
    "given", ["abc123", "https://sns.example/confirmation.html?TopicArn=x&Token=abc123&Endpoint=a"]
)
def test_confirming_asks_that_only_an_aws_caller_can_cancel(given):
    asked = {}

    class Client:
        def confirm_subscription(self, **request):
            asked.update(request)
            return {"SubscriptionArn": "arn"}

    assert Subscriptions("topic", Client()).confirm(given) == "arn"
    assert asked == {"TopicArn": "topic", "Token": "abc123", "AuthenticateOnUnsubscribe": "true"}
