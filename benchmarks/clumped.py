"""Synthetic counts that come in clumps, as mentions do, with a daily and a weekly rhythm."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
BURST_HOUR = 11
DAY_FACTOR, NIGHT_FACTOR, WEEKEND_FACTOR = 1.5, 0.3, 0.5
Row = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of stream: minutes per row, mean mentions per hour, how clumped, for how long.

    ``clump`` is the shape of the gamma law that multiplies each hour's rate: 1 is heavy (as many
    again as none), 3 is mild, None is Poisson.
    """

    step: int
    per_hour: float
    clump: float | None
    days: int

    def rate(self, at: datetime) -> float:
        """The mean of one row, without clumps."""
        rate = self.per_hour * self.step / 60
        if self.step < 1440:
            rate *= DAY_FACTOR if 8 <= at.hour < 22 else NIGHT_FACTOR
        return rate * (WEEKEND_FACTOR if at.weekday() >= 5 else 1)


def poisson(dice: random.Random, mean: float) -> int:
    """Draw a count of this mean."""
    if mean > 40:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    count, product, end = 0, dice.random(), math.exp(-mean)
    while product > end:
        count += 1
        product *= dice.random()
    return count


def quiet(shape: Shape, seed: int) -> list[Row]:
    """A stream in which nothing happens."""
    dice = random.Random(seed)
    rows: list[Row] = []
    hour, clump = None, 1.0
    for n in range(shape.days * 1440 // shape.step):
        at = START + n * timedelta(minutes=shape.step)
        if shape.clump and (shape.step >= 60 or at.hour != hour):
            hours = max(1, shape.step // 60)  # the mean of as many clumps as the row has hours
            hour, clump = at.hour, dice.gammavariate(hours * shape.clump, 1 / hours / shape.clump)
        rows.append((at, poisson(dice, shape.rate(at) * clump)))
    return rows


def with_burst(rows: list[Row], shape: Shape, times: float, seed: int) -> tuple[list[Row], range]:
    """The stream with a planted burst of three hours (one row where rows are longer) and where.

    On the last Wednesday at 11:00 UTC; ``times`` the usual rate, without clumps.
    """
    dice = random.Random(seed)
    day = max(n for n in range(shape.days) if (START + timedelta(days=n)).weekday() == 2)
    first = (day * 1440 + (BURST_HOUR * 60 if shape.step < 1440 else 0)) // shape.step
    where = range(first, first + max(1, 180 // shape.step))
    burst = list(rows)
    for n in where:
        burst[n] = (rows[n][0], poisson(dice, times * shape.rate(rows[n][0])))
    return burst, where
