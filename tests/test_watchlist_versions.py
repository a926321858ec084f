"""What was pushed before, and putting it back in one command."""

import json
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from earwitness import accepted
from earwitness.cli import app, deployment
from earwitness.watchlist_bucket import refresh
from tests.installed import installed

GOOD = b"""
brands: [{name: Northwind Air, terms: [Northwind Air]}]
channels: [{name: hn, kind: hackernews}]
"""
BETTER = GOOD.replace(b"channels", b"# more\nchannels")
BAD = b"brands: 7\n"


@pytest.fixture(scope="module")
def stack():
    with installed() as site:
        yield site


@pytest.fixture
def site(stack, monkeypatch):
    """No watchlist was ever pushed."""
    bucket, s3 = stack.physical_id("WatchlistBucket"), stack.client("s3")
    for one in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])

    @contextmanager
    def found(*_names):
        yield stack

    monkeypatch.setattr(deployment, "installation", found)
    return stack


def push(site, *texts):
    for text in texts:
        site.bucket.push(text)
        refresh(site.bucket)


def in_use(site):
    refresh(site.bucket)
    return site.bucket.accepted().version


def watchlist(*arguments):
    return CliRunner().invoke(app, ["watchlist", *arguments])


def test_each_push_is_listed_with_what_became_of_it(site):
    push(site, GOOD, BETTER, BAD)
    told = json.loads(watchlist("versions", "--json").stdout)
    assert [one["standing"] for one in told] == ["never used", "in use", "was in use"]
    assert told[2]["digest"] == accepted.version(GOOD)


def test_versions_in_lines_begin_with_what_rollback_takes(site):
    push(site, GOOD)
    assert watchlist("versions").stdout.startswith(accepted.version(GOOD)[:8])


def test_a_bad_push_is_rolled_back_to_what_is_in_use(site):
    push(site, GOOD, BETTER, BAD)
    assert watchlist("rollback").exit_code == 0
    assert site.bucket.pushed().text == BETTER
    assert in_use(site) == accepted.version(BETTER)


def test_a_good_push_is_rolled_back_to_the_one_before(site):
    push(site, GOOD, BETTER)
    watchlist("rollback")
    assert in_use(site) == accepted.version(GOOD)


def test_rolling_back_twice_goes_there_and_back(site):
    push(site, GOOD, BETTER)
    watchlist("rollback")
    refresh(site.bucket)
    watchlist("rollback")
    assert in_use(site) == accepted.version(BETTER)


def test_a_version_can_be_named_by_how_its_digest_begins(site):
    push(site, GOOD, BETTER, BAD)
    assert watchlist("rollback", "--to", accepted.version(GOOD)[:8]).exit_code == 0
    assert in_use(site) == accepted.version(GOOD)


def test_a_dry_run_puts_nothing_back(site):
    push(site, GOOD, BETTER)
    assert "would put back version" in watchlist("rollback", "--dry-run").stdout
    assert site.bucket.pushed().text == BETTER


@pytest.mark.parametrize(
    ("to", "said"),
    [("zz", "no version begins"), ("", "no earlier version was in use")],
)
def test_nothing_to_go_back_to_is_said(to, said, site):
    push(site, GOOD)
    done = watchlist("rollback", *(["--to", to] if to else []))
    assert (done.exit_code, said in done.stderr) == (1, True)


def test_what_is_not_valid_is_not_put_back(site):
    push(site, BAD, GOOD)
    done = watchlist("rollback", "--to", accepted.version(BAD)[:12])
    assert done.exit_code == 1
    assert site.bucket.pushed().text == GOOD
