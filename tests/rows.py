"""Rows of our own, for tests."""

from datetime import timedelta

from earwitness.exports.rows import row_of
from earwitness.model import Author, Engagement, Intent, Priority, Sentiment, Tier
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post


def a_row(
    number=1, *, brand="Northwind Air", at=NOW, text=None, author="", tier=Tier.SURE, **changes
):
    """A row of a post of its own by an author of its own, unless it says otherwise."""
    text = text or f"{brand} {number}"
    judged = {
        "sentiment": changes.pop("sentiment", Sentiment.NEUTRAL),
        "intent": changes.pop("intent", Intent.REFERENCE),
        "priority": changes.pop("priority", Priority.NORMAL),
        "language": changes.pop("language", "en"),
    }
    name = author or f"author{number}"
    post = a_post(
        text,
        **{
            "source_id": str(number),
            "published_at": at,
            "fetched_at": at + timedelta(minutes=5),
            "author": Author(handle=name, followers=changes.pop("followers", None)),
            "engagement": Engagement(views=changes.pop("views", None)),
            "url": f"https://talk.example/{number}",
            **changes,
        },
    )
    match = a_match(brand, text, brand=brand, tier=tier)
    return row_of(
        a_mention(post=post, matches=(match,), judgement=a_judgement(**judged), brand=brand)
    )
