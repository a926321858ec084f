"""When a channel is polled, and when its silence is an alarm."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.model import Channel, ChannelState, Health
from earwitness.schedule import is_due, is_stale, slot

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
HN = Channel("hn", "hackernews", timedelta(minutes=10))


def state(**changes):
    return ChannelState(HN.channel_id, **changes)


def test_a_channel_never_polled_is_due():
    assert is_due(HN, state(), NOW)


@given(st.integers(60, 86400), st.integers(0, 10**6), st.text(min_size=1, max_size=9))
def test_f9_ticks_a_minute_apart_poll_once_per_interval(every, start, name):
    channel = Channel(name, "feed", timedelta(seconds=every))
    at = datetime.fromtimestamp(1_760_000_000 + start, UTC)
    known, polls, minutes = ChannelState(channel.channel_id), 0, 60
    for minute in range(minutes):
        now = at + timedelta(minutes=minute)
        for _duplicate_tick in range(2):
            if is_due(channel, known, now):
                polls += 1
                known = ChannelState(channel.channel_id, last_poll_at=now)
    assert polls <= minutes * 60 // every + 2


def test_a_server_that_asked_to_wait_is_not_polled_before():
    waiting = state(last_poll_at=NOW - timedelta(days=1), next_poll_at=NOW + timedelta(seconds=1))
    assert not is_due(HN, waiting, NOW)


def test_a_shorter_interval_counts_at_once():
    polled = state(last_poll_at=NOW - timedelta(minutes=11))
    assert is_due(HN, polled, NOW)


def test_channels_of_one_interval_do_not_start_together():
    channels = [Channel(f"feed {n}", "feed", timedelta(minutes=10)) for n in range(100)]
    turns = {
        min(m for m in range(11) if slot(c, NOW + timedelta(minutes=m)) > slot(c, NOW))
        for c in channels
    }
    assert len(turns) >= 8


@pytest.mark.parametrize(
    ("known", "stale"),
    [
        ({}, False),
        ({"first_seen_at": NOW - timedelta(minutes=31)}, True),
        ({"first_seen_at": NOW - timedelta(minutes=29)}, False),
        ({"last_ok_at": NOW - timedelta(minutes=31), "health": Health.TRANSIENT}, True),
        ({"last_ok_at": NOW - timedelta(minutes=29), "health": Health.DEAD}, False),
    ],
    ids=["new", "never ok for long", "never ok yet", "long ago", "lately"],
)
def test_f36_three_periods_without_a_good_poll_are_stale(known, stale):
    assert is_stale(HN, state(**known), NOW) is stale
