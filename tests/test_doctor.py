"""``earwitness doctor``: a stack that is well is found well, and each ailment is named."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from earwitness.alerting.wording import compose
from earwitness.cli import app, deployment
from earwitness.model import Channel, Health, Poll
from earwitness.operations.checks.channels import what_to_do
from earwitness.operations.checks.subscriptions import ATTRIBUTES, unheard
from earwitness.operations.examination import CHECKS, examine
from earwitness.operations.finding import State
from earwitness.subscriptions import Subscription
from earwitness.watchlist import load
from earwitness.watchlist_bucket import refresh
from tests.alert_scenarios import SCENARIOS
from tests.installed import STACK, installed
from tests.loopback import Answer, serving

WATCHLIST = b"""
brands: [{name: Northwind Air, terms: [Northwind Air]}]
channels:
  - {name: news, kind: feed, url: "https://news.example/rss", every: 10m}
  - {name: hn, kind: hackernews, every: 2m}
  - {name: x, kind: x, credentials: earwitness/x, every: 5m}
"""
TICKED = ("Dispatch", "Refresh", "Assess", "Notify", "Digest", "Export")
CANARY = "a-value-that-nobody-may-see"


def refusing(asked):
    """Both addresses of a stack: what is not signed is refused."""
    return Answer(status=401 if asked.method == "POST" else 403)


def mended(site):
    """Everything that a person does after the first deployment, and a day's work."""
    site.client("s3").put_object(
        Bucket=site.physical_id("WatchlistBucket"), Key="watchlist.yaml", Body=WATCHLIST
    )
    refresh(site.bucket)
    for name in ("x", "ingest"):
        site.client("secretsmanager").create_secret(
            Name=f"earwitness/{name}", SecretString=json.dumps({"token": CANARY})
        )
    for name in ("news", "hn", "x"):
        polled(site, name)
    for topic in ("Alerts", "Operations"):
        queue = site.client("sqs").create_queue(QueueName=f"hears-{topic}")["QueueUrl"]
        arn = f"arn:aws:sqs:eu-central-1:123456789012:{queue.rpartition('/')[2]}"
        site.client("sns").subscribe(TopicArn=site.physical_id(topic), Protocol="sqs", Endpoint=arn)
    for ticks, _ in site.of_kind("AWS::Scheduler::Schedule"):
        name = ticks.removesuffix("Ticks")
        measured(site, "AWS/Lambda", "Invocations", "FunctionName", site.physical_id(name), 3)


def polled(site, name, **changes):
    channel = Channel(name, "feed", timedelta(0))
    lease = site.store.lease(channel.channel_id, "test", site.now, timedelta(seconds=1))
    poll = Poll(**{"posts": (), "cursor": "c", "health": Health.OK, **changes})
    site.store.advance(lease, poll, datetime.now(UTC), mentions=0)


def measured(  # noqa: PLR0917
    site, namespace, metric, dimension, name, value, before=timedelta(minutes=6)
):
    site.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": metric, "Value": value, "Timestamp": site.now - before,
                     "Dimensions": [{"Name": dimension, "Value": name}]}],
    )  # fmt: skip


def by_subject(findings):
    return {(one.area, one.subject): one for one in findings}


@pytest.fixture(scope="module")
def well():
    with serving(refusing) as web, installed(AcknowledgeUrl=web.url, IngestAddress=web.url) as site:
        mended(site)
        return list(examine(site))


@pytest.fixture(scope="module")
def ill():
    """A stack on which everything went wrong that doctor knows of."""
    with installed(AcknowledgeUrl="http://127.0.0.1:9/") as site:
        mended(site)
        everything_breaks(site)
        return by_subject(examine(site))


