"""What an open incident keeps quiet: what is inside it, and what can wait for it to end."""

from __future__ import annotations

from datetime import datetime

from earwitness.model import Group, Incident, Priority


def is_inside(incident: Incident, group: Group) -> bool:
    """Whether a group's posts are the incident's own: counted, and never answered one by one.

    A VIP is answered one by one.
    """
    return (
        group.mention is not None
        and not group.vip
        and group.brand == incident.brand
        and group.kind in incident.kinds
    )


def is_inhibited(incident: Incident, group: Group) -> bool:
    """Whether a group of the brand waits for the incident to close.

    Criticals on another story do not wait, nor do VIPs, nor the incident itself.
    """
    return (
        group.mention is not None
        and not group.vip
        and group.brand == incident.brand
        and group.priority is not Priority.CRITICAL
        and not is_inside(incident, group)
    )


def has_waited(group: Group, closed_at: datetime | None) -> bool:
    """Whether a group was kept quiet by an incident that closed since; its first alert is due."""
    return (
        closed_at is not None
        and group.mention is not None
        and not group.vip
        and group.said_at is None
        and (group.urgent_since or group.opened_at) < closed_at
    )
