"""Share of voice, with an interval that knows that mentions come in clumps.

One story brings a hundred mentions, one account posts all day: mentions are not a hundred voices,
and an interval that took them for that would be far too narrow. So what is drawn again, with
replacement, are whole clusters (stories, or for reach the accounts and sites that reach people):
the cluster bootstrap of Davison and Hinkley, "Bootstrap methods and their application", 1997,
section 3.8. Clusters fall into 4,096 groups by their hash, and groups are what is drawn: random
groups vary as their clusters do (Wolter, "Introduction to variance estimation", 2007, chapter 2),
and memory does not grow with the period. Limits are the 2.5th and 97.5th percentiles (Efron and
Tibshirani, "An introduction to the bootstrap", 1993, section 13.3). Seeded: the same rows give the
same interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earwitness.figures import share_of_voice

GROUPS = 4096
REPLICATES = 2000
LEAST_GROUPS = 10  # of fewer clusters nothing can be said
_SEED = 20_261_122
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Share:
    """A brand's part of what is said about all these brands, from 0 to 1, and its 95% interval.

    ``part`` is None where nothing was said of any; the limits are None where it stands on fewer
    than ten clusters.
    """

    brand: str
    part: float | None
    low: float | None = None
    high: float | None = None


def shares(measured: Mapping[str, NDArray[np.float64]]) -> tuple[Share, ...]:
    """Each brand's share. ``measured``: by brand, how much falls into each of the groups."""
    if not measured:
        return ()
    whole = np.stack(list(measured.values()), axis=1)  # a row a group, a column a brand
    whole = whole[whole.sum(axis=1) > 0]
    counts = {brand: float(held.sum()) for brand, held in measured.items()}
    parts = {brand: share_of_voice(counts, brand) for brand in measured}
    if len(whole) < LEAST_GROUPS:
        return tuple(Share(brand, part) for brand, part in parts.items())
    drawn = _drawn(whole)
    limits = np.percentile(drawn, (2.5, 97.5), axis=0).T.tolist()
    found = []
    # Where a brand has none or all, drawing again never shows another: of n clusters that have
    # none, up to 3 / n may have (the rule of three; Hanley and Lippman-Hand, JAMA 1983).
    unseen = 3 / len(whole)
    for (brand, part), (low, high) in zip(parts.items(), limits, strict=True):
        least = 1 - unseen if part == 1 else low
        most = unseen if part == 0 else high
        found.append(Share(brand, part, least, most))
    return tuple(found)


def _drawn(whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shares of each brand in each replicate."""
    generator = np.random.default_rng(_SEED)
    number = len(whole)
    found = []
    for _ in range(REPLICATES // _AT_ONCE):
        times = generator.multinomial(number, np.full(number, 1 / number), size=_AT_ONCE)
        sums = times @ whole
        found.append(sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-12))
    return np.concatenate(found)