def everything_breaks(site):
    push(site, b"brands: 7")
    site.client("secretsmanager").delete_secret(SecretId="earwitness/x")
    polled(site, "x", health=Health.DEAD, reason="http_401: the source wants credentials")
    polled(site, "hn", health=Health.DEAD, reason="http_404: there is nothing at this address")
    site.client("lambda").put_function_concurrency(
        FunctionName=site.physical_id("Poll"), ReservedConcurrentExecutions=0
    )
    mapping = site.physical_id("AssessWork")
    site.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    schedule = site.client("scheduler").get_schedule(Name=site.physical_id("NotifyTicks"))
    site.client("scheduler").update_schedule(
        Name=schedule["Name"], ScheduleExpression="rate(1 minute)", State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"}, Target=schedule["Target"],
    )  # fmt: skip
    measured(site, "AWS/Lambda", "Errors", "FunctionName", site.physical_id("Dispatch"), 3)
    dead = site.resources["PollDeadLetters"].physical_id
    site.client("sqs").send_message(QueueUrl=dead, MessageBody="{}")
    late = site.physical_id("IngestQueue")
    site.client("sqs").send_message(QueueUrl=late, MessageBody="{}")
    measured(site, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName",
             late.rpartition("/")[2], 4000)  # fmt: skip
    site.client("cloudwatch").set_alarm_state(
        AlarmName=site.physical_id("PollDead"), StateValue="ALARM", StateReason="1 > 0"
    )
    topic = site.physical_id("Alerts")
    (held,) = site.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    site.client("sns").unsubscribe(SubscriptionArn=held["SubscriptionArn"])
    measured(site, "Earwitness", "SubscriptionsConfirmed", "service", STACK, 1,
             timedelta(hours=2))  # fmt: skip
    site.client("dynamodb").update_time_to_live(
        TableName=site.physical_id("Table"),
        TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": False},
    )


def push(site, text):
    site.client("s3").put_object(
        Bucket=site.physical_id("WatchlistBucket"), Key="watchlist.yaml", Body=text
    )


def test_a_stack_that_is_well_is_found_well(well):
    unwell = [one for one in well if one.state not in (State.OK, State.NOTE)]
    assert unwell == []


@pytest.mark.parametrize("area", CHECKS)
def test_every_check_says_something_of_a_stack_that_is_well(area, well):
    assert [one for one in well if one.area == area]


def test_what_was_accepted_last_is_named_by_its_version(well):
    (told,) = [one for one in well if one.area == "watchlist"]
    assert told.what == "in use, as pushed: 1 brands, 3 channels"


def test_a13_no_value_of_a_secret_is_shown(well, ill):
    assert CANARY not in str(well) + str(ill)


def test_a22_it_is_noted_who_may_take_every_execution_of_the_account(well):
    (told,) = [one for one in well if one.subject == "public addresses"]
    assert told.state is State.NOTE
    assert "UrlConcurrency" in told.what


def test_a22_a_bound_on_what_strangers_run_is_told():
    with installed() as site:
        for name in ("Ingest", "Acknowledge"):
            site.client("lambda").put_function_concurrency(
                FunctionName=site.physical_id(name), ReservedConcurrentExecutions=5
            )
        (told,) = [one for one in CHECKS["quotas"](site) if one.subject == "public addresses"]
    assert told.state is State.OK
    assert told.what == "bounded, executions at once: Ingest 5, Acknowledge 5"


def test_when_a_secret_changed_is_shown(well):
    (told,) = [one for one in well if one.subject == "earwitness/x"]
    assert told.what == "needed by x; last changed 0 days ago"


