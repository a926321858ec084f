"""From a score to a confidence that means what it says: of those near p, about p are right."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from earwitness.model import Tier

# Set on the labelled spellings that `make quality` prints the table of: monotone, so that a
# better score is never less sure. The step at .53 is where slips begin to be right.
_SCORES = (0.0, 0.4, 0.52, 0.53, 0.8, 0.95, 1.0)
_CONFIDENCES = (0.0, 0.1, 0.4, 0.6, 0.82, 0.95, 1.0)
SURE, LIKELY = 0.95, 0.6


def confidence(score: float) -> float:
    """The share of such matches that are right, estimated on labelled data."""
    at = min(bisect_right(_SCORES, score), len(_SCORES) - 1)
    share = (score - _SCORES[at - 1]) / (_SCORES[at] - _SCORES[at - 1])
    low, high = _CONFIDENCES[at - 1], _CONFIDENCES[at]
    return round(low + share * (high - low), 3)


def tier(confidence: float) -> Tier:
    """What a confidence allows."""
    return (
        Tier.SURE if confidence >= SURE else Tier.LIKELY if confidence >= LIKELY else Tier.DOUBTFUL
    )


@lru_cache(maxsize=4096)
def graded(score: float) -> tuple[float, Tier]:
    """The confidence of a score and what it allows; most scores come again and again."""
    sure = confidence(score)
    return sure, tier(sure)
