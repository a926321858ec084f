"""A volume spike as an alert: one for each time it fires, shown by the mention that tells most."""

from __future__ import annotations

from datetime import datetime, timedelta

from earwitness.model import Alert, Mention, Priority, Signal, digest

RULE_VERSION = "1"
RESPOND_WITHIN_FOR = {
    Priority.CRITICAL: timedelta(minutes=15),
    Priority.HIGH: timedelta(minutes=60),
}


def spiked(signal: Signal, example: Mention, now: datetime) -> Alert:
    """The alert of a volume signal that fired: high, or critical as its example is.

    The signal decides when it speaks again (cooldown, doubling, settled), so its own identity is
    the dedup key.
    """
    critical = example.judgement.priority is Priority.CRITICAL
    priority = Priority.CRITICAL if critical else Priority.HIGH
    parts = (signal.subject, signal.at.isoformat(), f"{signal.observed:g}")
    return Alert(
        alert_id=digest("volume", *parts, RULE_VERSION)[:32],
        brand=signal.subject,
        role=example.role,
        priority=priority,
        kind="volume",
        channel=example.post.channel,
        language=example.judgement.language,
        reasons=(signal.reason, *example.judgement.reasons),
        mention=example,
        respond_by_at=now + RESPOND_WITHIN_FOR[priority],
        created_at=now,
    )