@pytest.mark.parametrize(
    ("area", "subject", "what", "do"),
    [
        ("watchlist", None, "was refused", "earwitness watchlist rollback"),
        ("secrets", "earwitness/x", "about to be deleted", "restore-secret"),
        ("channels", "x", "dead: http_401", "put-secret-value --secret-id earwitness/x"),
        ("channels", "hn", "dead: http_404", "mend its address"),
        ("functions", "Poll", "is switched off", "delete-function-concurrency"),
        ("functions", "AssessWork", "hands no work over", "--enabled"),
        ("functions", "NotifyTicks", "is switched off", "sam deploy"),
        ("functions", "Dispatch", "no good run lately: 3 runs, 3 failed", "ERROR lines"),
        ("queues", "PollDeadLetters", "1 dead letters", "earwitness redrive"),
        ("queues", "IngestQueue", "1 messages wait", "lengthen"),
        ("alarms", "PollDead", "1 > 0", "earwitness redrive"),
        ("subscriptions", "alerts", "nobody receives them", "subscribers confirm"),
        ("subscriptions", "lost", "1 fewer are confirmed", "subscribers list"),
        ("table", "time to live", "off: personal data", "update-time-to-live"),
        ("addresses", "the page behind links", "does not answer", "function URL"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(area, subject, what, do, ill):
    wrong = [one for one in ill.values() if one.area == area and one.state is State.WRONG]
    (told,) = [one for one in wrong if subject in (None, one.subject)]
    assert what in told.what
    assert do in told.do


@pytest.mark.parametrize(
    "subject",
    [("channels", "x"), ("queues", "IngestQueue"), ("alarms", "PollDead"),
     ("subscriptions", "lost"), ("functions", "NotifyTicks"), ("secrets", "earwitness/x")],
)  # fmt: skip
def test_it_is_said_since_when(subject, ill):
    assert ill[subject].since is not None


@contextmanager
def denied(operation):
    make = BaseClient._make_api_call

    def call(client, name, parameters):
        if name == operation:
            told = {"Error": {"Code": "AccessDenied", "Message": "no"}}
            raise ClientError(told, name)
        return make(client, name, parameters)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", call)
        yield


def test_what_one_may_not_look_at_is_no_error_and_not_well():
    with installed() as site, denied("DescribeAlarms"):
        findings = list(examine(site))
    (told,) = [one for one in findings if one.area == "alarms"]
    assert told.state is State.UNKNOWN
    assert "DescribeAlarms: AccessDenied" in told.what
    assert [one for one in findings if one.area == "table"]  # the others were looked at


@pytest.mark.parametrize(
    ("policy", "deaf"),
    [
        ({"brand": ["Northwind Air"]}, False),
        ({"brand": ["Northwnd"]}, True),
        ({"brand": [{"prefix": "North"}]}, False),
        ({"channel": ["gone"]}, True),
        ({"brand": ["all"]}, False),
        ({"brand": ["Northwnd", {"exists": True}]}, False),
        ({"priority": ["critical"]}, False),
        ({"priority": ["urgent"]}, True),
        ({"role": ["own"]}, False),
        ({"role": ["ours"]}, True),
        ({"event": ["opened", "shut"]}, False),
        ({"event": ["shut"]}, True),
        ({"level": [{"anything-but": ["0"]}]}, False),
        ({"sms": ["true"]}, True),
        ({"kind": ["outage"], "language": ["de"]}, False),
        ({"Priority": ["critical"]}, True),
        ({"Priority": [{"exists": False}]}, False),
        ({"$or": [{"role": ["own"]}, {"priority": ["critical"]}]}, False),
        (None, False),
    ],
)
def test_a_filter_that_lets_nothing_through_is_told(policy, deaf):
    watchlist = load(WATCHLIST, "watchlist.yaml")
    one = Subscription("a@b.example", "email", confirmed=True, filter_policy=policy)
    assert bool(unheard(one, watchlist)) is deaf


def test_a_filter_on_what_a_message_says_is_left_alone():
    one = Subscription(
        "a", "sqs", confirmed=True, filter_policy={"quote": ["no"]}, reads_body=True
    )  # fmt: skip
    assert unheard(one, load(WATCHLIST, "watchlist.yaml")) == ""


def test_the_attributes_that_a_filter_may_ask_for_are_those_of_an_alert():
    attributes = compose(SCENARIOS["complaint"].alert).attributes
    assert attributes.keys() == ATTRIBUTES.keys()
    assert [
        name
        for name, values in ATTRIBUTES.items()
        if values and name not in ("brand", "channel") and attributes[name] not in values
    ] == []


@pytest.mark.parametrize(
    ("reason", "do"),
    [
        ("http_401: the source wants credentials, or refuses ours", "put-secret-value"),
        ("no_credentials: there is no secret", "put-secret-value"),
        ("http_404: there is nothing at this address", "mend its address"),
        ("http_429: the source asks us to slow down", "lengthen"),
        ("no_answer: a page", "open its address"),
    ],
)
def test_each_kind_of_darkness_has_its_mending(reason, do):
    channel = Channel("x", "x", timedelta(0), options={"credentials": "earwitness/x"})
    assert do in what_to_do(channel, reason)


def run(monkeypatch, site, *arguments):
    @contextmanager
    def found(*_names):
        yield site

    monkeypatch.setattr(deployment, "installation", found)
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_the_exit_status_says_that_something_is_wrong(monkeypatch):
    with installed() as site:
        lines = run(monkeypatch, site)
        told = json.loads(run(monkeypatch, site, "--json").stdout)
    assert lines.exit_code == 1
    assert "WRONG    watchlist: pushed: nothing is watched" in lines.stdout
    assert "         do: push one" in lines.stdout
    assert told["well"] is False
    assert {"area", "subject", "state", "what", "since", "do"} == set(told["findings"][0])


def test_the_stack_is_found_by_its_name():
    with installed():
        client = boto3.client("cloudformation")
        (held,) = client.describe_stacks(StackName=STACK)["Stacks"]
        with deployment.installation(STACK, "eu-central-1", None) as site:
            assert site.physical_id("Table").startswith(f"{STACK}-Table")
        assert held["StackName"] == site.stack
