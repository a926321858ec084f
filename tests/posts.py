"""Posts, matches and mentions of our own, for tests."""

from datetime import UTC, datetime

from earwitness.model import (
    Author,
    Engagement,
    Intent,
    Judgement,
    Match,
    Mention,
    Post,
    Priority,
    Reason,
    Role,
    Sentiment,
    Tier,
)

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


def a_match(surface="Nortwind Air", text="", *, brand="Northwind Air", **changes):
    start = max(text.find(surface), 0)
    fields = {
        "brand": brand,
        "term": brand,
        "surface": surface,
        "start": start,
        "end": start + len(surface),
        "edits": 1,
        "kind": "dropped",
        "confidence": 0.97,
        "tier": Tier.SURE,
    }
    return Match(**{**fields, **changes})


def a_post(text="Nortwind Air lost my bag and nobody answers", **changes):
    fields = {
        "kind": "hackernews",
        "source_id": "1",
        "text": text,
        "channel": "hn",
        "url": "https://news.example/item?id=1",
        "author": Author(name="Jana Roth", handle="jroth", followers=1204),
        "published_at": NOW,
        "fetched_at": NOW,
        "engagement": Engagement(likes=12, replies=3),
    }
    return Post(**{**fields, **changes})


def a_judgement(priority=Priority.HIGH, intent=Intent.COMPLAINT, **changes):
    fields = {
        "language": "en",
        "sentiment": Sentiment.NEGATIVE,
        "intent": intent,
        "priority": priority,
        "reasons": (Reason("complaint", ("lost", "nobody answers")),),
    }
    return Judgement(**{**fields, **changes})


def a_mention(post=None, judgement=None, matches=None, **changes):
    post = post or a_post()
    fields = {
        "brand": "Northwind Air",
        "role": Role.OWN,
        "post": post,
        "matches": matches or (a_match(text=post.text),),
        "judgement": judgement or a_judgement(),
    }
    return Mention(**{**fields, **changes})
