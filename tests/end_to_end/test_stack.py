"""The deployed stack from a post to an alert: its own queues, mappings, roles and subscriptions."""

import json
import re
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from demo import day as days
from demo.day import Day, Item, Pace
from demo.driving import Inbox, Table, Ticks, push, rewritten
from demo.servers import Servers
from earwitness.links import Action, Link, sign
from earwitness.store import Store
from tests.end_to_end.page import Page
from tests.end_to_end.roles import as_role

pytestmark = pytest.mark.end_to_end

WITHIN_SECONDS = 120  # from a post to an alert, with cold starts on a busy machine


def item(number, channel, text, brands=()):
    return Item(number, timedelta(0), channel, "ada", "", text, tuple(brands), None, "")


POSTS = (
    item(48_100_001, "travellers forum", "Nortwind Air lost my bag, nobody answers, terrible!"),
    item(48_100_002, "hn", "Northwind Air is down for everyone, nobody can check in, an outage."),
    item(48_100_003, "aviation news", "Northwind Air flies to Lisbon from May."),
    item(48_100_004, "travellers forum", "The north wind was cold, and the service terrible!"),
)
COMPLAINT, OUTAGE, NEWS, NEAR_MISS = (post.source_id for post in POSTS)


class Outcome:
    """What one run of the stack brought to its subscribers and its table."""

    def __init__(self, stack, servers, watchlist, started_at):
        self.stack = stack
        self.servers = servers
        self._ticks = Ticks(stack)
        self._table = Table(stack, watchlist, started_at)
        self.critical, self.other = [], []
        self.inboxes = {}

    def drive(self, until, within_seconds=WITHIN_SECONDS):
        """Tick, and collect what comes, until ``until`` holds or time is up."""
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            self._ticks.send(days.now())
            time.sleep(1)
            self.critical += self.inboxes["critical"].messages()
            self.other += self.inboxes["other"].messages(0)
            if until():
                return

    def mentioned(self):
        """The ids of what was kept of what these servers published; others push to this stack."""
        channels = {post.channel for post in POSTS}
        kept = (mention.post for mention in self._table.mentions())
        return sorted(post.source_id for post in kept if post.channel in channels)


@pytest.fixture(scope="module")
def outcome(stack):
    """Posts are published, the watchlist is pushed, and the stack does the rest."""
    started_at = days.now()
    pace = Pace(started_at, timedelta(seconds=1))
    with Servers(Day(POSTS, {}), pace) as servers:
        watchlist = push(stack, rewritten(servers.urls), "watchlist.yaml", allow_loopback=True)
        outcome = Outcome(stack, servers, watchlist, started_at)
        outcome.inboxes = {
            "critical": Inbox(stack, "critical", {"priority": ["critical"]}),
            "other": Inbox(stack, "other", {"priority": [{"anything-but": ["critical"]}]}),
        }
        outcome.drive(lambda: outcome.critical and outcome.other and len(outcome.mentioned()) == 3)
        yield outcome


def links(envelopes):
    return [json.loads(envelope["Message"])["post"]["url"] for envelope in envelopes]


def ended_with(envelopes, source_id):
    return [link for link in links(envelopes) if link.endswith(source_id)]


def test_what_is_about_a_brand_is_kept_and_nothing_else(outcome):
    assert outcome.mentioned() == sorted([COMPLAINT, OUTAGE, NEWS])


def test_an_outage_goes_to_those_who_subscribed_to_what_is_critical(outcome):
    assert len(ended_with(outcome.critical, OUTAGE)) == len(outcome.critical) == 1


def test_a_misspelled_complaint_goes_to_the_others(outcome):
    assert len(ended_with(outcome.other, COMPLAINT)) == len(outcome.other) == 1


def test_an_alert_carries_what_filter_policies_route_by(outcome):
    (alert,) = outcome.critical
    values = {name: given["Value"] for name, given in alert["MessageAttributes"].items()}
    assert values["brand"] == "Northwind Air"
    assert values["priority"] == "critical"
    assert set(values) >= {"role", "kind", "channel", "language"}


def test_g1_further_polls_double_nothing_and_alert_nobody_again(outcome):
    before = sum(outcome.servers.asked.values())
    outcome.drive(lambda: sum(outcome.servers.asked.values()) >= before + 6, 60)
    assert sum(outcome.servers.asked.values()) >= before + 6
    outcome.drive(lambda: False, 6)
    assert outcome.mentioned() == sorted([COMPLAINT, OUTAGE, NEWS])
    assert (len(outcome.critical), len(outcome.other)) == (1, 1)


