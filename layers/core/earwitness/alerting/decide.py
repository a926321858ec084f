"""Which mentions become alerts, and under which key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.model import Alert, Mention, Priority, Reason, Tier, digest
from earwitness.text import fold

# Part of every dedup key: raise it when a change of the rules should let a story speak again.
RULE_VERSION = "1"

# Half of the customers who write in public expect an answer within the hour; what endangers
# people or hits many cannot wait that long.
RESPOND_WITHIN_FOR = {
    Priority.CRITICAL: timedelta(minutes=15),
    Priority.HIGH: timedelta(minutes=60),
}

# A backfill after an outage or a re-published archive must not page anyone at night.
STALE_AFTER_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing is said about a mention; ``reason`` names why."""

    reason: str


def story_key(mention: Mention) -> str:
    """The same words are the same story, on whichever channel they are read."""
    post = mention.post
    said = f"{post.title or ''} {post.text}".strip()
    return digest("story", " ".join(fold(said).split()) or post.url or post.post_id)[:32]


def assess(mention: Mention, now: datetime) -> Alert | Quiet:
    """Decide whether one kept mention is said at once.

    The alert's id is the digest of brand, class, story and rule version: never of a time, a
    score or an address, so the same story offered again finds the alert that exists.

    Args:
        mention: as kept, with its judgement.
        now: aware UTC time of the decision; the response clock starts here.
    """
    judgement = mention.judgement
    if judgement.priority is Priority.NORMAL:
        return Quiet("not_urgent")
    if mention.tier is Tier.DOUBTFUL:
        return Quiet("doubtful_match")
    published_at = mention.post.published_at or now
    if now - published_at > STALE_AFTER_FOR:
        return Quiet("stale")
    group_id = digest("alert", mention.brand, judgement.intent, story_key(mention), RULE_VERSION)[
        :32
    ]
    return Alert(
        alert_id=group_id,
        group_id=group_id,
        brand=mention.brand,
        role=mention.role,
        priority=judgement.priority,
        kind=str(judgement.intent),
        channel=mention.post.channel,
        language=judgement.language,
        reasons=(*judgement.reasons, *_matched(mention)),
        mention=mention,
        respond_by_at=now + RESPOND_WITHIN_FOR[judgement.priority],
        created_at=now,
    )


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
