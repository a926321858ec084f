"""One mention as one flat row, and the rows of a period in an order that does not change.

``Row`` is the one definition of what an export holds: names, types, meanings and units. The data
dictionary, the schemas of Parquet and Glue and the typed columns of a workbook derive from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from earwitness.exports.answers import NO_ANSWERS, Answers, answers_of
from earwitness.figures import audience
from earwitness.model import Brand, Intent, Mention, Priority, Response, Role, Sentiment, Tier
from earwitness.store import Store
from earwitness.stories import domain, place, wording_id

# Raise it when a column changes its meaning or goes; a new column at the end does not.
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Column:
    """What the dictionary says of a field of a row: its meaning, and its unit if it has one."""

    says: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A mention: one post about one brand, so that a post about two brands is two rows.

    None: its channel does not say, or it did not happen.
    """

    mention_id: Annotated[
        str, Column("one for each brand and post, whatever is edited: the row's key")
    ]
    post_id: Annotated[
        str, Column("one for each post: those about several brands are counted once by it")
    ]
    brand: Annotated[str, Column("the brand it is about, as the watchlist names it")]
    role: Annotated[Role, Column("own or competitor")]
    channel: Annotated[str, Column("the channel it was first seen on, as the watchlist names it")]
    channel_kind: Annotated[str, Column("the kind of channel: bluesky, feed, reddit, ...")]
    native_id: Annotated[str, Column("the post's id at its source")]
    url: Annotated[str | None, Column("the post's address")]
    domain: Annotated[str | None, Column("the site of the address, without www and m")]
    place: Annotated[str, Column("where it was published: an article's site, else its author")]
    posted_at: Annotated[
        datetime, Column("when it was written; when found, if no possible date is given", "UTC")
    ]
    dated_by_us: Annotated[
        bool, Column("whether posted_at is when we found it, for want of a date")
    ]
    found_at: Annotated[datetime | None, Column("when it was first found", "UTC")]
    edited_at: Annotated[
        datetime | None, Column("when its source says that it was edited last", "UTC")
    ]
    language: Annotated[str, Column("the language it was read in", "ISO 639-1")]
    title: Annotated[str | None, Column("the headline, of articles and the like")]
    text: Annotated[str, Column("what it says")]
    author: Annotated[str | None, Column("the author's handle, without @")]
    author_name: Annotated[str | None, Column("the author's name as shown")]
    followers: Annotated[int | None, Column("the author's followers when it was read", "people")]
    story_id: Annotated[
        str,
        Column(
            "one for all that say the same word by word: copies, shares, syndication; less than "
            "five words are one person's; near-copies in other words are told apart"
        ),
    ]
    priority: Annotated[Priority, Column("how soon someone must look: critical, high or normal")]
    sentiment: Annotated[Sentiment, Column("what the author feels: negative, neutral or positive")]
    intent: Annotated[Intent, Column("why the author wrote, such as complaint, question, praise")]
    reasons: Annotated[
        tuple[str, ...], Column("the rules that decided, each with the words or numbers")
    ]
    reader: Annotated[str, Column("who judged: rules, or the managed reader's name")]
    terms: Annotated[tuple[str, ...], Column("the watchlist's terms that were found")]
    surfaces: Annotated[tuple[str, ...], Column("how the post writes them, misspellings included")]
    tier: Annotated[
        Tier,
        Column("how sure the match is: sure, likely or doubtful; figures leave doubtful ones out"),
    ]
    confidence: Annotated[float, Column("how sure the surest match is", "0 to 1")]
    addressed: Annotated[bool, Column("whether it names the brand by its handle")]
    likes: Annotated[
        int | None, Column("likes, upvotes, favourites when it was read last", "people")
    ]
    reposts: Annotated[int | None, Column("shares when it was read last", "posts")]
    replies: Annotated[int | None, Column("replies and comments when it was read last", "posts")]
    views: Annotated[int | None, Column("views when it was read last", "times")]
    audience: Annotated[
        int, Column("views, else the author's followers, else how many reacted", "people")
    ]
    alerted_at: Annotated[
        datetime | None, Column("when the alert about this very post was first decided", "UTC")
    ]
    respond_by_at: Annotated[
        datetime | None, Column("by when that alert should have been answered", "UTC")
    ]
    taken_at: Annotated[datetime | None, Column("when somebody took that alert", "UTC")]
    handled_at: Annotated[
        datetime | None, Column("when somebody said that it is dealt with", "UTC")
    ]
    response_seconds: Annotated[float | None, Column("from alerted_at to taken_at", "seconds")]
    incident_id: Annotated[
        str | None, Column("the incident of whose kind it is and in whose stretch it was written")
    ]
    version: Annotated[int, Column("grows with every edit and new engagement kept")]
    schema_version: Annotated[
        int, Column("of these columns: raised when one changes its meaning or goes")
    ] = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to take. What is empty does not narrow."""

    roles: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()  # names or kinds
    languages: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()

    def takes(self, mention: Mention) -> bool:
        """Whether a mention is among them."""
        post, judgement = mention.post, mention.judgement
        return (
            (not self.roles or mention.role in self.roles)
            and (not self.languages or judgement.language in self.languages)
            and (not self.priorities or judgement.priority in self.priorities)
            and (not self.sentiments or judgement.sentiment in self.sentiments)
            and (not self.channels or post.channel in self.channels or post.kind in self.channels)
        )


EVERYTHING = Wanted()


def rows(
    store: Store,
    brands: Iterable[Brand],
    since: datetime,
    until: datetime,
    wanted: Wanted = EVERYTHING,
) -> Iterator[Row]:
    """The mentions written from ``since`` to before ``until``, read as they are iterated.

    Brand by brand in the order of their names, each in the order of time and, within one
    microsecond, of ids: the same mentions give the same rows in the same order.
    """
    return (row for row, _ in dated_rows(store, brands, since, until, wanted))


def dated_rows(
    store: Store,
    brands: Iterable[Brand],
    since: datetime,
    until: datetime,
    wanted: Wanted = EVERYTHING,
) -> Iterator[tuple[Row, datetime]]:
    """What ``rows`` gives, each with when it must be gone from wherever it was put."""
    for brand in sorted(brands, key=lambda one: one.name):
        if wanted.roles and brand.role not in wanted.roles:
            continue
        answers = answers_of(store, brand.name, since, until)
        for held in store.held(brand.name, since, until):
            if wanted.takes(held.mention):
                yield row_of(held.mention, answers), held.expires_at


def row_of(mention: Mention, answers: Answers = NO_ANSWERS) -> Row:
    """A mention as a row."""
    post, judgement = mention.post, mention.judgement
    at = written_at(mention)
    answer = answers.responses.get(mention.mention_id)
    engagement = post.engagement
    return Row(
        mention_id=mention.mention_id,
        post_id=post.post_id,
        brand=mention.brand,
        role=mention.role,
        channel=post.channel,
        channel_kind=post.kind,
        native_id=post.source_id,
        url=post.url,
        domain=domain(post.url),
        place=place(post),
        posted_at=at,
        dated_by_us=post.dated_by_us or post.published_at is None,
        found_at=post.fetched_at,
        edited_at=post.edited_at,
        language=judgement.language,
        title=post.title,
        text=post.text,
        author=post.author.handle,
        author_name=post.author.name,
        followers=post.author.followers,
        story_id=wording_id(post),
        priority=judgement.priority,
        sentiment=judgement.sentiment,
        intent=judgement.intent,
        reasons=tuple(_told(one.name, one.evidence) for one in judgement.reasons),
        reader=judgement.reader,
        terms=_distinct(match.term for match in mention.matches),
        surfaces=_distinct(match.surface for match in mention.matches),
        tier=mention.tier,
        confidence=max(match.confidence for match in mention.matches),
        addressed=any(match.kind == "handle" for match in mention.matches),
        likes=engagement.likes,
        reposts=engagement.reposts,
        replies=engagement.replies,
        views=engagement.views,
        audience=audience(post),
        incident_id=answers.incident_of(judgement.intent, at),
        version=mention.version,
        **_answered(answer),
    )


def written_at(mention: Mention) -> datetime:
    """When a post counts as written, as the table orders it: never after it was found.

    Raises:
        ValueError: it has no time at all, which no channel leaves so.
    """
    post = mention.post
    known = [at for at in (post.published_at, post.fetched_at) if at is not None]
    if not known:
        raise ValueError(f"mention {mention.mention_id} has neither a date nor a time of finding")
    return min(known)


def _answered(answer: Response | None) -> dict[str, Any]:
    if answer is None:
        return dict.fromkeys(
            ("alerted_at", "respond_by_at", "taken_at", "handled_at", "response_seconds")
        )
    taken = answer.acknowledged
    return {
        "alerted_at": answer.said_at,
        "respond_by_at": answer.respond_by_at,
        "taken_at": taken.at if taken else None,
        "handled_at": answer.handled.at if answer.handled else None,
        "response_seconds": (taken.at - answer.said_at).total_seconds() if taken else None,
    }


def _told(name: str, evidence: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(evidence)})" if evidence else name


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
