"""``earwitness judge``: from a mention's id to a rule that should be dropped."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from earwitness.cli import app
from earwitness.model import Reason
from earwitness.store import TABLE, Store
from earwitness.watchlist import load
from earwitness.watchlist_bucket import WatchlistBucket
from tests.posts import a_judgement, a_mention, a_post

AT = datetime.now(UTC) - timedelta(hours=2)
TEMPLATE = {
    "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
    "Outputs": {
        "WatchlistBucketName": {"Value": {"Ref": "Bucket"}},
        "TableName": {"Value": "table"},
        "AuthorKeyArn": {"Value": "author-key"},
    },
}
WATCHLIST = b"brands:\n  - {name: Northwind Air, terms: [Northwind Air]}\n"


@pytest.fixture
def store():
    with mock_aws():
        boto3.client("dynamodb").create_table(TableName="table", **TABLE)
        cloud = boto3.client("cloudformation")
        cloud.create_stack(StackName="earwitness", TemplateBody=json.dumps(TEMPLATE))
        outputs = cloud.describe_stacks(StackName="earwitness")["Stacks"][0]["Outputs"]
        name = next(o["OutputValue"] for o in outputs if o["OutputKey"] == "WatchlistBucketName")
        watchlist = load(WATCHLIST, "watchlist", needs_channels=False)
        WatchlistBucket(name, boto3.client("s3")).accept(watchlist)
        yield Store("table", boto3.client("dynamodb"), author_key=lambda: b"secret")


def keep(store, *rules, count=1):
    reasons = tuple(Reason(rule, ("lost my bag",)) for rule in rules)
    mentions = [
        a_mention(a_post(source_id=str(n), published_at=AT), a_judgement(reasons=reasons))
        for n in range(count)
    ]
    store.keep(mentions, AT)
    return [mention.mention_id for mention in mentions]


def judge(*arguments):
    return CliRunner().invoke(app, ["judge", *arguments])


def reported(*arguments):
    done = judge("report", "--json", *arguments)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_recent_lists_ids_and_judgements(store):
    (mention_id,) = keep(store, "complaint")
    done = judge("recent")
    assert done.stdout.startswith(mention_id)
    assert "Northwind Air  high complaint negative en" in done.stdout


def test_a_correction_lowers_the_agreement_of_its_rules(store):
    (mention_id,) = keep(store, "complaint/not delivered")
    done = judge("correct", mention_id, "--priority", "normal", "--intent", "praise")
    assert done.stdout == f"{mention_id}: corrected\n"
    (rule,) = reported()
    assert (rule["rule"], rule["right"], rule["reviewed"]) == ("complaint/not delivered", 0, 1)


def test_saying_that_it_was_right_raises_it(store):
    (mention_id,) = keep(store, "complaint")
    assert judge("correct", mention_id, "--right").stdout == f"{mention_id}: agreed\n"
    assert reported()[0]["right"] == 1


def test_what_is_said_last_of_a_mention_stands(store):
    (mention_id,) = keep(store, "complaint")
    judge("correct", mention_id, "--priority", "normal")
    judge("correct", mention_id, "--right")
    assert (reported()[0]["right"], reported()[0]["reviewed"]) == (1, 1)


def test_retune_proposes_the_rules_that_are_surely_wrong(store):
    for mention_id in keep(store, "bad rule", count=4):
        judge("correct", mention_id, "--priority", "normal")
    assert [rule["rule"] for rule in reported("--retune")] == ["bad rule"]
    assert "drop" in judge("report", "--retune").stdout


def test_retune_leaves_alone_what_few_have_looked_at(store):
    for mention_id in keep(store, "new rule", count=3):
        judge("correct", mention_id, "--priority", "normal")
    assert reported("--retune") == []


def test_a_correction_holds_no_words_of_the_post(store):
    (mention_id,) = keep(store, "complaint")
    judge("correct", mention_id, "--priority", "normal")
    now = datetime.now(UTC)
    (said,) = store.corrections(now - timedelta(days=1), now)
    assert said.judged.reasons == (Reason("complaint"),)


def test_an_unknown_mention_is_a_problem(store):
    done = judge("correct", "0" * 32, "--priority", "normal")
    assert done.exit_code == 1
    assert "no such mention" in done.stderr


@pytest.mark.parametrize("options", [[], ["--right", "--priority", "high"]])
def test_nothing_said_or_two_things_at_once_is_a_wrong_option(store, options):
    assert judge("correct", "0" * 32, *options).exit_code == 2


def test_a_stack_that_is_not_there_is_said(store):
    done = judge("report", "--stack", "nowhere")
    assert done.exit_code == 3
    assert "no stack nowhere" in done.stderr


def test_a_correction_by_a_user_without_a_name_says_how_to_give_one(store, monkeypatch):
    def unknown(number):
        raise KeyError(f"getpwuid(): uid not found: {number}")

    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    (kept,) = keep(store, "complaint/lost")
    done = judge("correct", kept, "--right")
    assert (done.exit_code, "USER=ada earwitness" in " ".join(done.stderr.split())) == (2, True)
    assert reported() == []


def test_a_correction_is_signed_with_the_name_that_the_environment_gives(store, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    (kept,) = keep(store, "complaint/lost")
    judge("correct", kept, "--right")
    (said,) = store.corrections(AT - timedelta(days=1), datetime.now(UTC) + timedelta(days=1))
    assert said.by == "ada"
