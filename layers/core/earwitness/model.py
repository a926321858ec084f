"""Every noun of the vocabulary, as a frozen, slotted dataclass. Imports nothing of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """Whose brand it is."""

    OWN = "own"
    COMPETITOR = "competitor"


class TermKind(StrEnum):
    """What a term is: decided by its first character or, for a domain, by its form."""

    NAME = "name"
    HANDLE = "handle"
    HASHTAG = "hashtag"
    DOMAIN = "domain"


class Priority(StrEnum):
    """How soon someone must look."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"


class Sentiment(StrEnum):
    """What the author feels about the brand."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Intent(StrEnum):
    """Why the author wrote, from the most to the least urgent."""

    SAFETY = "safety"  # danger, legal threat, leak of data
    OUTAGE = "outage"  # many customers are hit
    URGENT = "urgent"  # asks for help now
    CHURN = "churn"  # threatens to leave
    COMPLAINT = "complaint"
    SUPPORT = "support"  # a technical or account question
    QUESTION = "question"
    PRAISE = "praise"
    REFERENCE = "reference"  # news, passing mention


class Tier(StrEnum):
    """What a match's confidence allows: sure alerts; likely alerts; doubtful is for review."""

    SURE = "sure"  # confidence >= 0.95
    LIKELY = "likely"  # confidence >= 0.6
    DOUBTFUL = "doubtful"  # kept, never alerts


class Health(StrEnum):
    """The state of a channel after a poll. An error is never an empty list."""

    OK = "ok"  # answered and parsed, even with no posts
    DEAD = "dead"  # will not mend itself: refused, gone, blocked, no credentials
    TRANSIENT = "transient"  # try later: rate limit, server error, time-out, malformed


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
class Brand:
    """A brand watched: ours or a competitor's. ``time_zone`` is an IANA name."""

    name: str
    role: Role
    terms: tuple[Term, ...]
    time_zone: str = "UTC"
    language: str = "en"  # ISO 639-1: the language its alerts are written in


