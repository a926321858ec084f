"""When a channel is polled, and when its silence is an alarm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.model import Channel, ChannelState, Health, Poll
from earwitness.schedule import (
    backoff_for,
    interval_for,
    is_due,
    is_stale,
    next_poll_at,
    slot,
)

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


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ELASTIC = replace(HN, at_least_every_for=HOUR)
QUIET = Poll((), "c", Health.OK)
BUSY = Poll(("a post",), "c", Health.OK)  # type: ignore[arg-type]
BAD = Poll((), None, Health.TRANSIENT, "http_503")


def test_f32_a_channel_that_failed_waits_longer_each_time():
    waits = [next_poll_at(HN, state(not_ok_in_a_row=n), BAD, NOW, None) - NOW for n in range(4)]
    assert waits == [backoff_for(HN, n + 1) for n in range(4)] == sorted(waits)


def test_a_poll_that_failed_with_posts_goes_on_soon():
    broken_off = replace(BAD, posts=BUSY.posts)
    assert next_poll_at(HN, state(not_ok_in_a_row=9), broken_off, NOW, None) - NOW == backoff_for(
        HN, 1
    )


def test_the_source_may_ask_for_more_patience_than_the_circuit():
    asked = replace(BAD, next_poll_at=NOW + 5 * HOUR)
    assert next_poll_at(HN, state(), asked, NOW, None) == NOW + 5 * HOUR


def test_f32_a_dead_channel_is_left_alone_for_an_hour_at_most():
    dead = replace(BAD, health=Health.DEAD)
    wait = next_poll_at(HN, state(not_ok_in_a_row=99), dead, NOW, None) - NOW
    assert timedelta(minutes=45) <= wait <= HOUR


def test_f32_a_good_poll_closes_the_circuit():
    assert next_poll_at(HN, state(not_ok_in_a_row=9), QUIET, NOW, None) is None


def test_a_quiet_channel_is_polled_ever_more_rarely_down_to_its_bound():
    minutes = [interval_for(ELASTIC, quiet) / MINUTE for quiet in range(12)]
    assert minutes == [10, 10, 10, 20, 20, 20, 40, 40, 40, 60, 60, 60]


def test_a_post_sets_a_quiet_channel_back():
    quiet = state(quiet_in_a_row=11)
    assert next_poll_at(ELASTIC, quiet, QUIET, NOW, None) == NOW + HOUR - MINUTE / 2
    assert next_poll_at(ELASTIC, quiet, BUSY, NOW, None) is None


def test_without_a_bound_the_interval_stays():
    assert next_poll_at(HN, state(quiet_in_a_row=999), QUIET, NOW, None) is None


def test_the_days_quota_is_spread_over_the_day():
    poll = replace(BUSY, requests=3)
    at = next_poll_at(HN, state(), poll, NOW, 96)
    assert at == NOW + timedelta(minutes=45) - MINUTE / 2


def test_a_poll_with_more_goes_on_at_once():
    assert next_poll_at(HN, state(), replace(BUSY, more=True, requests=9), NOW, 14_400) is None


def test_a_poll_with_more_waits_for_its_quota():
    more = replace(BUSY, more=True, requests=10)
    assert next_poll_at(HN, state(), more, NOW, 300) == NOW + timedelta(minutes=48)


@given(st.integers(60, 7200), st.integers(0, 10**6), st.text(min_size=1, max_size=9))
def test_a_stretched_interval_is_kept_to_within_two_ticks(longest, start, name):
    channel = Channel(name, "feed", MINUTE, at_least_every_for=timedelta(seconds=longest))
    known = ChannelState(channel.channel_id, quiet_in_a_row=99)
    at, polled = datetime.fromtimestamp(1_760_000_000 + start, UTC), []
    for minute in range(5 * longest // 60 + 5):
        now = at + minute * MINUTE
        if is_due(channel, known, now):
            polled.append(now)
            wait = next_poll_at(channel, known, QUIET, now, None)
            known = replace(known, last_poll_at=now, next_poll_at=wait)
    steps = [later - earlier for earlier, later in pairwise(polled)]
    assert all(abs(step - timedelta(seconds=longest)) <= 2 * MINUTE for step in steps)


def test_f36_a_channel_that_waits_as_it_was_asked_is_not_stale():
    known = state(health=Health.OK, last_ok_at=NOW - 5 * HOUR, next_poll_at=NOW - MINUTE)
    assert not is_stale(HN, known, NOW)
    assert is_stale(HN, known, NOW + HOUR)
