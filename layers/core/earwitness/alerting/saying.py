"""From a decision to speak to the alert, and what the group is then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from earwitness.alerting.escalation import respond_by
from earwitness.alerting.grouping import velocity_at
from earwitness.alerting.review import Situation, Speak, last_event
from earwitness.model import Alert, Event, Group, Mention, Priority, Reason

_TURNS = (Priority.CRITICAL, Priority.HIGH, Priority.NORMAL)


def turn(alert: Alert) -> tuple[int, float]:
    """Sorts alerts that are due together: the most urgent first, then the newest post.

    So what goes on now is not told behind a backlog.
    """
    at = (alert.mention and alert.mention.post.published_at) or alert.created_at
    return _TURNS.index(alert.priority), -at.timestamp()


def say(group: Group, speak: Speak, situation: Situation) -> tuple[Alert, Group]:
    """The alert that is due, and the group as it is once that is taken on.

    The same group and event give the same ``alert_id``, whenever it is decided: what a crash
    repeats finds the notification that exists. Window and sequence are part of it, so that an
    update is never taken for what was said before.
    """
    now = situation.now
    sequence = group.sequence + 1
    level = group.level + (speak.event is Event.ESCALATED)
    by = respond_by(group, group.priority, now, situation.alerting)
    over = speak.event is last_event(group)
    alert = Alert(
        alert_id=f"{group.group_id}-{group.window}-{sequence}",
        group_id=group.group_id,
        brand=group.brand,
        role=group.role,
        priority=group.priority,
        kind=group.kind,
        channel=_channel(group),
        language=group.mention.judgement.language if group.mention else "",
        reasons=(*_why(group), *_event_reason(group, speak)),
        created_at=now,
        event=speak.event,
        sequence=sequence,
        level=level,
        mention=group.mention,
        incident=group.incident,
        darkness=group.darkness,
        posts=max(1, group.posts.count),
        authors=max(1, group.authors.count),
        since=group.opened_at,
        respond_by_at=None if over else by,
    )
    return alert, _said(group, alert, by, now, over=over)


def _said(group: Group, alert: Alert, by: datetime | None, now: datetime, *, over: bool) -> Group:
    return replace(
        group,
        sequence=alert.sequence,
        level=alert.level,
        said_at=now,
        said_authors=group.authors.count,
        said_priority=alert.priority,
        said_velocity_at=velocity_at(group.mention),
        first_said_at=group.first_said_at or now,
        respond_by_at=by,
        ended_at=now if over else None,
    )


def _channel(group: Group) -> str:
    if group.mention is not None:
        return group.mention.post.channel
    return group.darkness.channel if group.darkness is not None else ""


def _why(group: Group) -> tuple[Reason, ...]:
    if group.mention is not None:
        spiked = (group.volume.reason,) if group.volume is not None else ()
        return (*spiked, *group.mention.judgement.reasons, *_matched(group.mention))
    if group.incident is not None:
        return (group.incident.reason,)
    assert group.darkness is not None  # noqa: S101 - a group is about one of the three
    return (Reason(f"channel_{group.darkness.health}", (group.darkness.reason,)),)


def _event_reason(group: Group, speak: Speak) -> tuple[Reason, ...]:
    """Why it is said now, where that is not that it is new."""
    match speak.event:
        case Event.GROWN if speak.reason == "spreads":
            return ()  # the judgement's reasons begin with it
        case Event.GROWN | Event.INCIDENT_UPDATED:
            now, before = group.authors.count, group.said_authors
            rose = group.priority is Priority.CRITICAL is not group.said_priority
            name = "more_urgent" if rose else "grown"
            return (Reason(name, (f"{now} authors, {before} when it was said last",)),)
        case Event.REPEATED | Event.ESCALATED:
            return (Reason("nobody_has_taken_it", (f"said {group.sequence} time(s)",)),)
    return (Reason("vip_author"),) if group.vip else ()


def _matched(mention: Mention) -> tuple[Reason, ...]:
    """What was read as the brand, said once per spelling."""
    seen: dict[str, Reason] = {}
    for match in mention.matches:
        how = match.kind if match.edits == 0 else f"{match.kind}, {match.edits} edit(s)"
        seen.setdefault(
            match.surface,
            Reason("matched", (match.surface, f"{how}, confidence {match.confidence:.2f}")),
        )
    return tuple(seen.values())
