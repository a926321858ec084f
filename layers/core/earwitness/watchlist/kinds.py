"""What a watchlist needs to know of a kind of channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol


class OptionRules(Protocol):
    """One of a kind's own keys."""

    @property
    def check(self) -> Callable[[object], object]:
        """Raises ValueError, in words, for a value that the kind cannot use."""
        ...


class KindRules(Protocol):
    """The part of a row of the table of kinds that a watchlist is checked against."""

    @property
    def default_every(self) -> timedelta:
        """How often a channel of this kind is polled unless the watchlist says."""
        ...

    @property
    def needs_url(self) -> bool:
        """Whether there is no polling without an address."""
        ...

    @property
    def options(self) -> Mapping[str, OptionRules]:
        """The kind's own keys."""
        ...
