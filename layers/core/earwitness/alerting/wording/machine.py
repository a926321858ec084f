"""The alert for programs: JSON, documented in docs/alerts.md."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from earwitness.alerting.wording.plain import clean, shorten
from earwitness.alerting.wording.quoting import masked
from earwitness.alerting.wording.replies import suggest
from earwitness.alerting.wording.setting import Setting
from earwitness.model import Alert, Darkness, Digest, Incident, Mention, Post, Role, Signal

SCHEMA = "earwitness.alert/1"  # fields are added under a number, never changed or removed
TEXT_MAX = 2000


def machine(alert: Alert, setting: Setting) -> str:
    """One JSON object."""
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "alert_id": alert.alert_id,
        "group_id": alert.group_id,
        "event": alert.event,
        "sequence": alert.sequence,
        "level": alert.level,
        "may_repeat": setting.may_repeat,
        "brand": alert.brand,
        "role": alert.role,
        "priority": alert.priority,
        "kind": alert.kind,
        "channel": alert.channel,
        "language": alert.language,
        "reasons": [
            {"name": r.name, "evidence": [masked(said) for said in r.evidence]}
            for r in alert.reasons
        ],
        "posts": alert.posts,
        "authors": alert.authors,
        "respond_by_at": _iso(alert.respond_by_at),
        "created_at": _iso(alert.created_at),
        "links": dict(setting.links),
    }
    if alert.mention is not None:
        said |= _of_mention(alert, alert.mention, setting)
    if alert.incident is not None:
        said["incident"] = _of_incident(alert.incident)
    if alert.darkness is not None:
        said["darkness"] = _of_darkness(alert.darkness)
    if alert.digest is not None:
        said["digest"] = _of_digest(alert.digest)
    if alert.folded:
        said["folded"] = {"count": alert.folded_count, "alerts": _of_folded(alert)}
    return json.dumps(said, ensure_ascii=True)


def _of_mention(alert: Alert, mention: Mention, setting: Setting) -> dict[str, Any]:
    post, history = mention.post, setting.history
    said: dict[str, Any] = {
        "mention_id": mention.mention_id,
        "post": _of_post(post),
        "sentiment": mention.judgement.sentiment,
        "matches": [
            {
                "term": m.term,
                "surface": masked(m.surface),
                "kind": m.kind,
                "confidence": m.confidence,
            }
            for m in mention.matches
        ],
    }
    if mention.velocity is not None:
        said["velocity"] = _of_velocity(mention.velocity)
    if history is not None:
        said["history"] = {
            "posts": history.posts,
            "negative": history.negative,
            "exchanges": history.exchanges,
            "since": _iso(history.since),
            "channels": list(history.channels),
        }
    if alert.role is Role.OWN:
        fallback = setting.brand.language if setting.brand else "en"
        reply = suggest(mention, history, setting.replies, fallback)
        if reply is not None:
            said["suggested_reply"] = {
                "text": reply.text,
                "language": reply.language,
                "private": reply.private,
            }
    return said


def _of_velocity(signal: Signal) -> dict[str, Any]:
    return {
        "measured_at": _iso(signal.at),
        "interactions": round(signal.observed),
        "usual": signal.expected,
        **{name: round(number, 1) for name, number in signal.numbers.items()},
    }


def _of_post(post: Post) -> dict[str, Any]:
    return {
        "id": post.post_id,
        "channel": post.channel,
        "url": post.url and clean(post.url),
        "author": clean(post.author.handle or post.author.name or "") or None,
        "followers": post.author.followers,
        "published_at": _iso(post.published_at),
        "title": post.title and masked(post.title),
        "text": shorten(masked(post.text), TEXT_MAX),
        "engagement": {
            "likes": post.engagement.likes,
            "reposts": post.engagement.reposts,
            "replies": post.engagement.replies,
            "views": post.engagement.views,
        },
    }


def _of_incident(incident: Incident) -> dict[str, Any]:
    return {
        "opened_at": _iso(incident.opened_at),
        "closed_at": _iso(incident.closed_at),
        "kinds": list(incident.kinds),
        "posts": incident.posts,
        "authors": incident.authors,
        "channels": dict(incident.channels),
        "languages": dict(incident.languages),
        "first": _of_post(incident.first.post) if incident.first else None,
        "fastest": _of_post(incident.fastest.post) if incident.fastest else None,
    }


def _of_folded(alert: Alert) -> list[dict[str, str]]:
    return [
        {"brand": one.brand, "kind": one.kind, "channel": one.channel, "url": clean(one.url)}
        for one in alert.folded
    ]


def _of_darkness(darkness: Darkness) -> dict[str, Any]:
    return {
        "channel": darkness.channel,
        "health": darkness.health,
        "reason": clean(darkness.reason),
        "since": _iso(darkness.since),
        "back_at": _iso(darkness.back_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _of_digest(digest: Digest) -> dict[str, Any]:
    return {
        "every": digest.every,
        "since": _iso(digest.since),
        "until": _iso(digest.until),
        "complete": digest.complete,
        "counts": [
            {
                "brand": one.brand,
                "role": one.role,
                "mentions": one.mentions,
                "before": one.before,
                "negative": one.negative,
                "neutral": one.neutral,
                "positive": one.positive,
            }
            for one in digest.counts
        ],
        "hours": list(digest.hours),
        "unanswered": digest.unanswered_count,
        "overdue": digest.overdue,
    }
