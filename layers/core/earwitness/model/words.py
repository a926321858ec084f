"""The fixed words by which things are told apart."""

from __future__ import annotations

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
