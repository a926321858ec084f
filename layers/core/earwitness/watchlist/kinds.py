"""What the watchlist may say of a channel, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol


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
    def options(self) -> Mapping[str, str]:
        """The kind's own keys, each with a sentence about it."""
        ...


@dataclass(frozen=True, slots=True)
class _Kind:
    default_every: timedelta
    needs_url: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


_SINCE = "how far back the first poll reads, as 90m, 24h or 7d (default 24h)"

KINDS: Mapping[str, KindRules] = MappingProxyType(
    {
        "feed": _Kind(timedelta(minutes=10), needs_url=True, options={"since": _SINCE}),
        "hackernews": _Kind(
            timedelta(minutes=2),
            options={"since": _SINCE, "read": "all (default) or terms: what the search finds"},
        ),
    }
)
