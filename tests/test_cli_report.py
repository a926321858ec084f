"""``earwitness report`` on a deployed stack's table, and what the bucket knows of watchlists."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner

from earwitness import accepted
from earwitness.cli import app
from earwitness.store import TABLE, Store
from earwitness.watchlist_bucket import ACCEPTED_KEY, WatchlistBucket
from tests.posts import a_match, a_mention, a_post
from tests.report_scenario import CORVANE, OURS, WATCHLIST

OUTPUTS = {
    "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
    "Outputs": {
        "WatchlistBucketName": {"Value": {"Ref": "Bucket"}},
        "TableName": {"Value": "table"},
        "AuthorKeyArn": {"Value": "author-key"},
    },
}


@pytest.fixture
def store():
    with mock_aws():
        client = boto3.client("cloudformation")
        client.create_stack(StackName="earwitness", TemplateBody=json.dumps(OUTPUTS))
        (found,) = client.describe_stacks(StackName="earwitness")["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
        s3 = boto3.client("s3")
        bucket = outputs["WatchlistBucketName"]
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        body = accepted.dump(WATCHLIST).encode()
        s3.put_object(Bucket=bucket, Key=ACCEPTED_KEY, Body=body)
        boto3.client("dynamodb").create_table(TableName="table", **TABLE)
        yield Store("table", author_key=lambda: b"secret")


def earwitness(*arguments):
    return CliRunner().invoke(app, ["report", *arguments])


def keep(store, brand, at, **changes):
    number = int(at.timestamp())
    text = f"{brand} is late, train {number}"
    post = a_post(text, source_id=f"{brand}{number}", published_at=at, fetched_at=at, **changes)
    match = a_match(brand, text, brand=brand)
    store.keep([a_mention(post=post, matches=(match,), brand=brand)], at)


def test_the_report_of_the_deployed_table_is_written(store, tmp_path):
    today = datetime.now(ZoneInfo(OURS.time_zone)).replace(hour=12, minute=0)  # as the brand has it
    yesterday = (today - timedelta(days=1)).astimezone(UTC)
    for minute in range(3):
        keep(store, OURS.name, yesterday + timedelta(minutes=minute))
    keep(store, CORVANE.name, yesterday)
    file = tmp_path / "report.html"
    ran = earwitness("--brand", OURS.name, "--period", "yesterday", "-o", str(file))
    assert (ran.exit_code, ran.output) == (0, f"{file}: 3 mentions of {OURS.name}\n")
    html = file.read_text("utf-8")
    assert "Its share of voice is 75%, not like for like." in html
    # The stack has been watching for a moment: the page says what was not seen.
    assert "Every figure here is of 0% of what should have been seen" in html
    assert "nothing on record says whether it was watched in the whole period" in html


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--brand", "Nobody"), 1, "no such brand; the watchlist has Northwind Air, Corvane"),
        (("--brand", OURS.name, "--period", "soon"), 2, "expected yesterday, last-week"),
        (("--brand", OURS.name, "--period", "2999-01-01"), 2, "has not ended"),
        (("--brand", OURS.name, "-o", "/nowhere/at/all.html"), 2, "No such file or directory"),
    ],
)
def test_what_cannot_be_reported_is_refused(store, arguments, status, said):
    ran = earwitness(*arguments)
    assert ran.exit_code == status
    assert said in " ".join(ran.output.replace("│", " ").split())


def test_the_watchlists_in_use_are_known_from_the_bucket_s_versions():
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(
            Bucket="watchlist", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        s3.put_bucket_versioning(Bucket="watchlist", VersioningConfiguration={"Status": "Enabled"})
        bucket = WatchlistBucket("watchlist", s3)
        for version in ("v1", "v2", "v3"):
            bucket.accept(replace(WATCHLIST, version=version))
        since = datetime.now(UTC) - timedelta(days=1)
        assert [one.version for _, one in bucket.versions(since)] == ["v1", "v2", "v3"]
        later = datetime.now(UTC) + timedelta(days=1)
        assert [one.version for _, one in bucket.versions(later)] == ["v3"]


def test_where_old_versions_may_not_be_listed_nothing_is_known():
    class Refusing:
        def get_paginator(self, _):
            error = {"Error": {"Code": "AccessDenied", "Message": "no"}}
            raise ClientError(error, "ListObjectVersions")

    assert WatchlistBucket("watchlist", Refusing()).versions(datetime.now(UTC)) == ()
