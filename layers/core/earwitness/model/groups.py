"""What is said together: groups, incidents, dark channels, and how they were answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from earwitness.model.identity import digest
from earwitness.model.mentions import Mention, Reason, Signal
from earwitness.model.words import Health, Priority, Role


class Event(StrEnum):
    """What has happened to a group that is worth saying."""

    OPENED = "opened"  # the first that is said of a story or class
    GROWN = "grown"  # twice as many authors as when it was said last, or more urgent
    REPEATED = "repeated"  # nobody has acknowledged it
    ESCALATED = (
        "escalated"  # nobody has acknowledged it by its due time: ``Alert.level`` says how far
    )
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_UPDATED = "incident_updated"
    INCIDENT_CLOSED = "incident_closed"
    CHANNEL_DARK = "channel_dark"
    CHANNEL_BACK = "channel_back"
    DIGEST = "digest"
    FOLDED = "folded"  # what was over the cap, in one


@dataclass(frozen=True, slots=True)
class Tally:
    """How many distinct names were counted, each however often: exact up to 256.

    Above, a sample: only names whose hash is below ``share`` of all hashes are held, and the
    count is theirs divided by it (Gibbons 2001, "Distinct sampling"), with a standard error of
    6 to 9%.
    """

    hashes: tuple[int, ...] = ()
    share: float = 1.0

    def counted(self, name: str) -> Tally:
        """With one more name; the same when it was counted before."""
        hashes, share = {*self.hashes, int(digest("tally", name)[:8], 16)}, self.share
        while len(kept := [one for one in hashes if one < share * 2**32]) > 256:
            share /= 2
        return Tally(tuple(sorted(kept)), share)

    @property
    def count(self) -> int:
        """How many."""
        return round(len(self.hashes) / self.share)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody says that they have taken something, or dealt with it."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An open stretch in which many customers of a brand are hit.

    ``kinds`` are the intents of the posts inside it; they are counted and not alerted one by
    one. Counts are those of ``measured_at``. ``fastest`` is the post with most interactions
    for its age.
    """

    brand: str
    role: Role
    kinds: tuple[str, ...]
    opened_at: datetime
    opened_by: str  # "reports", or the name of the person who opened it
    reason: Reason
    measured_at: datetime
    posts: int = 0
    authors: int = 0
    channels: tuple[tuple[str, int], ...] = ()  # name and posts, the most first
    languages: tuple[tuple[str, int], ...] = ()
    first: Mention | None = None
    fastest: Mention | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None  # "quiet", or a person


@dataclass(frozen=True, slots=True)
class Darkness:
    """A channel that brings nothing, since when, and until when it did not."""

    channel_id: str
    channel: str
    kind: str
    health: Health
    reason: str
    since: datetime
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What is said together and answered together: the posts of one story or class of a brand.

    It is about exactly one of ``mention`` (its first post), ``incident`` and ``darkness``; one of
    ``volume`` is about what the mention is an example of. ``group_id`` is the dedup key: a digest
    of brand, class, story and rule version, never of time, score or address; of a volume, of its
    signal. ``window`` (epoch seconds of its opening) tells apart the stretches of one group;
    ``sequence`` counts what was said in this one. ``version`` is of the item kept.
    """

    group_id: str
    brand: str  # "" for what concerns no brand
    role: Role
    kind: str  # the intent; "incident"; "channel"; "spike"
    priority: Priority
    opened_at: datetime
    due_at: datetime | None  # when it is reviewed next; None: it rests until something comes
    mention: Mention | None = None
    incident: Incident | None = None
    darkness: Darkness | None = None
    volume: Signal | None = None
    story_id: str = ""
    vip: bool = False
    posts: Tally = Tally()
    authors: Tally = Tally()
    last_post_at: datetime | None = None
    urgent_since: datetime | None = None  # when it became as urgent as it is
    sequence: int = 0
    level: int = 0  # escalated so far
    said_at: datetime | None = None
    said_authors: int = 0
    said_priority: Priority | None = None
    said_velocity_at: datetime | None = None  # when the spread that it told of was measured
    first_said_at: datetime | None = None
    respond_by_at: datetime | None = None
    acknowledged: Acknowledgement | None = None
    handled: Acknowledgement | None = None
    ended_at: datetime | None = None  # what comes later opens another window
    folded: bool = False  # its last alert was said with others in one
    version: int = 0

    @property
    def window(self) -> int:
        """Epoch seconds of the opening."""
        return int(self.opened_at.timestamp())


@dataclass(frozen=True, slots=True)
class Response:
    """How long a group waited for people: kept per brand, channel, priority and person.

    ``said_at`` is when its first alert was decided.
    """

    group_id: str
    window: int
    brand: str
    channel: str
    kind: str
    priority: Priority
    said_at: datetime
    respond_by_at: datetime | None = None
    acknowledged: Acknowledgement | None = None
    handled: Acknowledgement | None = None
