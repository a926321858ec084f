"""What the watchlist may say of a channel, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class KindRules:
    """``options`` are the kind's own keys, each with the type of its value: str, int, bool, list.

    A list is one of words.
    """

    needs_url: bool
    options: Mapping[str, type] = field(default_factory=dict)


KINDS: Mapping[str, KindRules] = MappingProxyType(
    {
        "feed": KindRules(needs_url=True),
        "hackernews": KindRules(needs_url=False),
    }
)
