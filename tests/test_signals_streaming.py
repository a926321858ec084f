"""The streaming detector: any fixed step, the past only, bounded state; its rows as text."""

import json
import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.model import Sensitivity
from earwitness.signals.rows import BadLine, as_json, spikes
from earwitness.signals.streaming import Detector, Verdict, steadied

START = datetime(2026, 1, 5, tzinfo=UTC)
STEPS = {"minutes": 1, "five_minutes": 5, "hours": 60, "days": 1440}


def counts(step_minutes, rows, rate_per_hour, seed=1):
    """Clumped counts with a daily rhythm: a gamma-mixed Poisson, drawn hour by hour."""
    dice = random.Random(seed)
    per_row = rate_per_hour * step_minutes / 60
    values, clump = [], 1.0
    for row in range(rows):
        at = START + row * timedelta(minutes=step_minutes)
        if at.minute == 0 or step_minutes >= 60:
            hours = max(1, step_minutes // 60)
            clump = dice.gammavariate(3 * hours, 1 / 3 / hours)
        rhythm = 1 + 0.5 * math.sin(at.hour * math.pi / 12) if step_minutes < 1440 else 1
        values.append(_poisson(dice, per_row * clump * rhythm))
    return values


def _poisson(dice, rate):
    if rate > 40:
        return max(0, round(dice.gauss(rate, math.sqrt(rate))))
    count, left = 0, math.exp(-rate)
    product = dice.random()
    while product > left:
        count += 1
        product *= dice.random()
    return count


def run(values, step_minutes, sensitivity=Sensitivity.BALANCED):
    detector = Detector(sensitivity)
    step = timedelta(minutes=step_minutes)
    return [detector.step(START + row * step, value) for row, value in enumerate(values)]


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_burst_of_eight_times_the_usual_fires_at_every_step(step):
    rows = {1: 1440 * 6, 5: 288 * 10, 60: 24 * 20, 1440: 90}[step]
    values = counts(step, rows, rate_per_hour=30)
    burst = range(rows - max(1, 180 // step), rows)
    for row in burst:
        values[row] = round(8 * 30 * step / 60)
    assert any(verdict.fired for verdict in run(values, step)[burst.start :])


def test_a_verdict_depends_on_the_past_only():
    values = counts(60, 400, 20)
    assert run(values, 60)[:300] == run(values[:300], 60)


def test_nothing_fires_before_there_is_a_history():
    assert not any(verdict.fired for verdict in run([0] * 20 + [500], 60))


def test_firing_is_the_score_at_one_half():
    values = counts(60, 800, 20)
    values[700] = 900
    verdicts = run(values, 60)
    assert verdicts[700].fired
    assert all(verdict.fired == (verdict.score >= 0.5) for verdict in verdicts)


def test_a_burst_fires_once_a_day_unless_it_grows():
    values = counts(60, 800, 20)
    values[700:712] = [400] * 12
    assert sum(verdict.fired for verdict in run(values, 60)[700:712]) == 1


def test_a_burst_that_grows_much_larger_fires_again():
    values = counts(60, 800, 20)
    values[700:712] = [200] * 6 + [6000] * 6
    assert sum(verdict.fired for verdict in run(values, 60)[700:712]) == 2


def test_the_daily_rhythm_is_learned():
    values = [20 if 8 <= row % 24 < 20 else 2 for row in range(24 * 20)]
    verdicts = run(values, 60)
    assert 15 < verdicts[-12].expected < 25
    assert verdicts[-1].expected < 5


def test_the_weekly_rhythm_of_daily_rows_is_learned():
    values = [100 if row % 7 < 5 else 10 for row in range(7 * 20)]
    verdicts = run(values, 1440)
    assert verdicts[-3].expected > 70
    assert verdicts[-1].expected < 30


def test_a_quiet_brand_does_not_fire_at_its_first_mention():
    values = [0] * 500
    values[400] = 1
    assert not any(verdict.fired for verdict in run(values, 60))


def test_a_lasting_change_becomes_the_new_normal():
    values = [10] * 400 + [60] * 600
    verdicts = run(values, 60)
    assert verdicts[-1].expected > 50


def test_sensitivity_orders_the_number_of_alerts():
    values = counts(60, 3000, 5, seed=3)
    fired = [
        sum(v.fired for v in run(values, 60, sensitivity))
        for sensitivity in (Sensitivity.FEWER, Sensitivity.BALANCED, Sensitivity.MORE)
    ]
    assert fired == sorted(fired)
    assert fired[0] < fired[2]


def test_the_state_is_bounded():
    detector = Detector()
    for row in range(1440 * 20):
        detector.step(START + timedelta(minutes=row), row % 7)
    assert len(detector.window) <= 120
    assert len(detector.samples) == len(detector.ranked) == 1344


def test_a_gap_does_not_count_as_silence():
    steady = [(START + timedelta(hours=row), 30) for row in range(600)]
    detector = Detector()
    verdicts = [detector.step(at, n) for at, n in steady if not 500 <= at.day * 24 < 548]
    assert not any(verdict.fired for verdict in verdicts)
    assert verdicts[-1].expected == pytest.approx(30, rel=0.05)


def test_the_step_is_found_though_rows_are_missing_at_first():
    detector = Detector()
    for minutes in (0, 30, 60, 65, 70, 75):
        detector.step(START + timedelta(minutes=minutes), 3)
    assert detector.step_for == timedelta(minutes=5)


@pytest.mark.parametrize("count", [-1, math.nan, math.inf])
def test_a_count_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match="a number from 0"):
        Detector().step(START, count)


def test_a_row_out_of_order_is_refused_and_changes_nothing():
    detector, untouched = Detector(), Detector()
    for one in (detector, untouched):
        one.step(START, 3)
    with pytest.raises(ValueError, match="not later"):
        detector.step(START, 900)
    later = START + timedelta(hours=1)
    assert detector.step(later, 4) == untouched.step(later, 4)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=120))
