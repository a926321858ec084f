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


RULES = "rules"  # the reader of a judgement where no managed one had a say


@dataclass(frozen=True, slots=True)
class Judgement:
    """How soon someone must look, and why. ``reader`` says who judged: rules, comprehend, ..."""

    language: str
    sentiment: Sentiment
    intent: Intent
    priority: Priority
    reasons: tuple[Reason, ...] = ()
    reader: str = RULES


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
    ``more``: the page limit was reached, poll on at once. ``requests`` is how many it made,
    ``quota_left`` how many more the source said it lets us make; None: it said nothing.
    ``lost_until``: the source lists nothing from before it, and the poll before did not reach it.
    """

    posts: tuple[Post, ...]
    cursor: str | None
    health: Health
    reason: str = ""
    next_poll_at: datetime | None = None
    more: bool = False
    requests: int = 0
    quota_left: int | None = None
    lost_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What reading known posts again brought.

    ``posts`` are as they are now; ``gone`` are the ids of those that the source says do not exist
    any more: silence about a post is not enough. Of posts in neither nothing was learned.
    ``front_page``: ids of posts that the source shows to everyone. ``next_at`` is before when the
    source wants to hear nothing more; ``requests`` is how many were made.
    """

    posts: tuple[Post, ...] = ()
    gone: tuple[str, ...] = ()
    front_page: tuple[str, ...] = ()
    health: Health = Health.OK
    reason: str = ""
    next_at: datetime | None = None
    requests: int = 0


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is known of a channel between polls.

    ``quiet_in_a_row`` counts the last good polls that brought nothing, ``not_ok_in_a_row`` those
    that were not good. ``quota_left`` is what the source said at the last poll. ``read_since`` is
    from where somebody asked to read anew, until a poll has taken that up.
    """

    channel_id: str
    health: Health | None = None  # None: never polled
    reason: str = ""
    cursor: str | None = None
    first_seen_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    next_poll_at: datetime | None = None
    not_ok_in_a_row: int = 0
    quiet_in_a_row: int = 0
    quota_left: int | None = None
    read_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelHour:
    """What the polls of a channel came to in the hour from ``at``.

    ``lost``: posts of the hour had left the source's lists before they were read.
    """

    at: datetime
    ok: int = 0
    not_ok: int = 0
    posts: int = 0
    mentions: int = 0  # new ones
    requests: int = 0
    lost: bool = False


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


class Verdict(StrEnum):
    """What a person says of a judgement or of a doubtful match."""

    OURS = "ours"  # it is about the brand
    NOT_OURS = "not_ours"
    LESS_URGENT = "less_urgent"
    MORE_URGENT = "more_urgent"


_NOT_SO_URGENT = (Verdict.LESS_URGENT, Verdict.MORE_URGENT)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of the judgement of a mention; what was said last stands.

    ``judged`` is what they spoke of, its reasons without the post's words. They give a
    ``verdict`` on the whole, or say what single parts should have been: None says nothing of a
    part, the same value that it was right.
    """

    mention_id: str
    brand: str
    by: str
    at: datetime
    judged: Judgement
    verdict: Verdict | None = None
    language: str | None = None
    sentiment: Sentiment | None = None
    intent: Intent | None = None
    priority: Priority | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether all that the person spoke of was right; None: it was the match they spoke of."""
        if self.verdict is not None:
            return False if self.verdict in _NOT_SO_URGENT else None
        said = (self.language, self.sentiment, self.intent, self.priority)
        judged = self.judged
        held = (judged.language, judged.sentiment, judged.intent, judged.priority)
        return all(one is None or one == other for one, other in zip(said, held, strict=True))


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a person says of a near miss: whether ``surface`` stands for ``term``, or does not.

    ``verdict`` is OURS or NOT_OURS. It holds for the surface whatever its case and accents.
    """

    brand: str
    term: str
    surface: str
    verdict: Verdict
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """Keeps alerts quiet that fit all of its scope. It always expires and has a reason.

    Scope: None does not narrow; at least one is given. ``author`` is a handle or a name,
    ``word`` a word or words of the post, ``kind`` an intent.
    """

    silence_id: str
    reason: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    brand: str | None = None
    channel: str | None = None
    author: str | None = None
    word: str | None = None
    kind: str | None = None


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


def digest(*parts: str) -> str:
    """SHA-256 in hexadecimal over parts that cannot run into one another."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
