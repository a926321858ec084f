"""What is told: alerts, what folds into one, digests, and their delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from earwitness.model.groups import Darkness, Event, Incident
from earwitness.model.mentions import Mention, Reason
from earwitness.model.words import Health, Priority, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a digest's list. ``number`` is its reach, ``said`` free of personal data."""

    said: str
    url: str
    channel: str
    at: datetime
    by: str = ""  # the author
    number: int = 0
    mention_id: str = ""


@dataclass(frozen=True, slots=True)
class BrandCount:
    """Mentions of one brand in a period, and in the one before it. Doubtful ones do not count."""

    brand: str
    role: Role
    mentions: int = 0
    before: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    negative_before: int = 0


@dataclass(frozen=True, slots=True)
class ChannelGap:
    """Hours of a period in which a channel answered no poll, of those in which it was polled."""

    channel: str
    dark_hours: int
    hours: int
    health: Health | None = None  # now
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """How fast people were: ``name`` is a priority, a channel or a person. Times in seconds.

    ``first_response`` and ``handled`` are medians, ``slow`` is the 90th percentile of first
    responses. ``clocked`` alerts had a time to be answered by; ``late`` ones missed it.
    """

    name: str
    alerts: int
    taken: int
    late: int
    first_response: float | None = None
    handled: float | None = None
    slow: float | None = None
    clocked: int = 0

    @property
    def within(self) -> float | None:
        """The share of those with a clock that were taken within it; None: none had one."""
        return 1 - self.late / self.clocked if self.clocked else None


@dataclass(frozen=True, slots=True)
class Digest:
    """What a period came to for a brand. ``counts`` are of the brand itself, then competitors.

    ``hours`` are mentions by hour of the day in the brand's zone. ``complete``: False where there
    was more than could be counted.
    """

    brand: str
    every: str  # hourly, daily, weekly
    since: datetime
    until: datetime
    counts: tuple[BrandCount, ...]
    hours: tuple[int, ...] = ()
    stories: tuple[Entry, ...] = ()
    rival_stories: tuple[Entry, ...] = ()  # of each competitor the one with most reach
    unanswered: tuple[Entry, ...] = ()  # the first that are due
    unanswered_count: int = 0
    overdue: int = 0
    new_authors: tuple[Entry, ...] = ()
    doubtful: tuple[Entry, ...] = ()
    gaps: tuple[ChannelGap, ...] = ()
    by_priority: tuple[ResponseTime, ...] = ()
    by_channel: tuple[ResponseTime, ...] = ()
    by_person: tuple[ResponseTime, ...] = ()
    corrected: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Folded:
    """What an alert that folded into one with others would have said, in short."""

    brand: str
    kind: str
    channel: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing said to people about a group.

    It is about exactly one of ``mention``, ``incident``, ``darkness`` and ``digest``, or it is
    what was ``folded``. ``group_id`` is the dedup key and what people acknowledge; ``alert_id``
    adds window and sequence, so that an update is no duplicate of what was said before (and a
    repeat of an unproven publish is one). ``level``: 0, or how far it has escalated.
    ``respond_by_at`` is when someone should have answered; None: nobody needs to.
    """

    alert_id: str
    group_id: str
    brand: str  # "" for what concerns no brand
    role: Role
    priority: Priority
    kind: str  # the intent; "incident"; "channel"; "spike"; "folded"
    channel: str
    language: str
    reasons: tuple[Reason, ...]
    created_at: datetime
    event: Event = Event.OPENED
    sequence: int = 1
    level: int = 0
    mention: Mention | None = None
    incident: Incident | None = None
    darkness: Darkness | None = None
    folded: tuple[Folded, ...] = ()  # at most 20
    folded_count: int = 0  # of all
    folded_groups: tuple[str, ...] = ()  # whose alerts they were: who takes this takes them
    digest: Digest | None = None
    posts: int = 1
    authors: int = 1
    since: datetime | None = None  # when the group's first post was seen
    respond_by_at: datetime | None = None


class NotificationState(StrEnum):
    """How far a notification is."""

    PENDING = "pending"
    SENDING = "sending"  # claimed: until the claim ends, nobody else sends it
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Notification:
    """The obligation to say one Alert once: kept before the alert is sent, proved after.

    ``attempts`` counts claims. ``message_id`` is what the receiving service answered.
    """

    alert: Alert
    due_at: datetime
    state: NotificationState = NotificationState.PENDING
    attempts: int = 0
    claimed_until: datetime | None = None
    message_id: str | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether an earlier attempt ended without proof: people may have been told already."""
        return self.attempts > 1
