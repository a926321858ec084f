"""Volume per brand and hour: counted from the table, kept once, said once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.alerting import Situation, Speak, compose, say, volume
from earwitness.measuring import Darkness, measure
from earwitness.model import (
    Alerting,
    Brand,
    Channel,
    Event,
    Health,
    Poll,
    Priority,
    Role,
    Sensitivity,
    Term,
    Tier,
    Watchlist,
)
from earwitness.signals import hours_compared
from earwitness.store import HourVolume
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post
from tests.tables import Clock, a_store, a_table

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HN = Channel("hn", "hackernews", timedelta(minutes=10))
NORTHWIND = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
WATCHLIST = Watchlist((NORTHWIND,), (HN,), "1")
START = NOW - timedelta(days=15)


@pytest.fixture
def store():
    with a_table():
        yield a_store(clock=Clock(NOW + timedelta(days=1)))


def unlike(number):
    """A text of its own: no two of these are copies."""
    return " ".join(f"word{number}x{place}" for place in range(8)) + " Northwind Air"


def mentions(count, at=NOW, first=0, **changes):
    return [
        a_mention(
            a_post(unlike(n), source_id=str(n), published_at=at + timedelta(seconds=n % 3000)),
            **changes,
        )
        for n in range(first, first + count)
    ]


def quiet_history(store, stories=2, days=9):
    """So many stories in the hours of the last days, as ``measure`` would have kept them."""
    store.measured_since("Northwind Air", START)
    compared = {hour for n in range(4) for hour in hours_compared(NOW + n * HOUR)}
    compared |= {NOW - n * HOUR for n in range(25)}
    for hour in compared:
        if NOW - timedelta(days=days) < hour < NOW - 2 * HOUR:
            store.keep_hour("Northwind Air", hour, HourVolume(stories), NOW)
    store.keep(mentions(stories, NOW - HOUR, first=9000), NOW)
    store.keep(mentions(stories, NOW - 2 * HOUR, first=9100), NOW)


def poll(store, at, health=Health.OK, channel=HN):
    lease = store.lease(channel.channel_id, f"{at}", at, timedelta(seconds=1))
    store.advance(lease, Poll((), None, health, "down" if health is not Health.OK else ""), at)


def fired(store, minutes=30):
    return measure(store, WATCHLIST, NOW + timedelta(minutes=minutes))


def test_many_stories_in_an_hour_are_a_spike(store):
    quiet_history(store)
    store.keep(mentions(12), NOW)
    (signal,) = fired(store)
    assert (signal.subject, signal.observed, signal.reason.name) == ("Northwind Air", 12, "spike")
    assert "expected 2.0" in signal.reason.evidence


@pytest.mark.parametrize(
    ("stories", "spikes", "is_told"),
    [
        (9, Sensitivity.FEWER, False),
        (9, Sensitivity.BALANCED, True),
        (7, Sensitivity.BALANCED, False),
        (7, Sensitivity.MORE, True),
    ],
)
def test_a_brand_says_how_readily_it_is_told_of_spikes(store, stories, spikes, is_told):
    quiet_history(store)
    store.keep(mentions(stories), NOW)
    brand = replace(NORTHWIND, alerting=Alerting(spikes=spikes))
    found = measure(store, replace(WATCHLIST, brands=(brand,)), NOW + timedelta(minutes=30))
    assert bool(found) is is_told


def test_copies_of_one_text_are_no_spike(store):
    quiet_history(store)
    text = "RT @news: Northwind Air opens a new route from Berlin to Oslo this summer"
    store.keep([a_mention(a_post(text, source_id=str(n))) for n in range(30)], NOW)
    assert fired(store) == []


def test_doubtful_matches_are_not_counted(store):
    quiet_history(store)
    doubtful = (a_match(tier=Tier.DOUBTFUL, confidence=0.3),)
    store.keep(mentions(12, matches=doubtful), NOW)
    assert fired(store) == []


def test_a_brand_watched_for_too_short_a_time_is_not_measured(store):
    store.keep(mentions(40), NOW)
    assert fired(store) == []


def test_a_spike_is_kept_and_flagged_once_however_often_the_tick_comes(store):
    quiet_history(store)
    store.keep(mentions(12), NOW)
    fired(store)
    assert fired(store, 31) == []
    assert len(list(store.flagged_signals(10))) == 1


def test_a_spike_that_doubles_speaks_again(store):
    quiet_history(store)
    store.keep(mentions(12), NOW)
    fired(store)
    store.keep(mentions(13, first=100), NOW)
    (signal,) = fired(store, 40)
    assert signal.reason.name == "spike_doubled"
    assert len(store.signals("Northwind Air", START)) == 2


def test_a_spike_settles_after_two_calm_hours(store):
    quiet_history(store)
    store.keep(mentions(12), NOW)
    fired(store)
    for hours in (1, 2):
        store.keep(mentions(2, NOW + hours * HOUR, first=500 * hours), NOW + hours * HOUR)
    measure(store, WATCHLIST, NOW + 3 * HOUR)
    assert [s.reason.name for s in store.signals("Northwind Air", START)] == ["spike", "settled"]


def test_the_example_is_the_most_urgent_mention(store):
    quiet_history(store)
    store.keep(mentions(11), NOW)
    critical = a_judgement(Priority.CRITICAL)
    store.keep(mentions(1, first=77, judgement=critical), NOW)
    fired(store)
    ((signal, example),) = store.flagged_signals(10)
    assert example.post.source_id == "77"
    group = volume.opened(signal, example, NOW)
    alert, _ = say(group, Speak(Event.OPENED, "", NOW), Situation(NOW))
    assert (alert.kind, alert.priority) == ("spike", Priority.CRITICAL)
    assert "far more posts than usual" in compose(alert).email
    assert "stories this hour 12, usual 2" in compose(alert).email


def test_a_signal_that_was_seen_to_is_flagged_no_more(store):
    quiet_history(store)
    store.keep(mentions(12), NOW)
    (signal,) = fired(store)
    store.signal_assessed(signal)
    store.signal_assessed(signal)
    assert list(store.flagged_signals(10)) == []


def test_a_spike_whose_example_was_erased_has_none(store):
    quiet_history(store)
    store.keep(mentions(12), NOW)
    fired(store)
    ((_, example),) = store.flagged_signals(10)
    store.redact(example.brand, example.post.post_id, NOW)
    ((_, nothing),) = store.flagged_signals(10)
    assert nothing is None


def counted_hours(store, until):
    for hours in range(7):
        measure(store, WATCHLIST, until + hours * HOUR)
    return store.volumes("Northwind Air", [NOW + n * HOUR for n in range(-30, 30)])


def test_an_hour_that_is_over_is_counted_from_the_mentions_kept_and_no_sooner(store):
    store.measured_since("Northwind Air", NOW - HOUR)
    store.keep(mentions(3), NOW)
    measure(store, WATCHLIST, NOW + 2 * HOUR)
    assert NOW not in store.volumes("Northwind Air", [NOW])
    store.keep(mentions(1, first=50), NOW)  # polled late
    measure(store, WATCHLIST, NOW + 3 * HOUR)
    assert store.volumes("Northwind Air", [NOW])[NOW].stories == 4


def test_hours_before_a_brand_was_watched_are_no_zeros(store):
    history = counted_hours(store, NOW)
    assert min(history) >= NOW


def test_hours_that_runs_missed_are_counted_later(store):
    store.measured_since("Northwind Air", NOW)
    history = counted_hours(store, NOW + 12 * HOUR)
    assert {NOW + n * HOUR for n in range(13)} <= set(history)


@pytest.mark.parametrize(
    ("healths", "dark"),
    [
        ((Health.OK,), False),
        ((Health.TRANSIENT, Health.OK), False),
        ((Health.TRANSIENT, Health.TRANSIENT), True),
        ((), True),
    ],
)
def test_an_hour_in_which_a_channel_never_answered_is_dark(store, healths, dark):
    poll(store, NOW - 5 * HOUR)
    for number, health in enumerate(healths):
        poll(store, NOW + timedelta(minutes=10 * number), health)
    darkness = Darkness(store, [HN], NOW + 4 * HOUR)
    assert darkness.of([NOW]) == {NOW: frozenset({HN.channel_id} if dark else ())}


def test_a_channel_polled_rarely_or_not_yet_known_leaves_no_gap(store):
    rarely = Channel("rare", "feed", timedelta(hours=6))
    poll(store, NOW + HOUR)  # HN was first seen after the hour
    poll(store, NOW - 4 * HOUR, channel=rarely)
    darkness = Darkness(store, [HN, rarely], NOW + 4 * HOUR)
    assert darkness.of([NOW]) == {NOW: frozenset()}


def dark_history(store, *, now_too):
    """Quiet hours in which a channel was never watched that is, or is not, watched now."""
    quiet_history(store)
    poll(store, NOW - 20 * DAY)
    poll(store, NOW, Health.DEAD if now_too else Health.OK)
    for hour, held in store.volumes("Northwind Air", hours_compared(NOW)).items():
        dark = HourVolume(held.stories, frozenset({HN.channel_id}))
        store.keep_hour("Northwind Air", hour, dark, NOW)
    store.keep(mentions(12), NOW)


def test_hours_without_a_channel_that_is_watched_now_are_not_compared(store):
    dark_history(store, now_too=False)
    assert fired(store) == []


def test_a_channel_that_is_dark_for_good_does_not_put_an_end_to_comparing(store):
    dark_history(store, now_too=True)
    assert [signal.reason.name for signal in fired(store)] == ["spike"]
