"""What is watched: brands and their terms, channels, and how alerts of a brand are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from earwitness.model.identity import digest
from earwitness.model.mentions import Author
from earwitness.model.words import Priority, Role, TermKind


@dataclass(frozen=True, slots=True)
class Term:
    """One way to write a brand. ``text`` is as the customer wrote it, with its @ or #."""

    text: str
    kind: TermKind = TermKind.NAME
    fuzzy: bool = True
    case_sensitive: bool = False
    require_any: tuple[str, ...] = ()
    exclude_any: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is at work, in the brand's time zone. Outside, what can wait does.

    ``days`` count from 0, Monday. ``opens`` and ``closes`` are minutes after midnight.
    """

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: int = 9 * 60
    closes: int = 18 * 60


@dataclass(frozen=True, slots=True)
class ByPriority:
    """A length of time for each priority that alerts."""

    critical: timedelta
    high: timedelta

    def of(self, priority: Priority) -> timedelta:
        """The time of a priority; what is less than high counts as high."""
        return self.critical if priority is Priority.CRITICAL else self.high


@dataclass(frozen=True, slots=True)
class Mute:
    """What is left out before anything is counted: handles or names, sites, words."""

    authors: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Sensitivity(StrEnum):
    """How readily a signal fires: fewer alerts, a balance, or more of them."""

    FEWER = "fewer"
    BALANCED = "balanced"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Alerting:
    """How a brand's alerts behave. The defaults are in force where nothing is written.

    ``escalation`` is how many levels an unanswered alert climbs, each after another
    ``respond_within``. ``daily_cap``: alerts a day after which the rest fold into one; criticals
    never do.
    """

    hours: Hours | None = None  # None: nothing waits for the morning
    respond_within: ByPriority = ByPriority(timedelta(minutes=15), timedelta(minutes=60))
    group_wait: ByPriority = ByPriority(timedelta(seconds=60), timedelta(minutes=10))
    vip_authors: tuple[str, ...] = ()
    mute: Mute = Mute()
    daily_cap: int = 50
    escalation: int = 1
    spikes: Sensitivity = Sensitivity.BALANCED  # of volume


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand watched: ours or a competitor's. ``time_zone`` is an IANA name."""

    name: str
    role: Role
    terms: tuple[Term, ...]
    time_zone: str = "UTC"
    language: str = "en"  # ISO 639-1: the language its alerts are written in
    alerting: Alerting = Alerting()  # the watchlist's, with what the brand says otherwise
    digest: str | None = None  # hourly, daily, weekly, never; None: daily if ours, else never

    @property
    def digest_every(self) -> str | None:
        """How often the brand has a digest; None: never. Ours tell of competitors, too."""
        every = self.digest or ("daily" if self.role is Role.OWN else "never")
        return None if every == "never" else every


@dataclass(frozen=True, slots=True)
class Channel:
    """One place polled. ``options`` are those of its kind, validated with the watchlist.

    ``every_for`` is how often it is polled while it brings something; where it does not, the
    interval grows up to ``at_least_every_for`` (None: it stays).
    ``queries`` are built from the watchlist's terms for kinds that search; empty for kinds that
    list whatever their address offers. ``credentials`` are what the secret named in the options
    holds: filled in by the function that polls, never written down, left out of every repr.
    ``read_since`` asks a poll to read from there on anew, whatever its cursor says.
    """

    name: str
    kind: str
    every_for: timedelta
    url: str | None = None
    queries: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict, hash=False)
    credentials: Mapping[str, str] = field(
        default_factory=dict, repr=False, hash=False, compare=False
    )
    at_least_every_for: timedelta | None = None
    read_since: datetime | None = None

    @property
    def channel_id(self) -> str:
        """Stable for as long as the name is: state of a channel survives a new address."""
        return digest("channel", self.name)[:16]


@dataclass(frozen=True, slots=True)
class Reply:
    """A saved reply of the customer's own. None does not narrow what it is for.

    ``intent`` is an Intent, or "status": the text for an incident. ``channel`` is a kind of
    channel. ``text`` may hold {name} and {brand}.
    """

    text: str
    intent: str
    language: str | None = None
    channel: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose accounts on several channels the customer knows to be one's."""

    name: str
    accounts: tuple[tuple[str, str], ...]  # kind of channel and handle without @


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Everything the customer configures. ``version`` is the digest of its source text."""

    brands: tuple[Brand, ...]
    channels: tuple[Channel, ...]
    version: str
    alerting: Alerting = Alerting()  # of what concerns no brand of its own, and of all together
    replies: tuple[Reply, ...] = ()
    people: tuple[Person, ...] = ()

    def brand(self, name: str) -> Brand | None:
        """The brand of that name, or None when the watchlist has dropped it."""
        return next((brand for brand in self.brands if brand.name == name), None)

    def other_accounts(self, kind: str, author: Author) -> tuple[tuple[str, str], ...]:
        """The further accounts of an author whom ``people`` knows: kind of channel and handle."""
        mine = (kind, (author.handle or "").casefold())
        for person in self.people:
            known = [(k, handle.casefold()) for k, handle in person.accounts]
            if mine in known:
                pairs = zip(person.accounts, known, strict=True)
                return tuple(account for account, one in pairs if one != mine)
        return ()

    def channel(self, channel_id: str) -> Channel | None:
        """The channel of that id, or None when the watchlist has dropped it."""
        return next((c for c in self.channels if c.channel_id == channel_id), None)
