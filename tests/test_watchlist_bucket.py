"""The bucket of the watchlist: only a valid push is ever put into use."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from earwitness.watchlist_bucket import (
    ACCEPTED_KEY,
    PUSHED_KEY,
    Accepted,
    Rejected,
    Unchanged,
    WatchlistBucket,
    refresh,
)

FIRST = b"""\
brands:
  - {name: Northwind Air, terms: [Northwind Air]}
channels:
  - {name: hn, kind: hackernews, every: 2m}
"""
SECOND = FIRST.replace(b"2m", b"5m")
INVALID = FIRST.replace(b"2m", b"soon")


@pytest.fixture
def s3(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():
        client = boto3.client("s3", region_name="eu-central-1")
        client.create_bucket(
            Bucket="watchlists", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        client.put_bucket_versioning(
            Bucket="watchlists", VersioningConfiguration={"Status": "Enabled"}
        )
        yield client


@pytest.fixture
def bucket(s3):
    return WatchlistBucket("watchlists", s3)


def in_use(s3):
    """What another function would read."""
    return WatchlistBucket("watchlists", s3).accepted()


def gets_answered_with_a_body(s3):
    """Counts the objects that S3 sends; an unchanged one has status 304 and no body."""
    statuses = []
    s3.meta.events.register(
        "after-call.s3.GetObject", lambda http_response, **_: statuses.append(http_response)
    )
    return lambda: sum(response.status_code == 200 for response in statuses)


def test_nothing_is_in_use_before_the_first_push(bucket):
    assert refresh(bucket) == Unchanged(None)


def test_a_valid_push_is_put_into_use(bucket, s3):
    bucket.push(FIRST)
    decision = refresh(bucket)
    assert isinstance(decision, Accepted)
    assert in_use(s3) == decision.in_use


def test_what_is_in_use_already_is_left_alone(bucket):
    bucket.push(FIRST)
    accepted = refresh(bucket)
    assert refresh(bucket) == Unchanged(accepted.in_use)


def test_a_newer_push_replaces_the_older(bucket, s3):
    bucket.push(FIRST)
    refresh(bucket)
    bucket.push(SECOND)
    assert isinstance(refresh(bucket), Accepted)
    assert in_use(s3).channels[0].every_for.total_seconds() == 300


def test_an_invalid_push_never_replaces_the_last_good_one(bucket, s3):
    bucket.push(FIRST)
    good = refresh(bucket).in_use
    version_id = bucket.push(INVALID)
    decision = refresh(bucket)
    assert isinstance(decision, Rejected)
    assert (decision.in_use, decision.version_id) == (good, version_id)
    assert [problem.field for problem in decision.problems] == ["channels[0].every"]
    assert in_use(s3) == good


def test_an_invalid_push_is_reported_for_as_long_as_it_is_there(bucket):
    bucket.push(FIRST)
    refresh(bucket)
    bucket.push(INVALID)
    assert [type(refresh(bucket)) for _ in range(3)] == [Rejected] * 3


def test_an_invalid_first_push_leaves_nothing_in_use(bucket):
    bucket.push(INVALID)
    decision = refresh(bucket)
    assert isinstance(decision, Rejected)
    assert decision.in_use is None


def test_putting_the_good_one_back_ends_the_report(bucket):
    bucket.push(FIRST)
    good = refresh(bucket).in_use
    bucket.push(INVALID)
    refresh(bucket)
    bucket.push(FIRST)
    assert refresh(bucket) == Unchanged(good)


def test_a_deleted_watchlist_stays_in_use_and_is_reported(bucket, s3):
    bucket.push(FIRST)
    good = refresh(bucket).in_use
    s3.delete_object(Bucket="watchlists", Key=PUSHED_KEY)
    decision = refresh(bucket)
    assert isinstance(decision, Rejected)
    assert decision.in_use == good
    assert "deleted" in decision.problems[0].message


def test_an_accepted_form_of_another_release_is_written_anew(bucket, s3):
    bucket.push(FIRST)
    good = refresh(bucket).in_use
    s3.put_object(Bucket="watchlists", Key=ACCEPTED_KEY, Body=b'{"form": 0}')
    assert refresh(bucket) == Accepted(good)
    assert in_use(s3) == good


def test_what_cannot_be_read_is_an_error_every_time(bucket, s3):
    s3.put_object(Bucket="watchlists", Key=ACCEPTED_KEY, Body=b'{"form": 0}')
    for _ in range(2):
        with pytest.raises(ValueError, match="form 0"):
            bucket.accepted()


def test_an_older_watchlist_left_in_use_by_a_race_is_put_right_by_the_next_call(bucket, s3):
    bucket.push(FIRST)
    older = refresh(bucket).in_use
    bucket.push(SECOND)
    newer = refresh(bucket).in_use
    WatchlistBucket("watchlists", s3).accept(older)  # another dispatch that was held up
    assert refresh(bucket) == Accepted(newer)
    assert in_use(s3) == newer


def test_an_unchanged_watchlist_is_sent_once(bucket, s3):
    bucket.push(FIRST)
    refresh(bucket)
    poller = WatchlistBucket("watchlists", s3)
    bodies = gets_answered_with_a_body(s3)
    first = poller.accepted()
    assert poller.accepted() is first
    assert bodies() == 1


def test_a_changed_watchlist_is_read_by_a_poller_that_knew_the_old_one(bucket, s3):
    bucket.push(FIRST)
    refresh(bucket)
    poller = WatchlistBucket("watchlists", s3)
    old = poller.accepted()
    bucket.push(SECOND)
    refresh(bucket)
    assert poller.accepted() != old


def test_every_push_stays_in_the_bucket_as_a_version(bucket, s3):
    ids = [bucket.push(text) for text in (FIRST, INVALID, SECOND)]
    kept = s3.list_object_versions(Bucket="watchlists", Prefix=PUSHED_KEY)["Versions"]
    assert {version["VersionId"] for version in kept} == set(ids)


def test_a_bucket_that_cannot_be_read_is_an_error_and_no_empty_watchlist(s3):
    with pytest.raises(ClientError):
        refresh(WatchlistBucket("no-such-bucket", s3))


def test_a_watchlist_on_this_machine_is_taken_only_where_that_is_allowed(bucket):
    local = FIRST.replace(b"hackernews", b'feed, url: "http://127.0.0.1:8080/"')
    bucket.push(local)
    assert isinstance(refresh(bucket), Rejected)
    assert isinstance(refresh(bucket, allow_loopback=True), Accepted)
