"""A detector of spikes in any stream of counts: one row at a time, the past only, bounded state.

What is expected is a slowly moving level times a rhythm (see rhythm.py). The surprise of a row
is how far the counts of the last two hours lie above what was expected of them, on a scale that
evens out the noise of clumped counts. It is measured against the stream's own tail and spread
of the last two weeks: a brand that is always restless needs more to be a surprise than one that
never is. No constant belongs to one stream or one step.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.model import Sensitivity
from earwitness.signals.rhythm import Rhythm

DAY = timedelta(days=1)
SHORTEST_STEP, LONGEST_STEP = timedelta(minutes=1), DAY
WINDOW_FOR = timedelta(hours=2)  # a single row where the step is longer
SAMPLE_FOR = timedelta(minutes=15)
MEMORY_FOR = timedelta(days=14)
MEMORY_SAMPLES = 60  # at least so many: 14 daily rows say too little about their tail
ENOUGH_FOR = DAY
ENOUGH_SAMPLES = 24
TAIL, SHOULDER = 0.99, 0.95
SPREADS = 1.45  # of shoulder above median: 2.9 standard deviations of a normal law at the line
LEAST_TAIL = 0.5  # keeps a stream of zeros from firing at its first mentions
DISPERSION = 0.01  # below 1/0.01 counts noise is taken as Poisson, above it as proportional
FLOOR, DOUBLE = 5.0, 2.0  # the least count of a window, and times what was expected of it
COOLDOWN_FOR = DAY
GROWTH = 4.0  # times the count that fired: two doublings are news within the day
LINE = {Sensitivity.FEWER: 1.5, Sensitivity.BALANCED: 1.15, Sensitivity.MORE: 1.0}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row judged. ``score`` in [0, 1]: 0.5 is the line at which a row fires."""

    at: datetime
    count: float
    expected: float
    score: float
    fired: bool


def steadied(count: float) -> float:
    """A count on the scale on which clumped counts are equally noisy at every size.

    Variance-stabilising transform of the negative binomial, asinh(sqrt(d * (x + 3/8))) / sqrt(d)
    (Anscombe 1948, "The transformation of Poisson, binomial and negative-binomial data").
    """
    return math.asinh(math.sqrt(DISPERSION * (max(count, 0.0) + 0.375))) / math.sqrt(DISPERSION)


class Detector:
    """Judges one stream row by row. ``sensitivity``: how readily a row fires.

    ``step_for`` is the time between rows; None: the smallest gap among the first rows. State is
    bounded: the rows of two hours, two weeks of samples (at most 1,344), 24 factors.
    """

    def __init__(
        self,
        sensitivity: Sensitivity = Sensitivity.BALANCED,
        step_for: timedelta | None = None,
    ) -> None:
        self.line = LINE[sensitivity]
        self.last_at: datetime | None = None
        self.fired_at: datetime | None = None
        self.fired_count = 0.0  # of the window, when it last fired
        self._begin(step_for or LONGEST_STEP)

    def _begin(self, step_for: timedelta) -> None:
        self.step_for = min(max(step_for, SHORTEST_STEP), LONGEST_STEP)
        self.rhythm = Rhythm(self.step_for)
        self.window: deque[tuple[datetime, float, float]] = deque()  # at, count, expected
        self.counted = self.expected = 0.0  # their sums
        self.sample_for = max(SAMPLE_FOR, self.step_for)
        self.capacity = max(MEMORY_SAMPLES, MEMORY_FOR // self.sample_for)
        self.enough = max(ENOUGH_SAMPLES, ENOUGH_FOR // self.sample_for)
        self.samples: deque[float] = deque()  # surprises, oldest first
        self.ranked: list[float] = []  # the same, by size
        self.sampled_at: datetime | None = None

    def step(self, at: datetime, count: float) -> Verdict:
        """Judge the next row by the rows before it, then learn from it.

        Raises ValueError when ``at`` is not later than the row before, or ``count`` is no number
        from 0; the row is then left out and the next one may follow.
        """
        if not (math.isfinite(count) and count >= 0):
            raise ValueError(f"a count is a number from 0, not {count}")
        if self.last_at is not None:
            if at <= self.last_at:
                raise ValueError(f"{at} is not later than the row before it, {self.last_at}")
            if self.rhythm.rows < ENOUGH_SAMPLES and at - self.last_at < self.step_for:
                self._begin(at - self.last_at)
        self.last_at = at
        expected = self.rhythm.expected(at) if self.rhythm.rows else count
        surprise = self._surprise(at, count, expected)
        rarity, line = self._rarity(surprise), self._line(at)
        fired = rarity >= line
        if fired:
            self.fired_at, self.fired_count = at, self.counted
        self._sample(at, surprise)
        self.rhythm.learn(at, count)
        return Verdict(at, count, expected, rarity / (rarity + line), fired)

    def _surprise(self, at: datetime, count: float, expected: float) -> float:
        """How far the last two hours, this row included, lie above what was expected."""
        self.window.append((at, count, expected))
        self.counted += count
        self.expected += expected
        while self.window[0][0] <= at - WINDOW_FOR:
            _, gone, was_expected = self.window.popleft()
            self.counted -= gone
            self.expected -= was_expected
        return steadied(self.counted) - steadied(self.expected)

    def _rarity(self, surprise: float) -> float:
        """The surprise over what is rare for this stream; 0.0 while there are too few samples.

        Rare is what a hundredth of the samples exceed. A stream with a light tail passes that
        by a little all the time, so it is at least some spreads of the stream.
        """
        if len(self.ranked) < self.enough:
            return 0.0
        spread = self._sample_at(SHOULDER) - self._sample_at(0.5)
        return max(surprise, 0.0) / max(self._sample_at(TAIL), SPREADS * spread, LEAST_TAIL)

    def _sample_at(self, share: float) -> float:
        """The sample that this share of the samples lie below."""
        return self.ranked[min(len(self.ranked) - 1, int(share * len(self.ranked)))]

    def _line(self, at: datetime) -> float:
        """The rarity at which a row fires, at least that of the least count worth an alert."""
        least = max(FLOOR, DOUBLE * self.expected)
        if self.fired_at is not None and at - self.fired_at < COOLDOWN_FOR:
            least = max(least, GROWTH * self.fired_count)
        return max(self.line, self._rarity(steadied(least) - steadied(self.expected)))

    def _sample(self, at: datetime, surprise: float) -> None:
        """Remember a surprise every quarter of an hour, or every row where rows are rarer."""
        if self.sampled_at is not None and at - self.sampled_at < self.sample_for:
            return
        self.sampled_at = at
        self.samples.append(surprise)
        insort(self.ranked, surprise)
        if len(self.samples) > self.capacity:
            del self.ranked[bisect_left(self.ranked, self.samples.popleft())]
