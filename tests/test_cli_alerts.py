"""``earwitness alerts``, ``silence`` and ``incident`` on a deployed stack's table."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from earwitness import accepted, assessing
from earwitness.cli import app
from earwitness.model import Event, Intent, Priority, Tier
from earwitness.store import TABLE, Store
from earwitness.watchlist import load
from earwitness.watchlist_bucket import ACCEPTED_KEY
from tests.posts import a_judgement, a_match, a_mention, a_post

BRAND = "Northwind Air"
WATCHLIST = load(
    "brands: [{name: Northwind Air, terms: [Northwind Air]}]\n"
    "channels: [{name: hn, kind: hackernews}]\n"
    "alerting: {group_wait: {critical: 0s, high: 0s}}\n",
    "watchlist.yaml",
)
OUTPUTS = {
    "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
    "Outputs": {
        "WatchlistBucketName": {"Value": {"Ref": "Bucket"}},
        "TableName": {"Value": "table"},
        "AuthorKeyArn": {"Value": "author-key"},
    },
}


def earwitness(*arguments):
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def store():
    with mock_aws():
        client = boto3.client("cloudformation")
        client.create_stack(StackName="earwitness", TemplateBody=json.dumps(OUTPUTS))
        (found,) = client.describe_stacks(StackName="earwitness")["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
        boto3.client("s3").put_object(
            Bucket=outputs["WatchlistBucketName"],
            Key=ACCEPTED_KEY,
            Body=accepted.dump(WATCHLIST).encode(),
        )
        boto3.client("dynamodb").create_table(TableName="table", **TABLE)
        yield Store("table", author_key=lambda: b"secret")


def tick(store):
    return assessing.tick(store, lambda: WATCHLIST, datetime.now(UTC))


def complain(store, text="Nortwind Air lost my bag", **changes):
    now = datetime.now(UTC)
    post = a_post(text, published_at=now - timedelta(minutes=1), fetched_at=now, **changes)
    store.keep([a_mention(post, a_judgement(Priority.HIGH, Intent.COMPLAINT))], now)
    return tick(store)


def only_group(store):
    (group,) = store.open_groups()
    return group


def test_an_open_alert_is_listed_with_what_is_needed_to_take_it(store):
    complain(store)
    group_id = only_group(store).group_id
    (line,) = earwitness("alerts", "list").stdout.splitlines()
    assert line.startswith(f"{group_id}  high  Northwind Air  complaint  https://")
    assert line.endswith("taken by nobody")


def test_alerts_are_listed_for_programs_and_by_brand(store):
    complain(store)
    (line,) = earwitness("alerts", "list", "--json", "--brand", BRAND).stdout.splitlines()
    assert json.loads(line)["kind"] == "complaint"
    assert earwitness("alerts", "list", "--brand", "Corvane").stdout == ""


def test_who_takes_an_alert_is_kept(store):
    complain(store)
    done = earwitness("alerts", "ack", only_group(store).group_id, "--by", "kim")
    assert done.exit_code == 0
    assert only_group(store).acknowledged.by == "kim"
    assert earwitness("alerts", "list").stdout.endswith("taken by kim\n")


def test_an_alert_is_taken_by_its_own_id_too(store):
    complain(store)
    group = only_group(store)
    alert_id = f"{group.group_id}-{group.window}-1"
    assert store.notification(alert_id) is not None
    earwitness("alerts", "ack", alert_id, "--by", "kim")
    assert only_group(store).acknowledged.by == "kim"


def test_what_is_handled_leaves_the_list(store):
    complain(store)
    assert earwitness("alerts", "handle", only_group(store).group_id).exit_code == 0
    assert earwitness("alerts", "list").stdout == ""


def test_an_unknown_alert_is_an_error_and_the_others_are_taken(store):
    complain(store)
    done = earwitness("alerts", "ack", "nonsense", only_group(store).group_id, "--by", "kim")
    assert done.exit_code == 1
    assert "nonsense: no such alert" in done.stderr
    assert only_group(store).acknowledged is not None


def test_a_silence_shows_what_it_would_have_silenced_and_then_holds(store):
    complain(store)
    done = earwitness("silence", "add", "--word", "bag", "--for", "8h", "--reason", "strike")
    assert "would have silenced 1 of 1 urgent mentions in the last 24 hours" in done.stdout
    outcome = complain(store, "Nortwind Air lost my other bag", source_id="2")
    assert outcome.mentions == {"silenced": 1}


def test_a_preview_counts_what_alerting_would_have_said(store):
    now = datetime.now(UTC)
    doubted = (a_match(tier=Tier.DOUBTFUL),)
    for number, (priority, matches) in enumerate(
        [(Priority.NORMAL, None), (Priority.HIGH, doubted), (Priority.CRITICAL, None)]
    ):
        post = a_post(source_id=f"n{number}", published_at=now - timedelta(hours=23))
        store.keep([a_mention(post, a_judgement(priority), matches)], now)
    old = a_post(source_id="old", published_at=now - timedelta(hours=25))
    store.keep([a_mention(old)], now)
    done = earwitness("silence", "add", "--brand", BRAND, "--for", "8h", "--reason", "x")
    assert "would have silenced 1 of 1 urgent mentions" in done.stdout


def test_a_dry_run_adds_no_silence(store):
    earwitness("silence", "add", "--brand", BRAND, "--for", "8h", "--reason", "x", "--dry-run")
    assert earwitness("silence", "list").stdout == ""


def test_a_silence_is_listed_and_expired(store):
    earwitness("silence", "add", "--brand", BRAND, "--for", "8h", "--reason", "strike")
    (line,) = earwitness("silence", "list").stdout.splitlines()
    assert "brand Northwind Air  (strike, " in line
    assert earwitness("silence", "expire", line.split()[0]).exit_code == 0
    assert earwitness("silence", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--for", "8h", "--reason", "x"], "at least one of"),
        (["--brand", "a", "--for", "90d", "--reason", "x"], "30d at most"),
        (["--brand", "a", "--for", "soon", "--reason", "x"], "expected 30m, 8h or 7d"),
        (["--brand", "a", "--for", "8h", "--reason", " "], "needs a reason"),
        (["--brand", "a", "--reason", "x"], "--for"),
        (["--brand", "a", "--for", "8h"], "--reason"),
    ],
)
def test_a_silence_without_scope_end_or_reason_is_refused(arguments, said):
    done = earwitness("silence", "add", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_expiring_what_is_unknown_is_an_error(store):
    assert earwitness("silence", "expire", "nonsense").exit_code == 1


def test_an_incident_is_opened_said_listed_and_closed_by_hand(store):
    opened = earwitness("incident", "open", "--brand", BRAND, "--reason", "booking is down")
    assert opened.exit_code == 0
    assert tick(store).alerts == {Event.INCIDENT_OPENED: 1}
    assert ", open, " in earwitness("incident", "list").stdout
    assert earwitness("incident", "close", "--brand", BRAND).exit_code == 0
    assert tick(store).alerts == {Event.INCIDENT_CLOSED: 1}
    assert earwitness("incident", "list").stdout == ""
    (line,) = earwitness("incident", "list", "--past").stdout.splitlines()
    assert line.startswith("Northwind Air: outage; ")
    assert line.endswith("; 0 posts by 0 authors; opened_by_hand: booking is down")


def test_every_past_incident_is_listed_and_none_holds_a_post(store):
    for reason in ("first", "second"):
        complain(store)
        earwitness("incident", "open", "--brand", BRAND, "--reason", reason)
        tick(store)
        earwitness("incident", "close", "--brand", BRAND)
        tick(store)
    lines = earwitness("incident", "list", "--past").stdout.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["second", "first"]
    now = datetime.now(UTC)
    assert {one.first for one in store.past_incidents(BRAND, now - timedelta(days=1), now)} == {
        None
    }
    assert earwitness("incident", "list", "--past", "--days", "1").stdout.count("\n") == 2


@pytest.mark.parametrize(
    ("by", "name"),
    [("priority", "high"), ("person", "kim"), ("channel", "hn"), ("brand", BRAND)],
)
def test_response_times_can_be_read_by(store, by, name):
    complain(store)
    earwitness("alerts", "handle", only_group(store).group_id, "--by", "kim")
    (line,) = earwitness("alerts", "times", "--by", by).stdout.splitlines()
    assert line.startswith(f"{name}: 1 of 1 taken, 0 late, first response 0 min")
    (told,) = earwitness("alerts", "times", "--by", by, "--json").stdout.splitlines()
    assert json.loads(told)["handled"] < 60


def doubtful(store, surface, source_id):
    now = datetime.now(UTC)
    post = a_post(f"the {surface} blew all night", source_id=source_id, published_at=now)
    match = a_match(surface, post.text, tier=Tier.DOUBTFUL, confidence=0.4)
    mention = a_mention(post, matches=(match,))
    store.keep([mention], now)
    return mention


def test_a_doubtful_spelling_is_offered_until_somebody_rules_on_it(store):
    held = [doubtful(store, "nordwind", "1"), doubtful(store, "Nordwind", "2")]
    other = doubtful(store, "nortwynd", "3")
    lines = earwitness("matches", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [held[0].mention_id, other.mention_id]
    assert earwitness("matches", "reject", held[0].mention_id, "--by", "kim").exit_code == 0
    (line,) = map(json.loads, earwitness("matches", "list", "--json").stdout.splitlines())
    assert (line["id"], line["matches"][0]["surface"]) == (other.mention_id, "nortwynd")


def test_what_was_ruled_is_suggested_for_the_watchlist(store):
    earwitness("matches", "reject", doubtful(store, "nordwind", "1").mention_id)
    earwitness("matches", "accept", doubtful(store, "nortwynd", "2").mention_id)
    assert earwitness("matches", "suggest").stdout.splitlines() == [
        'Northwind Air, term "Northwind Air": allow: ["nortwynd"]',
        'Northwind Air, term "Northwind Air": exclude_any: ["nordwind"]',
    ]


def test_what_is_said_last_of_a_spelling_stands(store):
    mention = doubtful(store, "nordwind", "1")
    earwitness("matches", "reject", mention.mention_id)
    earwitness("matches", "accept", mention.mention_id)
    assert "allow" in earwitness("matches", "suggest").stdout
    assert "exclude_any" not in earwitness("matches", "suggest").stdout


def test_ruling_on_an_unknown_match_is_an_error(store):
    done = earwitness("matches", "accept", "nonsense")
    assert (done.exit_code, done.stderr) == (1, "nonsense: no such mention\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["open", "--brand", "Nobody", "--reason", "x"], "no such brand"),
        (["close", "--brand", BRAND], "no incident is open"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(store, arguments, said):
    done = earwitness("incident", *arguments)
    assert done.exit_code == 1
    assert said in done.stderr


def test_an_incident_is_opened_once(store):
    earwitness("incident", "open", "--brand", BRAND, "--reason", "x")
    again = earwitness("incident", "open", "--brand", BRAND, "--reason", "x")
    assert "an incident is open since" in again.stderr
