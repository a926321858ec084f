"""The response clock: by when somebody must have taken an alert, and what happens if nobody has."""

from __future__ import annotations

from datetime import datetime

from earwitness.alerting.admission import waits_for_nobody
from earwitness.model import Alerting, Group, Priority, Role


def is_answered(group: Group) -> bool:
    """Whether somebody has taken it or dealt with it."""
    return group.acknowledged is not None or group.handled is not None


def expects_an_answer(group: Group) -> bool:
    """Whether the clock runs: not for competitors, channels, nor a VIP's kind words."""
    if group.role is not Role.OWN or group.darkness is not None:
        return False
    return not group.vip or group.mention is None or not waits_for_nobody(group.mention)


def respond_by(
    group: Group, priority: Priority, now: datetime, alerting: Alerting
) -> datetime | None:
    """When a group said now must be answered; what was promised before stays if it is sooner.

    Nights and weekends are no excuse.
    """
    if not expects_an_answer(group):
        return None
    by = now + alerting.respond_within.of(priority)
    return by if group.respond_by_at is None else min(by, group.respond_by_at)


def escalates_at(group: Group, alerting: Alerting) -> datetime | None:
    """When a group climbs to its next level, once each; None: it does not."""
    if (
        group.respond_by_at is None
        or group.said_priority is None
        or is_answered(group)
        or group.level >= alerting.escalation
    ):
        return None
    return group.respond_by_at + group.level * alerting.respond_within.of(group.said_priority)
