"""Volume spike: distinct stories of a brand in one hour against the same hours of earlier days.

A Poisson test fails here, because mentions come in clumps: the spread is measured, not assumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.model import Reason, Sensitivity, Signal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAYS_BACK = 14
ENOUGH_VALUES = 20  # of 42: about a week of an unbroken history
FLOOR = 5  # stories: below it nobody needs an alert, however quiet the brand
TRIMMED = 0.95  # an old burst must not raise what is expected
COOLDOWN_FOR = timedelta(hours=6)
CALM_HOURS = 2
CALM_K = 2.0
K = {Sensitivity.FEWER: 6.0, Sensitivity.BALANCED: 4.0, Sensitivity.MORE: 3.0}


@dataclass(frozen=True, slots=True)
class History:
    """One brand's distinct stories by the hour, each hour named by its start in UTC.

    ``counts``: an hour that is absent was not measured. ``not_ok``: hours in which a channel was
    not ok; they may be in ``counts`` and are not trusted.
    """

    counts: Mapping[datetime, int]
    not_ok: AbstractSet[datetime] = frozenset()

    def seen(self, hour: datetime) -> bool:
        """Whether the hour was measured with every channel ok."""
        return hour in self.counts and hour not in self.not_ok


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual at this hour of day: ``mean`` (trimmed), ``variance``, of ``values`` hours."""

    mean: float
    variance: float
    values: int

    def above(self, k: float) -> float:
        """The count that lies k standard deviations above the mean."""
        return self.mean + k * math.sqrt(self.variance)


def baseline(history: History, at: datetime) -> Baseline:
    """The same hour of day, give or take one, over the previous 14 days, without gaps.

    The mean is that of the lowest 95%, at least half the full mean; the variance is at least
    the mean.
    """
    hours = (
        at - day * DAY + shift * HOUR for day in range(1, DAYS_BACK + 1) for shift in (-1, 0, 1)
    )
    values = sorted(history.counts[hour] for hour in hours if history.seen(hour))
    if not values:
        return Baseline(0.0, 0.0, 0)
    full = sum(values) / len(values)
    lowest = values[: max(1, int(len(values) * TRIMMED))]
    mean = max(sum(lowest) / len(lowest), full / 2)
    spread = sum((value - full) ** 2 for value in values) / len(values)
    return Baseline(mean, max(mean, spread), len(values))


def hours_compared(at: datetime) -> list[datetime]:
    """The earlier hours whose counts ``volume`` may use for the hour that starts ``at``."""
    shifts = range(-CALM_HOURS - 1, 2)
    earlier = [at - day * DAY + n * HOUR for day in range(1, DAYS_BACK + 1) for n in shifts]
    return [at - n * HOUR for n in range(1, CALM_HOURS + 1)] + earlier


def volume(
    brand: str,
    at: datetime,
    history: History,
    *,
    sensitivity: Sensitivity = Sensitivity.BALANCED,
    earlier: Sequence[Signal] = (),
) -> Signal:
    """Whether the hour that starts ``at`` is a spike for the brand, with every number.

    ``history`` includes ``at`` itself, which may still be running. ``earlier`` are this brand's
    volume signals that fired or settled, oldest first; the last 14 days of them are enough.
    Reasons: not_enough_history, below_floor, below_double, within_spread, spike, cooldown
    (within 6 h of firing, not doubled), unsettled (later, not doubled), spike_doubled, settled (the
    last two whole hours were calm).
    Raises ValueError when ``at`` is not the start of an hour in UTC or was not measured.
    """
    if at.utcoffset() != timedelta(0) or at.minute or at.second or at.microsecond:
        raise ValueError(f"at must be the start of an hour in UTC, not {at.isoformat()}")
    if at not in history.counts:
        raise ValueError(f"the history has no value for the hour to assess, {at.isoformat()}")
    usual, observed, k = baseline(history, at), history.counts[at], K[sensitivity]
    if usual.values < ENOUGH_VALUES:
        evidence = f"{usual.values} comparable hours of the {ENOUGH_VALUES} needed"
        reason = Reason("not_enough_history", (f"observed {observed}", evidence))
        return Signal("volume", brand, at, fired=False, reason=reason, observed=observed)
    name = _outcome(history, usual, k, at, earlier)
    threshold = max(float(FLOOR), 2 * usual.mean, usual.above(k))
    return Signal(
        kind="volume",
        subject=brand,
        at=at,
        fired=name in {"spike", "spike_doubled"},
        reason=Reason(name, _evidence(observed, usual, k, threshold)),
        observed=observed,
        expected=usual.mean,
        threshold=threshold,
        numbers={"m": usual.mean, "v": usual.variance, "k": k, "values": usual.values},
    )


def _outcome(
    history: History, usual: Baseline, k: float, at: datetime, earlier: Sequence[Signal]
) -> str:
    observed = history.counts[at]
    recent = [signal for signal in earlier if at - signal.at < DAYS_BACK * DAY]
    last = next((signal for signal in reversed(recent) if signal.fired), None)
    size = _size(observed, usual, k)
    if last is None:
        return size
    settled = any(s.reason.name == "settled" and s.at > last.at for s in recent)
    if size != "spike":
        return "settled" if not settled and _calm(history, last, at) else size
    if settled and at - last.at >= COOLDOWN_FOR:
        return "spike"
    if observed >= 2 * last.observed:
        return "spike_doubled"
    return "cooldown" if at - last.at < COOLDOWN_FOR else "unsettled"


def _size(observed: int, usual: Baseline, k: float) -> str:
    if observed < FLOOR:
        return "below_floor"
    if observed < 2 * usual.mean:
        return "below_double"
    return "spike" if observed > usual.above(k) else "within_spread"


def _calm(history: History, last: Signal, at: datetime) -> bool:
    """Two whole hours since the spike are near what is usual; an hour not seen is not calm."""
    hours = [at - n * HOUR for n in range(1, CALM_HOURS + 1)]
    return all(
        hour > last.at
        and history.seen(hour)
        and history.counts[hour] < baseline(history, hour).above(CALM_K)
        for hour in hours
    )


def _evidence(observed: int, usual: Baseline, k: float, threshold: float) -> tuple[str, ...]:
    return (
        f"observed {observed}",
        f"expected {usual.mean:.1f}",
        f"threshold {threshold:.1f}",
        f"m {usual.mean:.2f}",
        f"v {usual.variance:.2f}",
        f"k {k:g}",
        f"{usual.values} values",
    )
