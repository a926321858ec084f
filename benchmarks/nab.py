"""NAB's published scoring, standard profile.

Written from the formulas of Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms:
the Numenta Anomaly Benchmark" (ICMLA 2015, arXiv:1510.03336), section II. A detection is a row
whose anomaly score is at or above one threshold, the same for all series.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

A_TP, A_FP, A_FN = 1.0, 0.11, 1.0  # weights of the standard profile, signs in the formula
PROBATION_SHARE, PROBATION_ROWS = 0.15, 750
TRIED = 400  # highest scores tried as thresholds: more detections than that only cost
FAR = 3.0  # window widths past a window's end, from which a false alarm costs its full weight

Window = tuple[int, int]  # first and last row, both inside


@dataclass(frozen=True, slots=True)
class SeriesScore:
    """One series at one threshold. ``raw`` is before normalising; ``hits`` is per window."""

    raw: float
    windows: int
    hits: tuple[float | None, ...]  # where in the window it was found, 0 to 1; None: missed
    false_alarms: int


def scaled_sigmoid(position: float) -> float:
    """Equation 1 without its weight: 2 / (1 + e^(5y)) - 1; position 0 is the window's end."""
    return -1.0 if position > FAR else 2 / (1 + math.exp(5 * position)) - 1


def probation(rows: int) -> int:
    """How many first rows are not scored: 15% of the series, at most 750."""
    return min(int(PROBATION_SHARE * rows), PROBATION_ROWS)


def score_series(detections: Sequence[int], rows: int, windows: Sequence[Window]) -> SeriesScore:
    """Score one series: the earliest detection of a window counts, each false alarm costs.

    ``detections`` are the rows whose score reached the threshold, in order, of ``rows`` in all;
    ``windows`` are in order and do not overlap.
    """
    raw, false_alarms = 0.0, 0
    hits: list[float | None] = []
    for first, last in windows:
        width = last - first + 1
        hit = next((row for row in detections if first <= row <= last), None)
        if hit is None:
            raw -= A_FN
            hits.append(None)
        else:
            position = -(last - hit + 1) / width
            raw += A_TP * scaled_sigmoid(position) / scaled_sigmoid(-1.0)
            hits.append((hit - first) / width)
    for row in detections:
        inside = any(first <= row <= last for first, last in windows)
        if row >= probation(rows) and not inside:
            false_alarms += 1
            raw += A_FP * _past(row, windows)
    return SeriesScore(raw, len(windows), tuple(hits), false_alarms)


def _past(row: int, windows: Sequence[Window]) -> float:
    """What a false alarm costs, -1 to 0: little just after a window, all far from any."""
    before = [window for window in windows if window[1] < row]
    if not before:
        return -1.0
    first, last = before[-1]
    return scaled_sigmoid((row - last) / max(last - first, 1))


def normalised(scores: Sequence[SeriesScore]) -> float:
    """Equation 4: 100 for a perfect detector, 0 for one that never detects anything."""
    windows = sum(score.windows for score in scores)
    null = -A_FN * windows
    return 100 * (sum(score.raw for score in scores) - null) / (A_TP * windows - null)


def at_threshold(
    scores: Mapping[str, Sequence[float]], windows: Mapping[str, Sequence[Window]], threshold: float
) -> dict[str, SeriesScore]:
    """Every series scored at one threshold of its anomaly scores."""
    return {
        name: score_series(
            [int(row) for row in np.flatnonzero(np.asarray(values) >= threshold)],
            len(values),
            windows[name],
        )
        for name, values in scores.items()
    }


def best_threshold(
    scores: Mapping[str, Sequence[float]], windows: Mapping[str, Sequence[Window]]
) -> float:
    """The threshold with the highest normalised score over these series, as NAB tunes it."""
    scored = [values[probation(len(values)) :] for values in scores.values()]
    highest = np.unique(np.concatenate([np.asarray(values, float) for values in scored]))
    candidates = [float(value) for value in highest[-TRIED:]]
    return max(
        candidates, key=lambda t: normalised(list(at_threshold(scores, windows, t).values()))
    )
