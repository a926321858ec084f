"""What a stream of counts is expected to bring: a slowly moving level times a rhythm."""

from __future__ import annotations

from datetime import datetime, timedelta

DAY = timedelta(days=1)
LEVEL_FOR = timedelta(days=3)  # time constant: a lasting change is the new normal in days
ADAPT = 0.15  # share of a slot's newest pass: about a week of days is remembered
CLIPPED = 3.0  # a burst counts as at most so many times the expected when we learn from it
LEAST_LEVEL = 0.01  # counts per row; below it ratios mean nothing
EVEN = 0.05  # added to both sides of a ratio of small counts


class Rhythm:
    """Level and rhythm of one stream: hour of day, or day of week where rows are daily.

    Learns only from what it was shown before. State: 24 or 7 factors and a few numbers.
    """

    def __init__(self, step_for: timedelta) -> None:
        self.daily = step_for >= DAY
        self.alpha = step_for / (LEVEL_FOR if not self.daily else 7 * LEVEL_FOR)
        self.factors = [1.0] * (7 if self.daily else 24)
        self.passes = [0] * len(self.factors)
        self.level = 0.0
        self.rows = 0
        self.slot: int | None = None
        self.slot_rows = 0
        self.slot_ratio = 0.0

    def _slot(self, at: datetime) -> int:
        return at.weekday() if self.daily else at.hour

    def expected(self, at: datetime) -> float:
        """The count expected of the row at ``at``; 0.0 before the first row."""
        return self.level * self.factors[self._slot(at)]

    def learn(self, at: datetime, count: float) -> None:
        """Take one row in, bursts clipped."""
        slot = self._slot(at)
        if not self.rows:
            self.level = max(count, LEAST_LEVEL)
        self.rows += 1
        clipped = min(count, CLIPPED * self.expected(at) + CLIPPED)
        if slot != self.slot:
            self._close_slot()
            self.slot = slot
        self.slot_rows += 1
        self.slot_ratio += (clipped + EVEN) / (self.level + EVEN)
        share = max(self.alpha, 1 / self.rows)
        self.level += share * (clipped / self.factors[slot] - self.level)
        self.level = max(self.level, LEAST_LEVEL)

    def _close_slot(self) -> None:
        """Move the factor of the slot just passed towards what that slot brought."""
        if self.slot is not None:
            self.passes[self.slot] += 1
            share = max(ADAPT, 1 / (self.passes[self.slot] + 1))
            ratio = self.slot_ratio / self.slot_rows
            factor = self.factors[self.slot]
            self.factors[self.slot] = min(max(factor + share * (ratio - factor), 0.05), 20.0)
        self.slot_rows, self.slot_ratio = 0, 0.0
