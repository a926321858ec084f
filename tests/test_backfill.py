"""A channel reads anew from further back when it is asked to, and nobody is paged for it."""

import random
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from earwitness.channels import KINDS
from earwitness.cli import app, deployment
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health, Poll
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket
from tests.gap_servers import SERVERS, Item, World, channel, honest, number_of
from tests.loopback import serving
from tests.stack import deployed
from tests.tables import a_store, a_table
from tests.test_functions import WATCHLIST, open_slots
from tests.test_functions import serving as serving_feed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SHALLOW = ("feed rss", "instagram hashtags")  # what they show ends before
RECENT, OLD = range(60), range(60, 260)


def three_days():
    """Posts of today and, further back, of the three days before."""
    world = World(random.Random(1), NOW)
    hours = [(n, NOW - timedelta(minutes=10 * n + 1)) for n in RECENT]
    hours += [(n, NOW - DAY - timedelta(minutes=15 * (n - 60) + 1)) for n in OLD]
    world.items = [Item(number, at, at) for number, at in hours]
    return world


@pytest.mark.parametrize("kind", [what for what in SERVERS if what not in SHALLOW])
def test_f34_every_kind_reads_anew_from_where_it_is_asked_to(kind):
    world = three_days()
    with serving(honest(world, SERVERS[kind])) as server, Fetcher(allow_loopback=True) as fetch:

        def polled(watched, cursor):
            found, more = [], True
            while more:
                poll = KINDS[watched.kind].poll(watched, cursor, fetch, world.now)
                assert poll.health is Health.OK, poll.reason
                found += [number_of(kind, post.source_id) for post in poll.posts]
                watched, cursor = replace(watched, read_since=None), poll.cursor
                more = poll.more or (poll.next_poll_at is not None and bool(poll.posts))
            return found, cursor

        watched = channel(kind, server.url)
        today, cursor = polled(watched, None)
        again, cursor = polled(replace(watched, read_since=NOW - 4 * DAY), cursor)
        after, _ = polled(watched, cursor)
    assert set(today) <= set(RECENT)
    assert set(again) >= set(OLD) - set(today)
    assert after == []


@pytest.fixture
def store():
    with a_table():
        yield a_store()


def advanced(store, health, cursor, at):
    lease = store.lease("ch", str(at), at, timedelta(seconds=1))
    return store.advance(lease, Poll((), cursor, health), at)


def test_the_wish_is_kept_until_a_poll_has_taken_it_up(store):
    advanced(store, Health.OK, "c1", NOW)
    store.read_back("ch", NOW - DAY)
    advanced(store, Health.TRANSIENT, "c1", NOW + timedelta(minutes=1))
    assert store.state("ch").read_since == NOW - DAY
    advanced(store, Health.OK, "c2", NOW + timedelta(minutes=2))
    assert store.state("ch").read_since is None


def test_a_wish_made_meanwhile_is_not_lost(store):
    store.read_back("ch", NOW - DAY)
    lease = store.lease("ch", "one", NOW, timedelta(seconds=1))
    store.read_back("ch", NOW - 2 * DAY)
    store.advance(lease, Poll((), "c1", Health.OK), NOW)
    assert store.state("ch").read_since == NOW - 2 * DAY


def test_a_wish_does_not_change_what_else_is_known(store):
    advanced(store, Health.OK, "c1", NOW)
    before = store.state("ch")
    store.read_back("ch", NOW - DAY)
    store.read_back("ch", NOW - DAY)
    assert store.state("ch") == replace(before, read_since=NOW - DAY)


@pytest.fixture
def stack(monkeypatch):
    with serving_feed() as feed, deployed() as stack:
        stack.feed = feed
        stack.push(WATCHLIST.format(url=feed.url))

        @contextmanager
        def found(*_names):
            bucket = WatchlistBucket("watchlist", stack.s3)
            yield deployment.Deployed(Store("table"), bucket, stack.ingest.offers)

        monkeypatch.setattr(deployment, "deployed", found)
        yield stack


def kept(stack):
    items = stack.dynamodb.scan(TableName="table")["Items"]
    return [item for item in items if item["PK"]["S"].startswith("M#")]


def test_f34_an_old_post_is_kept_by_a_backfill_and_pages_nobody(stack):
    at = datetime.now(UTC) - 3 * DAY
    stack.feed.items.append(("old", "Northwind Air leaked my passport number, a data breach", at))
    stack.tick()
    assert kept(stack) == []
    done = CliRunner().invoke(app, ["channels", "backfill", "tech news", "--since", "7d"])
    assert done.exit_code == 0, done.output
    assert "what the feed lists now" in done.output
    open_slots(stack)
    stack.tick()
    assert len(kept(stack)) == 1
    stack.tick()
    assert stack.alerts() == []


def test_a_channel_that_is_not_in_the_watchlist_is_named(stack):
    stack.tick()
    done = CliRunner().invoke(app, ["channels", "backfill", "teck news", "--since", "7d"])
    assert done.exit_code == 1
    assert "'teck news'" in done.output


def test_a_length_of_time_that_is_none_is_refused(stack):
    done = CliRunner().invoke(app, ["channels", "backfill", "tech news", "--since", "yesterday"])
    assert done.exit_code == 2


def test_a_feed_offers_what_it_lists_again():
    body = "<rss version='2.0'><channel><item><guid>1</guid><title>x</title><pubDate>{}</pubDate>"
    text = body.format("Sat, 21 Nov 2026 07:00:00 GMT") + "</item></channel></rss>"

    def fetch(request):
        from earwitness.fetching import Response

        return Response(200, request.url, {}, text.encode())

    watched = Channel("n", "feed", timedelta(minutes=10), "https://a.example/", (), {"since": "1h"})
    first = KINDS["feed"].poll(watched, None, fetch, NOW)
    again = KINDS["feed"].poll(replace(watched, read_since=NOW - 9 * DAY), first.cursor, fetch, NOW)
    assert (len(first.posts), len(again.posts)) == (0, 1)
