"""What an alert is told with, beside the decision to tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from earwitness.alerting.wording.history import History
from earwitness.alerting.wording.phrases import Phrases, phrases
from earwitness.model import Brand, Reply


@dataclass(frozen=True, slots=True)
class Setting:
    """The brand as the watchlist has it, and what was looked up.

    ``links`` are addresses by what they do: take, handle, mute, wrong, report; those that are
    absent are not offered. ``history`` is None where nobody looked. ``replies`` are the
    customer's own. ``may_repeat``: an earlier attempt ended without proof.
    """

    brand: Brand | None = None
    history: History | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    replies: tuple[Reply, ...] = ()
    may_repeat: bool = False
    sms: bool = False

    @property
    def phrases(self) -> Phrases:
        """The reader's language."""
        return phrases(self.brand.language if self.brand else "en")

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone."""
        return ZoneInfo(self.brand.time_zone if self.brand else "UTC")
