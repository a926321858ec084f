"""Which mentions are said at all: what is muted or silenced, doubtful, old or not urgent is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.alerting.muting import is_by, mutes
from earwitness.alerting.silences import covers
from earwitness.model import Alerting, Mention, Priority, Sentiment, Silence, Tier

# A backfill after an outage or a re-published archive must not page anyone at night.
STALE_AFTER_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing is said about a mention; ``reason`` names why, ``by`` what made it so."""

    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A mention that is counted and may be said, with the priority it is said at."""

    priority: Priority
    vip: bool = False


def admit(
    mention: Mention, now: datetime, alerting: Alerting, silences: Iterable[Silence] = ()
) -> Admitted | Quiet:
    """Decide whether a kept mention is counted and may be said.

    Reasons: muted, silenced, doubtful_match, stale, not_urgent. What a VIP writes is at least
    high, whatever it says; only our own brands have VIPs' answers to give. That an old post
    spreads is news.
    """
    if muted := mutes(alerting.mute, mention.post):
        return Quiet("muted", muted)
    silenced = next((one for one in silences if covers(one, mention, now)), None)
    if silenced is not None:
        return Quiet("silenced", silenced.silence_id)
    if mention.tier is Tier.DOUBTFUL:
        return Quiet("doubtful_match")
    news_at = mention.velocity.at if mention.velocity else mention.post.published_at
    if now - (news_at or now) > STALE_AFTER_FOR:
        return Quiet("stale")
    vip = is_by(mention.post.author, alerting.vip_authors)
    priority = mention.judgement.priority
    if priority is not Priority.NORMAL:
        return Admitted(priority, vip=vip)
    return Admitted(Priority.HIGH, vip=True) if vip else Quiet("not_urgent")


def waits_for_nobody(mention: Mention) -> bool:
    """Whether a mention was raised only because a VIP wrote it, and asks for no answer."""
    judgement = mention.judgement
    return judgement.priority is Priority.NORMAL and judgement.sentiment is not Sentiment.NEGATIVE
