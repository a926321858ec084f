"""From a score to a confidence that means what it says: of those near p, about p are right."""

from __future__ import annotations

import numpy as np

from earwitness.model import Tier

_SCORES = (0.0, 0.53, 0.8, 0.95, 1.0)
_CONFIDENCES = (0.0, 0.6, 0.8, 0.95, 1.0)
SURE, LIKELY = 0.95, 0.6


def confidence(score: float) -> float:
    """The share of such matches that are right, estimated on labelled data."""
    return round(float(np.interp(score, _SCORES, _CONFIDENCES)), 3)


def tier(confidence: float) -> Tier:
    """What a confidence allows."""
    return (
        Tier.SURE if confidence >= SURE else Tier.LIKELY if confidence >= LIKELY else Tier.DOUBTFUL
    )
