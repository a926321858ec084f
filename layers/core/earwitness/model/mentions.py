"""What is found: posts, how they name a brand, and how soon someone must look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from earwitness.model.identity import digest
from earwitness.model.words import Intent, Priority, Role, Sentiment, Tier


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
    or impossible and ``published_at`` is the time we fetched it. ``asked_by`` is by what the
    channel's source is asked for the post again, where that is not ``source_id``; of Meta's
    Graph, the list that it was read from.
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
    asked_by: str | None = None

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
