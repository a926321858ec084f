"""Which hours a channel covered: one rule for signals, digests, exports and the command line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from earwitness.cli.channels import status_of
from earwitness.coverage import fared, gap, gaps, recorded_from
from earwitness.exports.hours import heard
from earwitness.measuring import Darkness
from earwitness.model import Channel, ChannelHour, ChannelState, Health, Poll, Watchlist
from earwitness.periods import Period
from tests.tables import a_store, a_table

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HN = Channel("hn", "hackernews", timedelta(minutes=10))
RARE = replace(HN, every_for=4 * HOUR)


def hour(number, **counts):
    return ChannelHour(NOW + number * HOUR, **counts)


def uncovered(channel, *hours, last=5):
    return [(at - NOW) // HOUR for at in gaps(channel, hours, NOW, NOW + last * HOUR)]


def test_an_hour_without_a_good_poll_is_a_gap():
    hours = [hour(0, ok=6), hour(1, not_ok=3), hour(2, ok=1), hour(4, ok=6)]
    assert uncovered(HN, *hours) == [1, 3]


def test_one_good_poll_covers_an_hour_since_it_reads_what_the_failed_ones_did_not():
    assert uncovered(HN, hour(0, ok=1, not_ok=5), last=1) == []


def test_no_good_poll_covers_an_hour_of_which_posts_were_lost():
    assert uncovered(HN, hour(0, ok=6), hour(1, ok=6, lost=True), hour(2, ok=6), last=3) == [1]


def test_an_hour_that_a_rare_poll_reaches_is_covered():
    assert uncovered(RARE, hour(0, ok=1), hour(4, ok=1)) == []
    assert uncovered(RARE, hour(0, ok=1), last=7) == [5, 6]


def test_a_failure_ends_what_a_rare_poll_covers():
    assert uncovered(RARE, hour(0, ok=1), hour(2, not_ok=1)) == [2, 3, 4]


def test_a_channel_without_a_record_covers_nothing():
    assert uncovered(HN) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("counts", "dark"), [({}, False), ({"ok": 1}, False), ({"not_ok": 1}, True)]
)
def test_the_hour_in_which_a_channel_was_first_seen_is_dark_only_where_a_poll_failed(counts, dark):
    state = ChannelState("id", first_seen_at=NOW + 50 * MINUTE)
    hours = [hour(0, **counts)] if counts else []
    assert fared(HN, state, hours, NOW - HOUR, NOW + HOUR).dark == ({NOW} if dark else set())


def poll(store, at, health=Health.OK, channel=HN, **changes):
    lease = store.lease(channel.channel_id, f"{at}", at, timedelta(seconds=1))
    store.advance(lease, Poll((), None, health, **changes), at)


@pytest.fixture
def store():
    with a_table():
        yield a_store()


@pytest.fixture
def lossy(store):
    """Polled every 20 minutes for five hours; what came from 1:10 to 2:40 fell off the list."""
    for at in range(0, 80, 20):
        poll(store, NOW + at * MINUTE)
    for at in range(80, 160, 20):
        poll(store, NOW + at * MINUTE, Health.TRANSIENT)
    poll(store, NOW + 165 * MINUTE, lost_until=NOW + 160 * MINUTE, reason="gap: much")
    for at in range(180, 300, 20):
        poll(store, NOW + at * MINUTE)
    return store


def test_what_fell_off_a_list_is_a_gap_in_every_hour_since_the_last_good_poll(lossy):
    hours = lossy.hours(HN.channel_id, NOW, NOW + 5 * HOUR)
    assert [one.lost for one in hours] == [False, True, True, False, False]
    assert [bool(one.ok) for one in hours] == [True] * 5


def test_signals_digests_exports_and_status_count_the_same_gaps(lossy):
    until, state = NOW + 5 * HOUR, lossy.state(HN.channel_id)
    lost = {NOW + HOUR, NOW + 2 * HOUR}
    dark = Darkness(lossy, [HN], until).of([NOW + n * HOUR for n in range(5)])
    assert {at for at, channels in dark.items() if channels} == lost
    (export,) = heard(lossy, Watchlist((), (HN,), "1"), NOW, until)
    assert [export.covered(NOW + n * HOUR) for n in range(5)] == [True, False, False, True, True]
    hours = lossy.hours(HN.channel_id, recorded_from(HN, NOW), until)
    assert gap(HN, state, hours, Period(NOW - 5 * HOUR, NOW, until)).dark_hours == 2
    said = status_of(HN, state, hours, until)["gap_hours"]
    assert {datetime.fromisoformat(at) for at in said} == lost


def test_what_was_lost_before_the_last_good_poll_is_no_gap(store):
    """Reading far back finds old posts out of reach, which were read when they were new."""
    poll(store, NOW)
    poll(store, NOW + 10 * MINUTE, lost_until=NOW - HOUR)
    assert not any(one.lost for one in store.hours(HN.channel_id, NOW - 2 * HOUR, NOW + HOUR))


def test_what_was_lost_before_the_last_good_poll_is_a_gap_where_nobody_had_read_it(store):
    """X's search answers well for weeks while its monthly cap lets nothing be read."""
    poll(store, NOW)
    poll(store, NOW + 5 * HOUR)
    since, until = NOW + HOUR, NOW + 3 * HOUR
    poll(store, NOW + 6 * HOUR, lost_since=since, lost_until=until)
    lost = [one.at for one in store.hours(HN.channel_id, NOW, NOW + 7 * HOUR) if one.lost]
    assert lost == [since.replace(minute=0) + n * HOUR for n in range(len(lost))]
    assert len(lost) >= 2


def test_a_loss_that_is_recorded_twice_is_recorded_once(store):
    poll(store, NOW)
    poll(store, NOW + 70 * MINUTE, lost_until=NOW + 65 * MINUTE)
    first = store.hours(HN.channel_id, NOW, NOW + 2 * HOUR)
    poll(store, NOW + 72 * MINUTE, lost_until=NOW + 71 * MINUTE)
    assert [one.lost for one in first] == [True, True]
    assert all(later.at - earlier.at == HOUR for earlier, later in pairwise(first))
