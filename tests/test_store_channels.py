"""A channel is polled once per slot, by one poller, and its cursor moves after the mentions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.model import ChannelHour, ChannelState, Health, Poll
from earwitness.store import StaleLease
from tests.posts import NOW, a_post
from tests.tables import a_store, a_table, items

EVERY = timedelta(minutes=10)
LEASE_FOR = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store():
    with a_table():
        yield a_store()


def ok(cursor="c1", **changes):
    return Poll(**{"posts": (), "cursor": cursor, "health": Health.OK, **changes})


def not_ok(reason="503", health=Health.TRANSIENT, **changes):
    return Poll(**{"posts": (), "cursor": None, "health": health, "reason": reason, **changes})


def lease(store, holder="a", now=NOW):
    return store.lease("ch", holder, now, LEASE_FOR)


def polled(store, poll, now=NOW, holder="a"):
    return store.advance(lease(store, holder, now), poll, now)


def hours():
    return {key[1]: item for key, item in items().items() if key[1].startswith("HEALTH#")}


def test_a_channel_never_seen_has_a_bare_state(store):
    assert store.state("ch") == ChannelState("ch")


def test_states_of_many_channels_are_read_at_once(store):
    polled(store, ok())
    assert store.states(["ch", "other"]) == {
        "ch": store.state("ch"),
        "other": ChannelState("other"),
    }


def test_states_of_no_channels_are_none(store):
    assert store.states([]) == {}


def test_a_poll_leaves_its_cursor_and_health(store):
    polled(store, ok("c7", next_poll_at=NOW + EVERY))
    assert store.state("ch") == ChannelState(
        "ch",
        health=Health.OK,
        cursor="c7",
        first_seen_at=NOW,
        last_poll_at=NOW,
        last_ok_at=NOW,
        next_poll_at=NOW + EVERY,
        quiet_in_a_row=1,
    )


def test_a_long_cursor_comes_back_whole(store):
    cursor = "é" * 20_000
    polled(store, ok(cursor))
    assert store.state("ch").cursor == cursor


def test_f35_a_poll_that_failed_leaves_the_cursor_and_counts_itself(store):
    polled(store, ok("c1"))
    for minute in (1, 2):
        polled(store, not_ok("HTTP 503"), NOW + minute * MINUTE)
    state = store.state("ch")
    assert (state.cursor, state.health, state.reason) == ("c1", Health.TRANSIENT, "HTTP 503")
    assert (state.not_ok_in_a_row, state.last_ok_at) == (2, NOW)


def test_a_good_poll_ends_the_row_of_bad_ones_and_their_reason(store):
    polled(store, not_ok())
    polled(store, ok("c1"), NOW + MINUTE)
    state = store.state("ch")
    assert (state.not_ok_in_a_row, state.reason, state.health) == (0, "", Health.OK)


def test_a_good_poll_without_a_cursor_keeps_the_last(store):
    polled(store, ok("c1"))
    polled(store, ok(None), NOW + MINUTE)
    assert store.state("ch").cursor == "c1"


def test_a_lease_shows_the_state_to_poll_from(store):
    polled(store, ok("c1"))
    assert lease(store, now=NOW + MINUTE).state == store.state("ch")


def test_f10_a_second_poller_gets_no_lease(store):
    lease(store, "a")
    assert lease(store, "b", NOW + LEASE_FOR - SECOND) is None


def test_g4_a_lease_that_ended_can_be_taken_over_with_a_higher_fence(store):
    first = lease(store, "a")
    second = lease(store, "b", NOW + LEASE_FOR)
    assert second.fence > first.fence


def test_a_holder_that_asks_twice_is_granted_twice(store):
    lease(store, "a")
    assert lease(store, "a") is not None


def test_f11_a_stale_fence_cannot_advance(store):
    stalled = lease(store, "a")
    other = lease(store, "b", NOW + LEASE_FOR)
    with pytest.raises(StaleLease, match="taken over by b"):
        store.advance(stalled, ok("stale"), NOW + LEASE_FOR)
    assert store.state("ch").cursor is None
    store.advance(other, ok("fresh"), NOW + LEASE_FOR)
    with pytest.raises(StaleLease):
        store.advance(stalled, ok("stale"), NOW + LEASE_FOR)
    assert store.state("ch").cursor == "fresh"


def test_an_expired_lease_that_nobody_took_can_advance(store):
    late = lease(store, "a")
    store.advance(late, ok("c1"), NOW + 10 * LEASE_FOR)
    assert store.state("ch").cursor == "c1"


def test_advance_lets_the_channel_go(store):
    polled(store, ok(), holder="a")
    assert lease(store, "b", NOW + SECOND) is not None


def test_a_poll_with_more_goes_on_with_the_lease_it_got_back(store):
    first = polled(store, ok("page 1", more=True))
    second = store.advance(first, ok("page 2"), NOW + SECOND)
    assert store.state("ch").cursor == second.state.cursor == "page 2"


def test_f10_who_goes_on_to_the_next_page_keeps_the_channel(store):
    first = store.advance(lease(store, "a"), ok("page 1", more=True), NOW, goes_on=True)
    assert lease(store, "b", NOW + SECOND) is None
    store.advance(first, ok("page 2"), NOW + SECOND)
    assert lease(store, "b", NOW + 2 * SECOND) is not None


def test_g4_who_dies_between_two_pages_holds_the_channel_until_its_lease_ends(store):
    store.advance(lease(store, "killed"), ok("page 1", more=True), NOW + 9 * SECOND, goes_on=True)
    assert lease(store, "b", NOW + LEASE_FOR - SECOND) is None
    assert lease(store, "b", NOW + LEASE_FOR).state.cursor == "page 1"


def test_f12_a_poller_whose_clock_is_ahead_loses_nothing(store):
    stalled = lease(store, "a")
    ahead = lease(store, "b", NOW + timedelta(seconds=4000))
    store.advance(ahead, ok("b's"), NOW + timedelta(seconds=4000))
    with pytest.raises(StaleLease):
        store.advance(stalled, ok("a's"), NOW + SECOND)
    assert store.state("ch").cursor == "b's"


def test_f9_one_tick_per_slot_gets_the_poll(store):
    ticks = [store.dispatch("ch", slot, EVERY, NOW) for slot in (7, 7, 8, 7, 8)]
    assert ticks == [True, False, True, False, False]


def test_channels_are_dispatched_apart(store):
    assert store.dispatch("ch", 7, EVERY, NOW)
    assert store.dispatch("other", 7, EVERY, NOW)


def test_a_new_interval_numbers_its_slots_anew(store):
    assert store.dispatch("ch", 700, MINUTE, NOW)
    assert store.dispatch("ch", 70, EVERY, NOW + MINUTE)


def test_a_dispatch_is_when_a_channel_was_first_seen(store):
    store.dispatch("ch", 7, EVERY, NOW)
    polled(store, ok(), NOW + MINUTE)
    assert store.state("ch").first_seen_at == NOW


def test_a_server_that_asked_us_to_wait_is_not_polled(store):
    polled(store, not_ok("HTTP 429", next_poll_at=NOW + 3 * EVERY))
    assert not store.dispatch("ch", 8, EVERY, NOW + EVERY)
    assert store.dispatch("ch", 10, EVERY, NOW + 3 * EVERY)


def test_g4_a_dispatch_whose_poll_never_came_is_made_again(store):
    store.dispatch("ch", 7, timedelta(days=1), NOW)
    later = [store.dispatch("ch", 7, timedelta(days=1), NOW + m * MINUTE) for m in (4, 5, 6)]
    assert later == [False, True, False]


def test_a_dispatch_whose_poll_came_is_not_made_again(store):
    store.dispatch("ch", 7, timedelta(days=1), NOW)
    polled(store, ok())
    assert not store.dispatch("ch", 7, timedelta(days=1), NOW + 6 * MINUTE)


def test_f8_a_message_delivered_twice_polls_once(store):
    store.dispatch("ch", 7, EVERY, NOW)
    polled(store, ok(), holder="a")
    assert lease(store, "b", NOW + MINUTE) is None
    store.dispatch("ch", 8, EVERY, NOW + EVERY)
    assert lease(store, "b", NOW + EVERY) is not None


def test_a_slot_with_more_to_fetch_can_be_polled_on(store):
    store.dispatch("ch", 7, EVERY, NOW)
    polled(store, ok("page 1", more=True), holder="a")
    assert lease(store, "b", NOW + MINUTE) is not None


def test_a_poll_that_was_killed_can_be_made_again_in_its_slot(store):
    store.dispatch("ch", 7, EVERY, NOW)
    lease(store, "killed")
    assert lease(store, "b", NOW + LEASE_FOR) is not None


def test_each_hour_counts_its_polls_posts_and_mentions(store):
    for minute, poll, mentions in [
        (0, ok(posts=(a_post(), a_post(source_id="2"))), 1),
        (10, not_ok(), 0),
        (20, ok(posts=(a_post(),)), 1),
        (70, ok(), 0),
    ]:
        now = NOW + minute * MINUTE
        store.advance(lease(store, now=now), poll, now, mentions)
    counted = [
        {
            name: int(hour[name]["N"])
            for name in ("ok", "not_ok", "posts", "mentions")
            if name in hour
        }
        for _, hour in sorted(hours().items())
    ]
    assert counted == [
        {"ok": 2, "not_ok": 1, "posts": 3, "mentions": 2},
        {"ok": 1, "posts": 0, "mentions": 0},
    ]


def test_the_record_of_hours_is_read_back(store):
    for minute, requests in [(0, 3), (10, 2), (130, 1)]:
        now = NOW + minute * MINUTE
        store.advance(lease(store, now=now), ok(requests=requests), now, mentions=1)
    hour = timedelta(hours=1)
    assert store.hours("ch", NOW + MINUTE, NOW + 2 * hour + MINUTE) == (
        ChannelHour(NOW, ok=2, mentions=2, requests=5),
        ChannelHour(NOW + 2 * hour, ok=1, mentions=1, requests=1),
    )
    assert store.hours("ch", NOW + hour, NOW + 2 * hour) == ()


def test_what_is_left_of_a_quota_is_what_was_said_last(store):
    polled(store, ok(quota_left=7))
    assert store.state("ch").quota_left == 7
    polled(store, ok(), NOW + MINUTE)
    assert store.state("ch").quota_left is None


def test_g2_a_poll_repeated_after_it_was_counted_counts_once(store):
    held = lease(store)
    store.advance(held, ok(), NOW)
    store.advance(held, ok(), NOW)
    [hour] = hours().values()
    assert hour["ok"] == {"N": "1"}


def test_a_state_is_the_same_when_read_from_another_store(store):
    written = polled(store, ok("c1", next_poll_at=NOW + EVERY)).state
    assert a_store().state("ch") == replace(written)
