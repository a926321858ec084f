"""Calibration checked on brands that it was not set on: fit on one half, look at the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from zlib import crc32

Judged = tuple[str, float, bool]  # brand, confidence, whether it is right
TIERS = {"sure": 0.95, "likely": 0.6, "doubtful": 0.15}


def halves(judged: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """The judged split by brand, so that no brand is on both sides."""
    sides: tuple[list[Judged], list[Judged]] = ([], [])
    for one in judged:
        sides[crc32(one[0].encode()) % 2].append(one)
    return sides


def fitted(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    """Steps (confidence from which, share right) that rise: pooling adjacent violators.

    Ayer et al. 1955. It uses the order of the confidences alone, not their values, so the scale
    that is being checked plays no part in it.
    """
    pools: list[list[float]] = []  # from, right, count
    for _, sure, right in sorted(judged, key=lambda one: one[1]):
        pools.append([sure, float(right), 1.0])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            _, more, count = pools.pop()
            pools[-1][1] += more
            pools[-1][2] += count
    return [(begin, right / count) for begin, right, count in pools]


def predicted(steps: Sequence[tuple[float, float]], sure: float) -> float:
    """The share right that the steps give a confidence."""
    at = bisect_right([begin for begin, _ in steps], sure) - 1
    return steps[max(at, 0)][1]


def rows(judged: Sequence[Judged]) -> list[tuple[str, float, float, int, int]]:
    """Per tier: mean confidence, what the other half of the brands predicts, right, of how many."""
    first, second = halves(judged)
    left = dict.fromkeys(TIERS, (0.0, 0.0, 0, 0))
    for side, other in ((first, second), (second, first)):
        steps = fitted([one for one in other if one[1] >= TIERS["doubtful"]])
        for _, sure, right in side:
            tier = next((name for name, least in TIERS.items() if sure >= least), None)
            if tier:
                mean, guess, hits, count = left[tier]
                guess += predicted(steps, sure)
                left[tier] = mean + sure, guess, hits + right, count + 1
    return [
        (tier, mean / max(count, 1), guess / max(count, 1), hits, count)
        for tier, (mean, guess, hits, count) in left.items()
    ]
