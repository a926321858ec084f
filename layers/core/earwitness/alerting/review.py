"""What becomes of a group now: it speaks, waits or rests. The order of the rules, in one place.

Like Alertmanager's pipeline, each stage is a pure decision with a named reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from earwitness.alerting.admission import STALE_AFTER_FOR, waits_for_nobody
from earwitness.alerting.escalation import escalates_at, is_answered
from earwitness.alerting.grouping import is_over, over_at, velocity_at
from earwitness.alerting.hours import opening
from earwitness.alerting.inhibition import is_inhibited, is_inside
from earwitness.alerting.silences import covering
from earwitness.model import Alerting, Event, Group, Incident, Post, Priority, Role, Silence

INTERVAL_FOR = timedelta(minutes=15)  # a group that has grown speaks again after this at soonest
REPEAT_FOR = timedelta(hours=4)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Of a critical's wait, so much may have passed between its publication and its poll: the steps from
# there to its alert take a few seconds, and an alert is late at a minute after the poll.
HEAD_START_FOR = timedelta(seconds=15)
GROWTH = 2  # times as many authors as when it was said last


@dataclass(frozen=True, slots=True)
class Situation:
    """What is so around a group. ``incident`` is the brand's open one."""

    now: datetime
    alerting: Alerting = field(default_factory=Alerting)
    time_zone: str = "UTC"
    incident: Incident | None = None
    silences: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class Speak:
    """An alert is due. ``since`` is from when it was."""

    event: Event
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is said before ``until``, when it is looked at again."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more is said in this window of the group."""

    reason: str


Decision = Speak | Wait | Rest


def review(group: Group, situation: Situation) -> Decision:
    """Decide what becomes of a group.

    Reasons of waits: silenced, inhibited, group_wait, interval, unanswered, unrepeated,
    out_of_hours, closed, more_urgent, said. Of rests: ended, in_incident, silenced, over,
    closed_unsaid.
    """
    held = (stage(group, situation) for stage in _STAGES)
    return next((decision for decision in held if decision is not None), None) or _next(
        group, situation
    )


def _ended(group: Group, _: Situation) -> Decision | None:
    return Rest("ended") if group.ended_at is not None else None


def _in_incident(group: Group, situation: Situation) -> Decision | None:
    incident = situation.incident
    return Rest("in_incident") if incident and is_inside(incident, group) else None


def _silenced(group: Group, situation: Situation) -> Decision | None:
    """What was said goes on when the silence ends; what was not is as quiet as what comes later."""
    silence = covering(group, situation.silences, situation.now)
    if silence is None:
        return None
    return Wait(silence.expires_at, "silenced") if group.said_at else Rest("silenced")


def _inhibited(group: Group, situation: Situation) -> Decision | None:
    incident = situation.incident
    if incident is None or not is_inhibited(incident, group):
        return None
    return Wait(situation.now + INTERVAL_FOR, "inhibited")


def _over(group: Group, situation: Situation) -> Decision | None:
    return Rest("over") if group.mention is not None and is_over(group, situation.now) else None


def _closed_unsaid(group: Group, _: Situation) -> Decision | None:
    """What is over before anybody was told needs no end told."""
    closed = group.incident and group.incident.closed_at
    back = group.darkness and group.darkness.back_at
    return Rest("closed_unsaid") if (closed or back) and group.said_at is None else None


_STAGES: tuple[Callable[[Group, Situation], Decision | None], ...] = (
    _ended,
    _in_incident,
    _silenced,
    _inhibited,
    _over,
    _closed_unsaid,
)


def _next(group: Group, situation: Situation) -> Decision:
    """The first of what a group still has to say, at its time."""
    now = situation.now
    at, event, reason = min(_to_come(group, situation), default=(None, None, ""))
    if at is None or event is None:
        return Wait(over_at(group), "said")
    if can_wait(group, event) and situation.alerting.hours:
        opens = opening(situation.alerting.hours, max(at, now), situation.time_zone)
        at, reason = (opens, "out_of_hours") if opens > max(at, now) else (at, reason)
    return Speak(event, reason, at) if at <= now else Wait(at, reason)


def _to_come(group: Group, situation: Situation) -> Iterator[tuple[datetime, Event, str]]:
    alerting = situation.alerting
    if group.said_at is None or group.said_priority is None:
        yield first_at(group, alerting), first_event(group), "group_wait"
        return
    if (group.incident and group.incident.closed_at) or (group.darkness and group.darkness.back_at):
        yield group.said_at, last_event(group), "closed"
        return
    grown = Event.INCIDENT_UPDATED if group.incident else Event.GROWN
    if group.priority is Priority.CRITICAL and group.said_priority is not Priority.CRITICAL:
        rose_at = group.urgent_since or group.opened_at
        yield rose_at + alerting.group_wait.critical, grown, "more_urgent"
    elif group.authors.count >= GROWTH * max(1, group.said_authors):
        yield group.said_at + INTERVAL_FOR, grown, "interval"
    elif (at := velocity_at(group.mention)) and at > (group.said_velocity_at or _LONG_AGO):
        yield max(group.said_at + INTERVAL_FOR, at), grown, "spreads"
    if (escalates := escalates_at(group, alerting)) is not None:
        yield escalates, Event.ESCALATED, "unanswered"
    repeats_at = group.said_at + REPEAT_FOR
    if not is_answered(group) and group.role is Role.OWN and repeats_at <= repeats_until(group):
        yield repeats_at, Event.REPEATED, "unrepeated"


def repeats_until(group: Group) -> datetime:
    """When what nobody takes is no longer repeated: a day after its last post it pages nobody."""
    return (group.last_post_at or group.opened_at) + STALE_AFTER_FOR


def first_at(group: Group, alerting: Alerting) -> datetime:
    """When a group is said first: critical ones wait for a minute, and never for less urgent.

    What nothing can join waits for nothing.
    """
    if group.mention is None or group.volume is not None:
        return group.opened_at
    wait = alerting.group_wait
    since = group.urgent_since or group.opened_at
    slow = group.opened_at + max(wait.high, wait.critical)
    if group.priority is not Priority.CRITICAL:
        return min(slow, since + wait.of(group.priority))
    return min(slow, since + max(timedelta(), wait.critical - _head_start_for(group.mention.post)))


def _head_start_for(post: Post) -> timedelta:
    """How long a post had waited already when it was fetched, as far as that counts."""
    if post.published_at is None or post.fetched_at is None or post.dated_by_us:
        return timedelta()
    return min(HEAD_START_FOR, max(timedelta(), post.fetched_at - post.published_at))


def first_event(group: Group) -> Event:
    """What the first alert of a group is called."""
    if group.incident is not None:
        return Event.INCIDENT_OPENED
    return Event.CHANNEL_DARK if group.darkness is not None else Event.OPENED


def last_event(group: Group) -> Event:
    """What the last alert of an incident or a dark channel is called."""
    return Event.INCIDENT_CLOSED if group.incident is not None else Event.CHANNEL_BACK


def can_wait(group: Group, event: Event) -> bool:
    """Whether an alert can wait for business hours: whatever nobody must act on now.

    Competitors, channels, what is repeated unless critical, the end of an incident, and what is
    said only because a VIP wrote it.
    """
    if group.role is Role.COMPETITOR or group.darkness is not None:
        return True
    if event is Event.INCIDENT_CLOSED:
        return True
    if event is Event.REPEATED:
        return group.priority is not Priority.CRITICAL
    return group.vip and group.mention is not None and waits_for_nobody(group.mention)
