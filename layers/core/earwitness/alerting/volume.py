"""A volume spike: a group for each time it fires, shown by the mention that tells most."""

from __future__ import annotations

from datetime import datetime

from earwitness.alerting.grouping import RULE_VERSION
from earwitness.model import Group, Mention, Priority, Signal, digest

KIND = "spike"


def group_id_of(signal: Signal) -> str:
    """The signal decides when it speaks again (cooldown, doubling, settled), so it is the key."""
    parts = (signal.subject, signal.at.isoformat(), f"{signal.observed:g}")
    return digest(KIND, *parts, RULE_VERSION)[:16]


def opened(signal: Signal, example: Mention, now: datetime) -> Group:
    """The group of a volume signal that fired: high, or critical as its example is.

    It opens with the hour that was measured, so that it is the same whenever it is taken up.
    """
    critical = example.judgement.priority is Priority.CRITICAL
    return Group(
        group_id=group_id_of(signal),
        brand=signal.subject,
        role=example.role,
        kind=KIND,
        priority=Priority.CRITICAL if critical else Priority.HIGH,
        opened_at=signal.at,
        urgent_since=now,
        due_at=now,
        mention=example,
        volume=signal,
        last_post_at=now,
    )
