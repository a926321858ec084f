"""``earwitness spikes``: rows in, a verdict a row out, what is no row on standard error."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from earwitness.cli import app

START = datetime(2026, 3, 2, tzinfo=UTC)
RUN = CliRunner()


def rows(counts, step_for=timedelta(minutes=5)):
    return "timestamp,count\n" + "".join(
        f"{START + number * step_for:%Y-%m-%d %H:%M:%S},{count}\n"
        for number, count in enumerate(counts)
    )


def quiet_days(days, step_for):
    return [3 + number % 3 for number in range(round(days * timedelta(days=1) / step_for))]


def spikes(text, *options):
    done = RUN.invoke(app, ["spikes", *options], input=text)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("minutes", [1, 5, 60])
def test_a_burst_fires_and_the_quiet_before_it_does_not(minutes):
    step_for = timedelta(minutes=minutes)
    quiet = quiet_days(3, step_for)
    counts = [*quiet, *[40] * (120 // minutes)]
    done, verdicts = spikes(rows(counts, step_for))
    assert done.exit_code == 0
    assert len(verdicts) == len(counts)
    fired = [number for number, verdict in enumerate(verdicts) if verdict["fired"]]
    assert fired
    assert min(fired) >= len(quiet)


def test_each_row_is_answered_with_time_count_expectation_score_and_verdict():
    _, verdicts = spikes(rows([4, 5]))
    assert list(verdicts[0]) == ["at", "count", "expected", "score", "fired"]
    assert verdicts[1]["at"] == "2026-03-02T00:05:00+00:00"
    assert all(0 <= verdict["score"] <= 1 for verdict in verdicts)


def test_fewer_fires_no_more_often_than_more():
    step_for = timedelta(minutes=5)
    text = rows([*quiet_days(3, step_for), *range(5, 60)])
    fired = {
        option: sum(v["fired"] for v in spikes(text, "--sensitivity", option)[1])
        for option in ("fewer", "balanced", "more")
    }
    assert fired["fewer"] <= fired["balanced"] <= fired["more"]
    assert fired["more"]


def test_bad_lines_are_named_by_number_and_the_rest_goes_on():
    text = "timestamp,count\n2026-03-02 00:00:00,4\nnonsense\n2026-03-02 00:05:00,minus\n"
    text += "2026-03-02 00:10:00,5\n2026-03-02 00:05:00,9\n"
    done, verdicts = spikes(text)
    assert done.exit_code == 1
    assert [verdict["count"] for verdict in verdicts] == [4, 5]
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == ["3", "4", "6"]


def test_a_file_is_read_as_well_as_standard_input(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text(rows([4, 5]))
    _, verdicts = spikes("", str(path))
    assert len(verdicts) == 2


def test_a_missing_file_is_a_wrong_argument(tmp_path):
    done, _ = spikes("", str(tmp_path / "none.csv"))
    assert done.exit_code == 2


def test_an_empty_stream_has_no_verdicts_and_no_problems():
    done, verdicts = spikes("")
    assert (done.exit_code, verdicts) == (0, [])
