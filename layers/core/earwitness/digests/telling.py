"""A digest as an alert of its own kind, so that it is told like one: once, and with proof."""

from __future__ import annotations

from datetime import datetime

from earwitness.model import Alert, Brand, Digest, Event, Priority, digest
from earwitness.periods import Period


def group_id_of(brand: Brand) -> str:
    """The same for every digest of a brand: a chat shows them in one thread."""
    return digest("digest", brand.name)[:16]


def alert_id_of(brand: Brand, period: Period) -> str:
    """One for each brand, kind of period and end of it, whenever it is made."""
    length = {"hourly": 1, "daily": 2, "weekly": 3}[brand.digest_every or "daily"]
    return f"{group_id_of(brand)}-{int(period.until.timestamp())}-{length}"


def to_tell(summed: Digest, brand: Brand, period: Period, now: datetime) -> Alert:
    """The alert that carries a digest."""
    return Alert(
        alert_id=alert_id_of(brand, period),
        group_id=group_id_of(brand),
        brand=brand.name,
        role=brand.role,
        priority=Priority.NORMAL,
        kind="digest",
        channel="",
        language=brand.language,
        reasons=(),
        created_at=now,
        event=Event.DIGEST,
        digest=summed,
    )
