"""A move to another region, done as docs/operations.md says, on an emulated AWS."""

import hashlib
import json
from datetime import UTC, datetime
from fnmatch import fnmatch
from itertools import pairwise

import boto3
import pytest

from earwitness.exports_bucket import ExportsBucket
from earwitness.forgetting import forget
from earwitness.model import Priority
from earwitness.operations.copying import copy, take_key_over
from earwitness.store import TABLE, Theirs
from tests.expansion import ROOT
from tests.pushes import signed_push
from tests.stack import Context, sqs_event
from tests.test_forgetting_flow import POST, TRACES, WATCHLIST, places
from tests.test_forgetting_flow import stack as lived_in
from tests.test_operations_documentation import typed

old = lived_in  # a stack through which a post has gone: kept, alerted, digested, exported
BUCKETS = {"EXPORTS": "exports", "REPORTS": "reports"}


def objects(s3, bucket):
    for one in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        yield one["Key"], s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()


def set_aside(stack):
    """What the stack holds becomes the old region's; the stack is as after its deployment."""
    stack.alerts()
    stack.dynamodb.create_table(TableName="old", **TABLE)
    copy(stack.dynamodb, "table", stack.dynamodb, "old", 0)
    stack.dynamodb.delete_table(TableName="table")
    stack.dynamodb.create_table(TableName="table", **TABLE)
    for name in ("exports", "reports", "watchlist"):
        stack.s3.create_bucket(
            Bucket=f"old-{name}", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        for key, body in objects(stack.s3, name):
            stack.s3.put_object(Bucket=f"old-{name}", Key=key, Body=body)
            stack.s3.delete_object(Bucket=name, Key=key)
    secrets = boto3.client("secretsmanager")
    theirs = secrets.get_secret_value(SecretId="author-key")["SecretString"]
    secrets.create_secret(Name="old-key", SecretString=theirs)
    secrets.put_secret_value(SecretId="author-key", SecretString="the new stack's own")
    return secrets


def sync(s3, words):
    """``aws s3 sync`` as it is written in the runbook."""
    source, to = (word.removeprefix("s3://$") for word in words[2:4])
    assert (source.removeprefix("OLD_"), to in BUCKETS) == (to, True)
    left = [word for before, word in pairwise(words) if before == "--exclude"]
    for key, body in objects(s3, f"old-{BUCKETS[to]}"):
        if not any(fnmatch(key, pattern) for pattern in left):
            s3.put_object(Bucket=BUCKETS[to], Key=key, Body=body)


@pytest.fixture
def moved(old):
    """The stack of the new region after the last step."""
    secrets = set_aside(old)
    assert take_key_over(secrets, "old-key", secrets, "author-key")
    copied = copy(old.dynamodb, "old", old.dynamodb, "table", datetime.now(UTC).timestamp())
    assert copied.written
    told = [
        words
        for words in typed(ROOT / "docs" / "operations.md", "aws")
        if words[:2] == ["s3", "sync"]
    ]
    assert len(told) == len(BUCKETS)
    for words in told:
        sync(old.s3, words)
    old.export.watchlists._etags.clear()
    old.push(WATCHLIST)
    old.dispatch.handler(sqs_event("{}"), Context())
    old.drain(old.polls_url)
    return old


def test_every_file_that_a_manifest_names_has_come_along_whole(moved):
    files = dict(objects(moved.s3, "exports"))
    (manifest,) = [json.loads(body) for key, body in files.items() if key.startswith("manifests/")]
    parts = [*manifest["mentions"], *manifest["hourly"]]
    assert parts
    for part in parts:
        (key,) = [key for key in files if key.endswith(part["key"])]
        assert hashlib.sha256(files[key]).hexdigest() == part["sha256"]


def test_what_is_for_a_day_alone_stays_behind(moved):
    assert {key.partition("/")[0] for key, _ in objects(moved.s3, "old-exports")} >= {"asked"}
    assert not [key for key, _ in objects(moved.s3, "exports") if key.startswith("asked/")]


def test_reports_of_digests_have_come_along(moved):
    names = [key for key, _ in objects(moved.s3, "reports")]
    assert names
    assert names == [key for key, _ in objects(moved.s3, "old-reports")]


def test_what_was_alerted_before_is_not_alerted_again(moved):
    again = {"posts": [POST | {"published_at": datetime.now(UTC).isoformat()}]}
    moved.ingest.handler(signed_push(again), Context())
    for body in moved.drain(moved.posts_url):
        moved.poll.handler(sqs_event(body), Context())
    moved.assess.handler(sqs_event("{}"), Context())
    moved.notify.handler(sqs_event("{}"), Context())
    assert moved.alerts() == []
    (group,) = moved.assess.store.open_groups()
    assert (group.said_at is not None, group.priority) == (True, Priority.HIGH)


def test_g6_who_is_forgotten_after_a_move_is_in_no_file_that_came_along(moved):
    assert "exports/mentions" in places(moved, TRACES[2])
    report = forget(
        Theirs(channel="partner forum", author="sentinel.example"),
        moved.poll.store,
        moved.export.watchlists.accepted(),
        *(ExportsBucket(bucket, moved.s3) for bucket in BUCKETS.values()),
        by="Ada",
        now=datetime.now(UTC),
    )
    assert report.proved
    assert {word: places(moved, word) for word in TRACES} == {word: [] for word in TRACES}
