"""The detector on real mention counts with labelled windows, where the recordings are present."""

import pytest

from benchmarks import nab
from benchmarks.quality_signals import DATA, coarser, detected, load_series, score, z_scores

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the labelled series are not here")


@pytest.fixture(scope="module")
def series():
    return load_series()


def test_the_labelled_series_score_at_least_75_with_two_false_alarms_each(series):
    scores = score(series, {name: detected(one.rows) for name, one in series.items()})
    assert nab.normalised(scores) >= 75
    assert max(one.false_alarms for one in scores) <= 2


def test_the_same_series_by_the_hour_score_at_least_75(series):
    hourly = {name: coarser(one, 12) for name, one in series.items()}
    scores = score(hourly, {name: detected(one.rows) for name, one in hourly.items()})
    assert nab.normalised(scores) >= 75


def test_a_z_score_looks_at_the_rows_before_only():
    quiet = z_scores([5, 6] * 50, 20)
    assert list(z_scores([5, 6] * 50 + [900], 20)[:100]) == list(quiet)