def test_nothing_ended_in_a_dead_letter_queue(outcome):
    stack = outcome.stack
    names = [name for name in stack.resources if name.endswith("DeadLetters")]
    depth = {name: _depth(stack, name) for name in names}
    assert depth == dict.fromkeys(names, 0)
    assert len(names) >= 4


def test_no_function_failed(outcome):
    assert outcome.stack.aws.last_failure() is None


def test_the_schedules_tick_the_queues(outcome):
    scheduler = outcome.stack.aws.client("scheduler")
    found = scheduler.list_schedules()["Schedules"]
    assert {schedule["State"] for schedule in found} == {"ENABLED"}
    assert len(found) >= 3


def test_a_table_item_expires(outcome):
    dynamodb = outcome.stack.aws.client("dynamodb")
    answer = dynamodb.describe_time_to_live(TableName=outcome.stack.table_name)
    assert answer["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


def test_iam_is_enforced_notify_may_not_ask_for_polls(stack):
    sqs = as_role(stack, "NotifyRole", "sqs")
    with pytest.raises(ClientError, match=r"NotifyRole.* is not authorized to perform"):
        sqs.send_message(QueueUrl=stack.queue_url("PollQueue"), MessageBody="{}")


def test_iam_is_enforced_poll_may_not_change_the_watchlist(stack):
    s3 = as_role(stack, "PollRole", "s3")
    with pytest.raises(ClientError, match=r"PollRole.* is not authorized to perform"):
        s3.put_object(Bucket=stack.watchlist_bucket, Key="watchlist.yaml", Body=b"brands: []")


def test_the_watchlist_cannot_be_read_by_who_has_no_credentials(stack):
    anonymous = boto3.client(
        "s3",
        endpoint_url=stack.aws.endpoint,
        verify=stack.aws.variables["AWS_CA_BUNDLE"],
        config=Config(signature_version=UNSIGNED),
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        anonymous.get_object(Bucket=stack.watchlist_bucket, Key="watchlist.yaml")


def _depth(stack, name):
    asked = stack.aws.client("sqs").get_queue_attributes(
        QueueUrl=stack.queue_url(name), AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(asked["Attributes"]["ApproximateNumberOfMessages"])


@pytest.fixture(scope="module")
def offered(outcome):
    """The links of the critical alert, as its subscribers received them."""
    return json.loads(outcome.critical[0]["Message"])["links"]


def held(outcome):
    """What the table holds of who answered, without what ticks write."""
    store = Store(outcome.stack.table_name, outcome.stack.aws.client("dynamodb"))
    now = datetime.now(UTC)
    groups = {group.group_id: (group.acknowledged, group.handled) for group in store.open_groups()}
    return groups, list(store.silences(now))


def test_a18_a_look_at_the_page_changes_nothing(outcome, offered):
    before, page = held(outcome), Page(outcome.stack)
    assert set(offered) == {"take", "handle", "mute", "wrong"}
    for link in offered.values():
        status, body = page.request("GET", link)
        assert (status, "<form method=" in body) == (200, True)
    assert held(outcome) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-3] + "AAA",
        lambda link: link.replace("/t.", "/h."),
        lambda link: re.sub(r"/t\.[0-9a-z]+\.", "/t.zzzzzz.", link),
    ],
    ids=["signature", "action", "expiry"],
)
def test_a19_a_forged_link_changes_nothing(outcome, offered, spoil):
    before = held(outcome)
    status, _ = Page(outcome.stack).request("POST", spoil(offered["take"]), {"name": "Mallory"})
    assert status == 403
    assert held(outcome) == before


def test_a19_an_expired_link_changes_nothing(outcome, offered):
    key = outcome.stack.aws.client("secretsmanager").get_secret_value(
        SecretId=outcome.stack.resources["SigningKey"]
    )
    subject = offered["take"].rsplit("/", 1)[1].split(".")[2]
    expired = Link(Action.TAKE, subject, datetime.now(UTC) - timedelta(seconds=1))
    token = sign(expired, key["SecretString"].encode())
    before, address = held(outcome), offered["take"].rsplit("/", 1)[0]
    status, _ = Page(outcome.stack).request("POST", f"{address}/{token}", {"name": "Mallory"})
    assert status == 410
    assert held(outcome) == before


def test_a19_who_confirms_takes_the_alert_and_a_replay_changes_nothing(outcome, offered):
    page = Page(outcome.stack)
    assert page.request("POST", offered["take"], {"name": "Ada"})[0] == 200
    taken = held(outcome)
    assert [mark.by for mark, _ in taken[0].values() if mark] == ["Ada"]
    assert page.request("POST", offered["take"], {"name": "Mallory"})[0] == 409
    assert held(outcome) == taken
