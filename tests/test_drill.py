"""The drill of docs/operations.md: each thing is broken, noticed, and mended by the runbook.

The functions dispatch and poll run as deployed, on a stack that the template made on moto, and
ask sources on this machine. What mends is what the runbook says, to the letter of its commands.
"""

import importlib
import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import boto3
import pytest
from typer.testing import CliRunner

from earwitness.cli import app, deployment
from earwitness.operations import dead_letters
from earwitness.operations.examination import examine
from earwitness.operations.finding import State
from tests import test_functions_credentials as x
from tests.expansion import TEMPLATE, expand
from tests.installed import installed
from tests.stack import Context, sqs_event
from tests.template_rules import of_type
from tests.test_functions import serving

WATCHLIST = """
brands: [{{name: Northwind Air, terms: [Northwind Air]}}]
channels:
  - {{name: news, kind: feed, url: "{news}", every: 10m}}
  - {{name: x, kind: x, url: "{x}", every: 10m, credentials: earwitness/x}}
"""
A_TRY = 60  # minutes within which what is dead is asked again
ALARMS = dict(of_type(expand(TEMPLATE), "AWS::CloudWatch::Alarm"))
RIGHT, EXPIRED = json.dumps({"bearer_token": x.CANARY}), json.dumps({"bearer_token": "expired"})


class Drill:
    """A stack that works, and whoever looks after it."""

    def __init__(self, site, feed, source_url):
        self.site, self.feed, self.source_url = site, feed, source_url

    def watchlist(self, **addresses):
        return WATCHLIST.format(**{"news": self.feed.url, "x": self.source_url, **addresses})

    def push(self, text):
        """``aws s3 cp``: past the check of ``earwitness watchlist push``."""
        bucket = self.site.physical_id("WatchlistBucket")
        self.site.client("s3").put_object(Bucket=bucket, Key="watchlist.yaml", Body=text.encode())

    def tick(self, minutes=10):
        """Time passes, then dispatch looks what is due, and poll does it."""
        now = self.site.now + timedelta(minutes=minutes)
        self.site = replace(self.site, now=now)
        self.poll.poller.clock = lambda: now

        class Clock(datetime):
            @classmethod
            def now(cls, _zone):
                return now

        with patch.object(self.dispatch, "datetime", Clock):
            self.dispatch.handler(sqs_event("{}"), Context())
        for body in self.taken("PollQueue"):
            self.poll.handler(sqs_event(body), Context())

    def taken(self, queue):
        """What waits on a queue, taken off it."""
        url, sqs, bodies = self.site.physical_id(queue), self.site.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def doctor(self, area, subject=None):
        """What doctor finds wrong in an area."""
        return [
            one for one in examine(self.site)
            if one.area == area and one.state is State.WRONG and subject in (None, one.subject)
        ]  # fmt: skip

    def run(self, *arguments):
        """A command of the runbook, which must succeed."""
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        return done.stdout


@contextmanager
def running(drill):
    """The functions, imported as in a cold start, told what the template tells them."""
    name = drill.site.physical_id
    told = {
        "TABLE_NAME": name("Table"), "POLLS_QUEUE_URL": name("PollQueue"),
        "ASSESS_QUEUE_URL": name("AssessQueue"), "NOTIFY_QUEUE_URL": name("NotifyQueue"),
        "POSTS_QUEUE_URL": name("IngestQueue"), "INGEST_KEYS": "earwitness/ingest",
        "TOPIC_ARN": name("Alerts"), "WATCHLIST_BUCKET": name("WatchlistBucket"),
        "AUTHOR_KEY_ARN": name("AuthorKey"), "ALLOW_LOOPBACK": "true",
    }  # fmt: skip
    with patch.dict("os.environ", told):
        for function in ("dispatch", "poll"):
            sys.modules.pop(f"functions.{function}", None)
            setattr(drill, function, importlib.import_module(f"functions.{function}"))
        yield drill


@pytest.fixture(scope="module")
def stack():
    source = x.Source()
    with serving() as feed, x.serving(source) as url, installed() as site:
        site.client("secretsmanager").create_secret(Name=x.NAME, SecretString=RIGHT)
        for _, uuid in site.of_kind("AWS::Lambda::EventSourceMapping"):  # the test hands work over
            site.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
        here = replace(site, parameters={**site.parameters, "AllowLoopback": "true"})
        with running(Drill(here, feed, url)) as drill:
            yield drill


@pytest.fixture
def drill(stack, monkeypatch):
    """All is well, and commands find the stack."""

    @contextmanager
    def found(*_names):
        yield stack.site

    @contextmanager
    def topic(*_names):
        yield stack.site.topic("Alerts")

    monkeypatch.setattr(deployment, "installation", found)
    monkeypatch.setattr(deployment, "topic", topic)
    monkeypatch.setattr(dead_letters, "_LISTENS_SECONDS", 0)  # moto has one server
    stack.push(stack.watchlist())
    stack.tick(A_TRY)
    assert stack.doctor("channels") == stack.doctor("watchlist") == []
    return stack


