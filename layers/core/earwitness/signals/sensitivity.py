"""How readily a signal fires: the customer's choice of three."""

from __future__ import annotations

from enum import StrEnum


class Sensitivity(StrEnum):
    """Fewer alerts, a balance, or more of them."""

    FEWER = "fewer"
    BALANCED = "balanced"
    MORE = "more"
