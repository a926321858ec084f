"""What is known of a post and its author, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from earwitness.alerting.wording.history import History
from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import clean, shorten
from earwitness.alerting.wording.quoting import masked, quote
from earwitness.model import (
    Alert,
    Author,
    Engagement,
    Folded,
    Incident,
    Intent,
    Match,
    Mention,
    Post,
    Reason,
)

_OLD_ENOUGH_FOR = timedelta(minutes=5)  # before that a rate says nothing
_INTENTS = frozenset(map(str, Intent))
_REASONS_SHOWN = 4
_MOST_NAMES = 5


def who(author: Author, phrases: Phrases) -> str:
    """Name, handle and followers, as far as the channel tells them."""
    name = shorten(clean(author.name or ""), 40)
    handle = f"@{shorten(clean(author.handle), 40)}" if author.handle else ""
    named = f"{name} ({handle})" if name and handle and name != author.handle else name or handle
    if author.followers is None:
        return named or phrases("said", "unnamed")
    followers = phrases("said", "followers", n=phrases.number(author.followers))
    return f"{named or phrases('said', 'unnamed')}, {followers}"


def where(post: Post, phrases: Phrases, zone: ZoneInfo) -> str:
    """On which channel, and when."""
    at = phrases.at(post.published_at, zone)
    return phrases("said", "on", channel=clean(post.channel), at=at)


def said_in_short(mention: Mention, phrases: Phrases) -> str:
    """The words of a post of many."""
    return quote(mention.post, mention.matches, 160, lambda kind: phrases("personal", kind))


def reach(alert: Alert, mention: Mention, phrases: Phrases) -> list[str]:
    """What the post has reached, how fast, and how many others say the same."""
    lines = [counts(mention.post.engagement, phrases), _speed(mention, alert.created_at, phrases)]
    if alert.posts > 1:
        posts, authors = phrases.number(alert.posts), phrases.number(alert.authors)
        span_for = alert.created_at - (alert.since or alert.created_at)
        span = phrases.span(span_for)
        lines.append(phrases("said", "group", posts=posts, authors=authors, span=span))
    return [line for line in lines if line]


def counts(engagement: Engagement, phrases: Phrases) -> str:
    """Counts in words, or nothing where the channel offers none."""
    held = (
        ("likes", engagement.likes),
        ("reposts", engagement.reposts),
        ("replies", engagement.replies),
        ("views", engagement.views),
    )
    return ", ".join(
        phrases("said", name, n=phrases.number(count)) for name, count in held if count is not None
    )


def interactions(engagement: Engagement) -> int:
    """Likes, reposts and replies together; views are not."""
    return sum(count or 0 for count in (engagement.likes, engagement.reposts, engagement.replies))


def _speed(mention: Mention, now: datetime, phrases: Phrases) -> str:
    post = mention.post
    total = interactions(post.engagement)
    read_at = post.fetched_at or now
    if post.published_at is None or post.dated_by_us or not total:
        return ""
    age_for = read_at - post.published_at
    if age_for < _OLD_ENOUGH_FOR:
        return ""
    rate = total / (age_for / timedelta(hours=1))
    return phrases("said", "speed", n=phrases.number(rate)) if rate >= 1 else ""


def why(reasons: Iterable[Reason], matches: Iterable[Match], phrases: Phrases) -> list[str]:
    """Each rule with its words or numbers, then what was read as the brand."""
    merged: dict[str, list[str]] = {}
    for reason in reasons:
        if reason.name != "matched":
            merged.setdefault(_family(reason.name), []).extend(reason.evidence)
    lines = [_reason(name, said, phrases) for name, said in list(merged.items())[:_REASONS_SHOWN]]
    return lines + list(dict.fromkeys(_match(match, phrases) for match in matches))[:_REASONS_SHOWN]


def folded(one: Folded, phrases: Phrases) -> str:
    """A line of what has folded, without its link."""
    said = phrases.pair(clean(one.brand), phrases.named("headline", one.kind))
    return ", ".join(filter(None, (said, clean(one.channel))))


def _family(name: str) -> str:
    """``complaint/no answer`` is a ``complaint``; what was negated or doubted keeps its name."""
    return name if "," in name else name.split("/", maxsplit=1)[0]


def _reason(name: str, evidence: list[str], phrases: Phrases) -> str:
    """Words of the post are quoted; numbers are put into the reader's language."""
    named = phrases.named("reason", name)
    kind = name.split("/", maxsplit=1)[0].split(",", maxsplit=1)[0]
    if kind in _INTENTS or kind in ("positive words", "negative words"):
        words = ", ".join(f'"{_in_a_line(word, phrases)}"' for word in dict.fromkeys(evidence))
        return phrases.pair(named, words) if words else named
    with_numbers = phrases.with_numbers("reason", name, " ".join(evidence))
    if with_numbers is not None:
        return with_numbers
    told = ", ".join(_in_a_line(word, phrases) for word in evidence)
    return phrases.pair(named, told) if told else named


def _in_a_line(word: str, phrases: Phrases) -> str:
    return shorten(masked(word, lambda kind: phrases("personal", kind)), 60)


def _match(match: Match, phrases: Phrases) -> str:
    surface, term = _in_a_line(match.surface, phrases), clean(match.term)
    if match.kind == "exact" and match.edits == 0:
        return phrases("matched", "exact", surface=surface, term=term)
    percent = round(100 * match.confidence)
    how = phrases.named("how", match.kind)
    return phrases("matched", "near", surface=surface, term=term, percent=percent, how=how)


def author(
    mention: Mention, history: History | None, phrases: Phrases, zone: ZoneInfo
) -> list[str]:
    """What the author has said about us before."""
    told = mention.post.author
    if not (told.handle or told.name or told.url):
        return [phrases("author", "unknown")]
    if history is None:
        return []
    if history.last is None or history.since is None:
        return [phrases("author", "first")]
    last = history.last
    lines = [
        phrases(
            "author", "posts", n=history.posts, since=phrases.day(history.since, zone),
            negative=history.negative,
        ),
        phrases(
            "author", "last", what=phrases("headline", str(last.judgement.intent)),
            at=phrases.day(last.post.published_at or history.since, zone),
            channel=clean(last.post.channel),
        ),
    ]  # fmt: skip
    if len(history.channels) > 1:
        channels = ", ".join(map(clean, history.channels))
        lines.append(phrases("author", "channels", channels=channels))
    if history.is_long:
        lines.append(phrases("author", "exchanges"))
    return lines


def so_far(incident: Incident, phrases: Phrases, zone: ZoneInfo) -> list[str]:
    """What an incident has come to: since when, how many, where, in which languages."""
    lines = [phrases("said", "since", at=phrases.at(incident.opened_at, zone))]
    if incident.closed_at:
        lines.append(phrases("said", "until", at=phrases.at(incident.closed_at, zone)))
    posts, authors = phrases.number(incident.posts), phrases.number(incident.authors)
    lines.append(phrases("said", "posts", posts=posts, authors=authors))
    channels = incident.channels[:_MOST_NAMES]
    lines += [phrases.pair(clean(name), phrases.number(n)) for name, n in channels]
    if incident.languages:
        names = ", ".join(f"{name} {phrases.number(n)}" for name, n in incident.languages)
        lines.append(phrases("said", "languages", names=names))
    return lines