def reported(capsys):
    """The metrics that functions reported since they were asked last, the latest of each."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[:1] == "{"]
    emf = [line for line in lines if "_aws" in line]
    return {name: value for line in emf for name, value in line.items()}


def goes_off(alarm, metrics):
    """Whether the template's alarm does, at what was reported."""
    held = ALARMS[alarm]
    assert held["ComparisonOperator"] == "GreaterThanThreshold"
    return max(metrics[held["MetricName"]]) > held["Threshold"]


def test_a_dead_channel_is_noticed_and_mended_by_its_address(drill, capsys):
    drill.feed.status = 404
    drill.tick()
    (found,) = drill.doctor("channels")
    assert (found.subject, found.what[:14]) == ("news", "dead: http_404")
    assert "mend its address" in found.do
    drill.tick(A_TRY)
    assert goes_off("ChannelsStale", reported(capsys))
    drill.feed.status = 200
    drill.push(drill.watchlist(news=f"{drill.feed.url}?new"))
    drill.tick(A_TRY)
    assert drill.doctor("channels") == []
    drill.tick()
    assert not goes_off("ChannelsStale", reported(capsys))


def test_an_expired_secret_is_noticed_and_mended_by_a_new_value(drill):
    secrets = drill.site.client("secretsmanager")
    secrets.put_secret_value(SecretId=x.NAME, SecretString=EXPIRED)
    drill.tick()
    (found,) = drill.doctor("channels")
    assert (found.subject, found.what[:14]) == ("x", "dead: http_401")
    assert "put-secret-value --secret-id earwitness/x" in found.do
    secrets.put_secret_value(SecretId=x.NAME, SecretString=RIGHT)
    drill.tick(A_TRY)
    assert drill.doctor("channels") == []


def test_a_bad_watchlist_is_noticed_and_mended_by_a_rollback(drill, capsys):
    drill.push("brands: 7\n")
    drill.tick()
    assert goes_off("WatchlistInvalid", reported(capsys))
    (found,) = drill.doctor("watchlist")
    assert "was refused" in found.what
    assert "earwitness watchlist rollback" in found.do
    drill.run("watchlist", "rollback")
    drill.tick()
    assert not goes_off("WatchlistInvalid", reported(capsys))
    assert drill.doctor("watchlist") == []


def test_while_a_bad_watchlist_waits_the_last_good_one_is_polled_by(drill):
    drill.push("brands: 7\n")
    fetched = drill.feed.fetched
    drill.tick()
    assert drill.feed.fetched > fetched


def test_dead_letters_are_noticed_and_mended_by_a_redrive(drill):
    url = drill.site.physical_id("DispatchDeadLetters")
    drill.site.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    (found,) = drill.doctor("queues", "DispatchDeadLetters")
    assert "1 dead letters" in found.what
    assert "earwitness redrive" in found.do
    drill.run("redrive")
    (letter,) = drill.taken("DispatchQueue")
    drill.dispatch.handler(sqs_event(letter), Context())  # is done this time
    assert drill.doctor("queues") == []


def subscribed(drill, name, **attributes):
    boto3.client("sqs").create_queue(QueueName=name)
    return drill.site.client("sns").subscribe(
        TopicArn=drill.site.physical_id("Alerts"), Protocol="sqs", ReturnSubscriptionArn=True,
        Endpoint=f"arn:aws:sqs:eu-central-1:123456789012:{name}", Attributes=attributes,
    )["SubscriptionArn"]  # fmt: skip


def test_a_muted_subscriber_is_noticed_and_mended_by_its_filter(drill):
    arn = subscribed(drill, "night-shift", FilterPolicy='{"brand": ["Southwind"]}')
    (found,) = drill.doctor(
        "subscriptions", "sqs arn:aws:sqs:eu-central-1:123456789012:night-shift"
    )
    assert "hears nothing: its filter asks for brand Southwind" in found.what
    assert f"set-subscription-attributes --subscription-arn {arn} " in found.do
    drill.site.client("sns").set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy",
        AttributeValue='{"brand": ["Northwind Air"]}',
    )  # fmt: skip
    assert drill.doctor("subscriptions", found.subject) == []


def test_a_lost_subscriber_is_noticed_and_mended_by_subscribing_again(drill):
    arn = subscribed(drill, "care-team")
    count = {
        "MetricName": "SubscriptionsConfirmed",
        "Timestamp": drill.site.now - timedelta(hours=2),
        "Value": len(drill.site.topic("Alerts").subscriptions()),
        "Dimensions": [{"Name": "service", "Value": drill.site.stack}],
    }
    drill.site.client("cloudwatch").put_metric_data(Namespace="Earwitness", MetricData=[count])
    drill.site.client("sns").unsubscribe(SubscriptionArn=arn)
    (found,) = drill.doctor("subscriptions", "lost")
    assert "1 fewer are confirmed" in found.what
    assert "earwitness subscribers list" in found.do
    subscribed(drill, "care-team")
    assert "care-team" in drill.run("subscribers", "list")
    assert drill.doctor("subscriptions", "lost") == []
