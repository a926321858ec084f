"""A20: a person goes through the functions as they are deployed, and is found nowhere after."""

import json
import re
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import boto3
import pytest

from earwitness.exports import days
from earwitness.exports_bucket import ExportsBucket
from earwitness.forgetting import forget
from earwitness.store import Theirs
from tests.pushes import put_keys, signed_push
from tests.stack import Context, deployed, sqs_event
from tests.stored_words import inflated, shown

TRACES = ("sentinel.example", "testa personne", "words-of-theirs", "their-own-id")
POST = {
    "id": "their-own-id",
    "channel": "partner forum",
    "text": "words-of-theirs: Northwnd Air lost my bag and nobody answers, worst airline ever",
    "url": "https://forum.example/sentinel.example/their-own-id",
    "author": {"handle": "sentinel.example", "name": "Testa Personne", "followers": 9},
}
WATCHLIST = """
brands: [{name: Northwind Air, terms: [Northwind Air], digest: hourly}]
channels: [{name: hn, kind: hackernews, every: 1d}]
alerting: {group_wait: {critical: 0s, high: 0s}}
"""


@pytest.fixture
def stack():
    """A stack through which a post of theirs has gone: kept, alerted, digested, exported."""
    at = datetime.now(UTC).replace(microsecond=0)
    with deployed() as stack:
        put_keys()
        stack.push(WATCHLIST)
        stack.dispatch.handler(sqs_event("{}"), Context())  # which takes the watchlist up
        stack.drain(stack.polls_url)
        pushed = {"posts": [POST | {"published_at": at.isoformat()}]}
        stack.ingest.handler(signed_push(pushed), Context())
        for body in stack.drain(stack.posts_url):
            stack.poll.handler(sqs_event(body), Context())
        stack.assess.handler(sqs_event("{}"), Context())
        stack.notify.handler(sqs_event("{}"), Context())
        digest(stack, at.replace(minute=0, second=0) + timedelta(hours=1, minutes=1))
        stack.notify.handler(sqs_event("{}"), Context())
        days.write_day(
            stack.export.store, stack.export.watchlists.accepted(), stack.export.bucket,
            at.date(), at,
        )  # fmt: skip
        asked = {
            "since": f"{at.date()}T00:00:00Z",
            "until": f"{at + timedelta(days=1):%Y-%m-%dT00:00:00Z}",
        }
        assert stack.export.handler(asked | {"format": "csv"}, Context(900_000))["mentions"] == 1
        yield stack


def digest(stack, now):
    class Clock(datetime):
        @classmethod
        def now(cls, zone):
            return now

    with patch.object(stack.digest, "datetime", Clock):
        stack.digest.handler({}, Context())


def places(stack, word):
    """Where a word is found: items, files, queues and logs."""
    found = [
        re.sub("#.*", "", item["PK"]["S"])
        for item in stack.dynamodb.scan(TableName="table", ConsistentRead=True)["Items"]
        if word in json.dumps(item, default=inflated).casefold()
    ]
    for bucket in ("exports", "reports"):
        for version in stack.s3.list_object_versions(Bucket=bucket).get("Versions", []):
            held = stack.s3.get_object(Bucket=bucket, Key=version["Key"])["Body"].read()
            if word in shown(version["Key"], held).casefold():
                found.append(f"{bucket}/{version['Key'].partition('/')[0]}")
    for name in ("polls", "posts", "assess", "notify", "export"):
        bodies = stack.drain(getattr(stack, f"{name}_url"))
        found += [name for body in bodies if word in body.casefold()]
    return found + (["log"] if word in stack.log.getvalue().casefold() else [])


def test_g6_a20_who_went_through_all_functions_is_found_nowhere_after(stack):
    before = {word: set(places(stack, word)) for word in TRACES}
    assert {"M", "N", "exports/mentions", "exports/asked"} <= before["words-of-theirs"]
    assert "reports/digests" in before["testa personne"]
    assert all("log" not in found for found in before.values())
    report = forget(
        Theirs(channel="partner forum", author="sentinel.example"),
        stack.poll.store,  # which has the key that hides names
        stack.export.watchlists.accepted(),
        *(ExportsBucket(bucket, boto3.client("s3")) for bucket in ("exports", "reports")),
        by="Ada",
        now=datetime.now(UTC),
    )
    assert report.proved
    assert {word: places(stack, word) for word in TRACES} == {word: [] for word in TRACES}
