"""``earwitness rules test``: what a changed watchlist would have said about the last days."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from earwitness.cli import app
from earwitness.store import TABLE, Store
from earwitness.watch import Watched
from earwitness.watchlist import load
from earwitness.watchlist_bucket import WatchlistBucket
from tests.posts import a_post

NOW = datetime.now(UTC)
IN_USE = """\
brands:
  - {name: Northwind Air, terms: [Northwind Air]}
"""
CHANGED = """\
brands:
  - name: Northwind Air
    terms: [{text: Northwind Air, exclude_any: [museum]}]
  - {name: Corvane, role: competitor, terms: [Corvane Airways]}
"""
BOTH = "Northwind Air lost my bag and nobody answers, worst airline ever"
OLD = "Northwind Air museum: the cafe was awful, never again, what a rip-off, I want a refund"
NEW = "Corvane Airways lost my bag too and I am furious, unlike Northwind Air"


@pytest.fixture
def files(tmp_path):
    for name, text in (("in_use", IN_USE), ("changed", CHANGED)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    posts = [
        {"id": str(number), "text": text, "published_at": (NOW - timedelta(days=2)).isoformat()}
        for number, text in enumerate((BOTH, OLD, NEW))
    ]
    posts.append({"id": "old", "text": BOTH + " again and again", "published_at": "2020-01-01"})
    lines = "\n".join(map(json.dumps, posts))
    (tmp_path / "posts.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def dry_run(files, *options):
    arguments = ["rules", "test", "-w", str(files / "changed.yaml"), "--json", *options]
    done = CliRunner().invoke(app, arguments)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def changes(found):
    return {(one["change"], one["brand"], one["text"]) for one in found}


def test_alerts_are_added_kept_quiet_or_sent_as_before(files):
    posts, current = str(files / "posts.jsonl"), str(files / "in_use.yaml")
    done, found = dry_run(files, "--posts", posts, "--current", current)
    assert done.exit_code == 0, done.stderr
    assert changes(found) == {
        ("sent", "Northwind Air", BOTH),
        ("quiet", "Northwind Air", OLD),
        ("sent", "Northwind Air", NEW),
        ("added", "Corvane", NEW),
    }


def test_what_is_quiet_says_why(files):
    posts, current = str(files / "posts.jsonl"), str(files / "in_use.yaml")
    _, found = dry_run(files, "--posts", posts, "--current", current)
    (quiet,) = [one for one in found if one["change"] == "quiet"]
    assert quiet["reason"] in {"not found any more", "doubtful_match"}


def test_without_a_watchlist_to_compare_with_every_alert_is_added(files):
    _, found = dry_run(files, "--posts", str(files / "posts.jsonl"))
    assert {one["change"] for one in found} == {"added"}


def test_posts_before_the_days_asked_for_are_left_out(files):
    done, _ = dry_run(files, "--posts", str(files / "posts.jsonl"), "--days", "1")
    assert "0 posts of 1 days" in done.stderr


def test_a_line_that_is_no_post_is_named_and_the_rest_goes_on(files):
    with (files / "posts.jsonl").open("a") as stream:
        stream.write("\nnonsense\n")
    done, found = dry_run(files, "--posts", str(files / "posts.jsonl"))
    assert done.exit_code == 1
    assert "posts.jsonl:5: not JSON" in done.stderr
    assert found


def test_a_watchlist_with_problems_is_not_tested(files):
    (files / "changed.yaml").write_text("brands: nonsense")
    done, _ = dry_run(files, "--posts", str(files / "posts.jsonl"))
    assert done.exit_code == 1


def test_lines_for_people_say_change_priority_brand_and_words(files):
    arguments = ["-w", str(files / "changed.yaml"), "--posts", str(files / "posts.jsonl")]
    done = CliRunner().invoke(app, ["rules", "test", *arguments])
    assert "added  " in done.stdout
    assert f'Northwind Air: "{BOTH}"' in done.stdout


def test_the_last_days_are_read_from_the_stacks_table(files, monkeypatch):
    template = {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
        "Outputs": {
            "WatchlistBucketName": {"Value": {"Ref": "Bucket"}},
            "TableName": {"Value": "table"},
            "AuthorKeyArn": {"Value": "author-key"},
        },
    }
    with mock_aws():
        boto3.client("dynamodb").create_table(TableName="table", **TABLE)
        cloud = boto3.client("cloudformation")
        cloud.create_stack(StackName="earwitness", TemplateBody=json.dumps(template))
        outputs = cloud.describe_stacks(StackName="earwitness")["Stacks"][0]["Outputs"]
        name = next(o["OutputValue"] for o in outputs if o["OutputKey"] == "WatchlistBucketName")
        in_use = load(IN_USE.encode(), "in use", needs_channels=False)
        WatchlistBucket(name, boto3.client("s3")).accept(in_use)
        at = NOW - timedelta(days=2)
        posts = [
            a_post(text, source_id=str(number), published_at=at)
            for number, text in enumerate((BOTH, OLD, NEW))
        ]
        mentions = Watched.of(in_use).mentions(posts)
        Store("table", boto3.client("dynamodb"), author_key=lambda: b"secret").keep(mentions, at)
        done, found = dry_run(files, "--days", "7")
    assert done.exit_code == 0, done.stderr
    assert ("added", "Corvane", NEW) in changes(found)
    assert ("quiet", "Northwind Air", OLD) in changes(found)
    assert "were not kept" in done.stderr