@settings(max_examples=40, deadline=None)
def test_a_score_is_between_zero_and_one_whatever_the_counts(values):
    assert all(0 <= verdict.score <= 1 for verdict in run(values, 60))


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_is_never_less_on_the_steadied_scale(one, other):
    assert (steadied(one) <= steadied(other)) == (one <= other) or math.isclose(
        steadied(one), steadied(other)
    )


def test_rows_are_read_with_or_without_a_header_and_in_both_forms_of_time():
    lines = ["timestamp,value\n", "2026-01-05 00:00:00,3\n", "2026-01-05T01:00:00+00:00,4\n"]
    verdicts = list(spikes(lines))
    assert [v.at.hour for v in verdicts if isinstance(v, Verdict)] == [0, 1]
    assert len(list(spikes(lines[1:]))) == 2


def test_an_offset_is_turned_into_utc():
    (verdict,) = spikes(["2026-01-05T01:30:00+01:30,4"])
    assert isinstance(verdict, Verdict)
    assert verdict.at == START


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("yesterday,4", "unreadable timestamp"),
        ("9999-12-31T23:59:59-05:00,4", "unreadable timestamp"),
        ("2026-01-05 02:00:00,many", "no number"),
        ("2026-01-05 02:00:00,nan", "not finite"),
        ("2026-01-05 02:00:00,-4", "a number from 0"),
        ("2026-01-05 02:00:00", "1 fields"),
        ("2026-01-05 02:00:00,1,2", "3 fields"),
        ("2026-01-04 02:00:00,1", "not later than the row before"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_stream_goes_on(line, said):
    lines = ["2026-01-05 00:00:00,3", line, "2026-01-05 03:00:00,4"]
    _, bad, last = spikes(lines)
    assert isinstance(bad, BadLine)
    assert bad.number == 2
    assert said in str(bad)
    assert isinstance(last, Verdict)


def test_a_verdict_is_one_line_of_json():
    (verdict,) = spikes(["2026-01-05 00:00:00,3"])
    assert isinstance(verdict, Verdict)
    read = json.loads(as_json(verdict))
    assert list(read) == ["at", "count", "expected", "score", "fired"]
    assert (read["at"], read["count"], read["fired"]) == ("2026-01-05T00:00:00+00:00", 3, False)
