"""Volume spike of a brand in an hour: each outcome by its name, with its numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.model import Reason, Sensitivity
from earwitness.signals.hourly import History, baseline, volume

NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def history(count=4, days=15):
    return {NOW - n * HOUR: count for n in range(1, days * 24)}


def assess(observed, counts=None, at=NOW, not_ok=frozenset(), **more):
    counts = {**(counts or history()), at: observed}
    return volume("Northwind Air", at, History(counts, not_ok), **more)


def test_a_count_far_above_the_same_hours_is_a_spike():
    signal = assess(30)
    assert (signal.fired, signal.reason.name) == (True, "spike")


def test_every_number_of_the_formula_is_said():
    signal = assess(30)
    # 42 hours of 4: m = 4, v = max(4, 0), threshold = max(5, 8, 4 + 4 * 2)
    assert signal.numbers == {"m": 4, "v": 4, "k": 4, "values": 42}
    assert (signal.observed, signal.expected, signal.threshold) == (30, 4, 12)
    assert signal.reason.evidence[:3] == ("observed 30", "expected 4.0", "threshold 12.0")


@pytest.mark.parametrize(
    ("usual", "observed", "name"),
    [(0, 4, "below_floor"), (10, 19, "below_double"), (4, 12, "within_spread"), (4, 13, "spike")],
)
def test_each_condition_is_named(usual, observed, name):
    assert assess(observed, history(usual)).reason.name == name


def test_clumped_counts_need_more_than_even_ones():
    clumped = {at: 0 if at.day % 2 else 16 for at in history()}  # mean about 8, variance about 64
    assert assess(30, history(8)).fired
    assert not assess(30, clumped).fired


def test_an_old_burst_does_not_raise_what_is_expected():
    counts = history() | {NOW - timedelta(days=3): 400}
    assert baseline(History(counts), NOW).mean < 10


def test_hours_in_which_a_channel_was_not_ok_are_left_out():
    counts = history()
    dark = {at for at in counts if at < NOW - timedelta(days=7)}
    counts |= dict.fromkeys(dark, 0)
    assert baseline(History(counts, dark), NOW).mean == 4


@pytest.mark.parametrize(("days", "named"), [(6, "not_enough_history"), (8, "spike")])
def test_too_short_a_history_says_so(days, named):
    assert assess(30, history(days=days)).reason.name == named


def test_a_history_with_too_many_gaps_says_so():
    counts = history()
    assert assess(30, counts, not_ok=set(counts)).reason.name == "not_enough_history"


@pytest.mark.parametrize(
    ("sensitivity", "fired"),
    [(Sensitivity.FEWER, False), (Sensitivity.BALANCED, True), (Sensitivity.MORE, True)],
)
def test_sensitivity_moves_the_line(sensitivity, fired):
    assert assess(14, sensitivity=sensitivity).fired is fired


def spiked(hours_ago, observed=30):
    at = NOW - hours_ago * HOUR
    counts = {hour: count for hour, count in history().items() if hour < at}
    return at, assess(observed, counts, at=at)


def test_within_the_cooldown_a_spike_of_the_same_size_is_quiet():
    at, earlier = spiked(2)
    assert assess(50, history() | {at: 30}, earlier=(earlier,)).reason.name == "cooldown"


def test_doubling_is_news_at_any_time():
    at, earlier = spiked(2)
    assert assess(60, history() | {at: 30}, earlier=(earlier,)).reason.name == "spike_doubled"


def test_after_the_cooldown_an_unsettled_spike_is_quiet_until_it_doubles():
    at, earlier = spiked(8)
    counts = history() | {at + n * HOUR: 30 for n in range(8)}
    assert assess(30, counts, earlier=(earlier,)).reason.name == "unsettled"


def test_two_calm_hours_settle_a_spike():
    at, earlier = spiked(3)
    signal = assess(4, history() | {at: 30}, earlier=(earlier,))
    assert (signal.reason.name, signal.fired) == ("settled", False)


def test_one_calm_hour_does_not_settle_a_spike():
    at, earlier = spiked(2)
    assert assess(4, history() | {at: 30}, earlier=(earlier,)).reason.name == "below_floor"


def test_an_hour_we_could_not_see_is_not_calm():
    at, earlier = spiked(3)
    dark = {NOW - HOUR}
    signal = assess(4, history() | {at: 30}, earlier=(earlier,), not_ok=dark)
    assert signal.reason.name == "below_floor"


def test_a_spike_settles_once():
    at, earlier = spiked(4)
    counts = history() | {at: 30}
    settled = assess(4, counts, earlier=(earlier,))
    assert settled.reason.name == "settled"
    assert assess(4, counts, earlier=(earlier, settled)).reason.name == "below_floor"


def test_a_new_spike_after_settling_and_cooldown_fires_again():
    at, earlier = spiked(20)
    settled = replace(earlier, at=NOW - 17 * HOUR, fired=False, reason=Reason("settled"))
    signal = assess(30, history() | {at: 30}, earlier=(earlier, settled))
    assert signal.reason.name == "spike"


@pytest.mark.parametrize(
    "at",
    [NOW + timedelta(minutes=5), NOW.replace(tzinfo=None)],
)
def test_an_hour_is_named_by_its_start_in_utc(at):
    with pytest.raises(ValueError, match="start of an hour in UTC"):
        volume("Northwind Air", at, History({at: 4}))


def test_a_missing_hour_is_an_error():
    with pytest.raises(ValueError, match="no value for the hour"):
        volume("Northwind Air", NOW, History(history()))