@dataclass(frozen=True, slots=True)
class Channel:
    """One place polled. ``options`` are those of its kind, validated with the watchlist.

    ``queries`` are built from the watchlist's terms for kinds that search; empty for kinds that
    list whatever their address offers. ``credentials`` are what the secret named in the options
    holds: filled in by the function that polls, never written down, left out of every repr.
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

    @property
    def channel_id(self) -> str:
        """Stable for as long as the name is: state of a channel survives a new address."""
        return digest("channel", self.name)[:16]


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Everything the customer configures. ``version`` is the digest of its source text."""

    brands: tuple[Brand, ...]
    channels: tuple[Channel, ...]
    version: str

    def brand(self, name: str) -> Brand | None:
        """The brand of that name, or None when the watchlist has dropped it."""
        return next((brand for brand in self.brands if brand.name == name), None)

    def channel(self, channel_id: str) -> Channel | None:
        """The channel of that id, or None when the watchlist has dropped it."""
        return next((c for c in self.channels if c.channel_id == channel_id), None)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post. ``handle`` is what the channel shows, without @."""

    name: str | None = None
    handle: str | None = None
    followers: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """Counts as read from the channel at the time of the poll; None: not offered."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One public item, normalised.

    ``source_id`` is unique within ``scope`` of its ``kind``: the scope of a feed is its channel,
    since feeds number their items alike; a network's ids are unique as they are (scope "").
    ``published_at`` is None when undated; ``dated_by_us`` says that the source's date was absent
    or impossible and ``published_at`` is the time we fetched it.
    """

    kind: str
    source_id: str
    text: str
    scope: str = ""
    channel: str = ""  # the channel's name in the watchlist
    title: str | None = None
    url: str | None = None
    language: str | None = None  # BCP 47 as the channel declares it
    author: Author = Author()
    published_at: datetime | None = None
    dated_by_us: bool = False
    edited_at: datetime | None = None
    fetched_at: datetime | None = None
    engagement: Engagement = Engagement()

    @property
    def post_id(self) -> str:
        """Excludes every date: a re-dated post is the same post."""
        return digest("post", self.kind, self.scope, self.source_id)[:32]


@dataclass(frozen=True, slots=True)
class Match:
    """A term at a span of a post. Offsets count code points of the field's original text."""

    brand: str
    term: str
    surface: str
    start: int
    end: int
    edits: int
    kind: str  # exact, handle, hashtag, domain, spacing, inflection, transliteration, ...
    confidence: float
    tier: Tier
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: the rule's name and what set it off (words or numbers)."""

    name: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """How soon someone must look, and why. ``reader`` says who judged: rules, comprehend, ..."""

    language: str
    sentiment: Sentiment
    intent: Intent
    priority: Priority
    reasons: tuple[Reason, ...] = ()
    reader: str = "rules"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of a judgement; None: nothing, the same value: that it was right.

    ``judged`` is what was corrected, its reasons without the post's words.
    """

    mention_id: str
    brand: str
    at: datetime
    judged: Judgement
    language: str | None = None
    sentiment: Sentiment | None = None
    intent: Intent | None = None
    priority: Priority | None = None

    @property
    def agrees(self) -> bool:
        """Whether all that the person spoke of was right."""
        said = (self.language, self.sentiment, self.intent, self.priority)
        judged = self.judged
        held = (judged.language, judged.sentiment, judged.intent, judged.priority)
        return all(one is None or one == other for one, other in zip(said, held, strict=True))


@dataclass(frozen=True, slots=True)
class Mention:
    """A post about a brand. ``velocity`` is the last signal of the post's spread that fired."""

    brand: str
    role: Role
    post: Post
    matches: tuple[Match, ...]
    judgement: Judgement
    version: int = 1  # grows with every edit and new engagement kept
    velocity: Signal | None = None

    @property
    def mention_id(self) -> str:
        """One per brand and post, whatever its dates, edits and the number of times offered."""
        return Mention.id_of(self.brand, self.post.post_id)

    @staticmethod
    def id_of(brand: str, post_id: str) -> str:
        """The id that a mention of ``brand`` in that post has."""
        return digest("mention", "v1", brand, post_id)[:32]

    @property
    def tier(self) -> Tier:
        """The best tier among its matches."""
        order = (Tier.SURE, Tier.LIKELY, Tier.DOUBTFUL)
        return min((match.tier for match in self.matches), key=order.index)


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll of a channel brought. ``reason`` names why health is not ok.

    ``next_poll_at`` is the latest of all limits known; None: the channel's own interval rules.
    ``more``: the page limit was reached, poll on at once.
    """

    posts: tuple[Post, ...]
    cursor: str | None
    health: Health
    reason: str = ""
    next_poll_at: datetime | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What reading known posts again brought.

    ``posts`` are as they are now; ``gone`` are the ids of those that the source says do not exist
    any more: silence about a post is not enough. Of posts in neither nothing was learned.
    ``front_page``: ids of posts that the source shows to everyone.
    """

    posts: tuple[Post, ...] = ()
    gone: tuple[str, ...] = ()
    front_page: tuple[str, ...] = ()
    health: Health = Health.OK
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is known of a channel between polls."""

    channel_id: str
    health: Health | None = None  # None: never polled
    reason: str = ""
    cursor: str | None = None
    first_seen_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    next_poll_at: datetime | None = None
    not_ok_in_a_row: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """A measured deviation: of volume (``subject`` is a brand) or of velocity (a post_id).

    ``fired`` says that it is worth an alert; ``reason`` names the outcome either way, with its
    numbers in words. ``observed``, ``expected`` and ``threshold`` share one unit: stories per
    hour for volume, interactions for velocity. ``numbers`` are the terms of the formula by name.
    """

    kind: str  # volume, velocity
    subject: str
    at: datetime
    fired: bool
    reason: Reason
    observed: float
    expected: float | None = None  # None: not enough history to expect anything
    threshold: float | None = None
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Alert:
    """What is said to people about one story or class of mentions of a brand.

    ``alert_id`` is the dedup key: digest of brand, class and story, never of time or score.
    ``respond_by_at`` is when someone should have answered.
    """

    alert_id: str
    brand: str
    role: Role
    priority: Priority
    kind: str  # mention, ... : the class of alert
    channel: str
    language: str
    reasons: tuple[Reason, ...]
    mention: Mention
    respond_by_at: datetime
    created_at: datetime


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


def digest(*parts: str) -> str:
    """SHA-256 in hexadecimal over parts that cannot run into one another."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
