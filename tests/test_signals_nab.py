"""The scorer of NAB against examples worked by hand from the paper's formula."""

import pytest

from benchmarks import nab

ROWS = 1000  # probation: 150 rows


def test_the_sigmoid_is_zero_at_the_end_of_a_window():
    assert nab.scaled_sigmoid(0.0) == 0.0


def test_the_sigmoid_has_the_value_worked_by_hand():
    assert nab.scaled_sigmoid(-1.0) == pytest.approx(0.98661430)  # 2/(1+e^-5)-1
    assert nab.scaled_sigmoid(0.5) == pytest.approx(-0.84828364)  # 2/(1+e^2.5)-1


def test_a_false_alarm_more_than_three_widths_past_a_window_costs_all():
    assert nab.scaled_sigmoid(3.01) == -1.0


@pytest.mark.parametrize(("rows", "expected"), [(1000, 150), (5000, 750), (15902, 750), (7, 1)])
def test_probation_is_fifteen_percent_and_at_most_750_rows(rows, expected):
    assert nab.probation(rows) == expected


def test_a_detection_at_the_first_row_of_a_window_scores_one():
    assert nab.score_series([500], ROWS, [(500, 599)]).raw == pytest.approx(1.0)


def test_a_detection_in_the_middle_scores_as_worked_by_hand():
    score = nab.score_series([550], ROWS, [(500, 599)])  # position -50/100
    assert score.raw == pytest.approx(0.84828364 / 0.98661430)


def test_only_the_earliest_detection_of_a_window_counts():
    early, both = ([550], [550, 580])
    windows = [(500, 599)]
    assert nab.score_series(both, ROWS, windows).raw == nab.score_series(early, ROWS, windows).raw


def test_a_missed_window_costs_one():
    assert nab.score_series([], ROWS, [(500, 599)]).raw == -1.0


def test_a_false_alarm_before_any_window_costs_its_full_weight():
    assert nab.score_series([300, 500], ROWS, [(500, 599)]).raw == pytest.approx(1 - 0.11)


def test_a_false_alarm_half_a_width_past_a_window_costs_as_worked_by_hand():
    score = nab.score_series([500, 649], ROWS, [(500, 600)])  # (649-600)/100 = 0.49
    assert score.raw == pytest.approx(1 + 0.11 * nab.scaled_sigmoid(0.49))


def test_an_alarm_during_probation_is_not_scored():
    assert nab.score_series([100, 500], ROWS, [(500, 599)]).false_alarms == 0


def test_the_scale_runs_from_null_to_perfect():
    windows = [(500, 599), (800, 899)]
    perfect = nab.score_series([500, 800], ROWS, windows)
    null = nab.score_series([], ROWS, windows)
    assert nab.normalised([perfect]) == pytest.approx(100)
    assert nab.normalised([null]) == pytest.approx(0)


def test_one_window_of_two_found_and_one_false_alarm_score_as_worked_by_hand():
    score = nab.score_series([300, 500], ROWS, [(500, 599), (800, 899)])
    assert nab.normalised([score]) == pytest.approx(100 * (1 - 0.11 - 1 + 2) / 4)


def test_the_threshold_is_the_one_that_scores_best():
    values = [0.0] * ROWS
    values[300], values[500] = 0.4, 0.9
    assert nab.best_threshold({"a": values}, {"a": [(500, 599)]}) == 0.9
