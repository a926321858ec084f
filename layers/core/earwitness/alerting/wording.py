"""What an alert says: plain text that reads well in an email, an SMS and a program.

Lines are not wrapped: each screen wraps them at its own width.

Nothing of a post reaches a terminal, a phone or a header unsanitised: control characters,
direction overrides and line breaks in names are gone, and a subject is ASCII.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from earwitness.model import Alert, Author, Engagement, Event, Match, Mention, Post, Role

SUBJECT_MAX = 100  # SNS: fewer than 100 characters, ASCII, no line break or control character
SMS_MAX = 160  # one GSM 03.38 message part
QUOTE_MAX = 400  # a phone screen and a half
SCHEMA = "earwitness.alert/1"

# What a reader sees for each class of alert.
HEADLINES = {
    "safety": "safety, legal or data-leak risk",
    "outage": "customers report an outage",
    "urgent": "urgent request for help",
    "churn": "customer threatens to leave",
    "complaint": "complaint",
    "support": "technical or account question",
    "question": "question",
    "praise": "praise",
    "reference": "mention",
    "volume": "many more mentions than usual",
    "incident": "many customers are hit",
    "channel": "a channel brings nothing",
    "folded": "alerts over the cap",
}
EVENTS = {
    Event.OPENED: "",
    Event.GROWN: "grown: ",
    Event.REPEATED: "still open: ",
    Event.ESCALATED: "not answered in time: ",
    Event.INCIDENT_OPENED: "incident: ",
    Event.INCIDENT_UPDATED: "incident grows: ",
    Event.INCIDENT_CLOSED: "incident over: ",
    Event.CHANNEL_DARK: "",
    Event.CHANNEL_BACK: "over: ",
    Event.FOLDED: "",
}
WHAT_TO_DO = {
    "safety": "Call in the person on duty; answer in public only that you are on it.",
    "outage": "Check with operations; post one status update rather than single answers.",
    "urgent": "Answer now; move personal data to a private channel.",
    "churn": "Answer the reason for leaving; offer a private channel.",
    "complaint": "Apologise, say what happens next; move details to a private channel.",
    "support": "Answer or link the answer; move account data to a private channel.",
    "volume": "Look at what they have in common; this is the one that tells most.",
}
_DIRECTION_OVERRIDES = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Message:
    """One alert as each kind of receiver gets it, and the attributes that route it."""

    subject: str
    email: str
    sms: str
    machine: str  # JSON, documented in docs/alerts.md
    attributes: dict[str, str]


def compose(alert: Alert, time_zone: str = "UTC") -> Message:
    """Put an alert into words.

    Args:
        alert: the decision to speak.
        time_zone: IANA name of the brand's zone; times in the text are local to it.
    """
    return Message(
        subject=_subject(alert),
        email=_email(alert, ZoneInfo(time_zone)),
        sms=_sms(alert, ZoneInfo(time_zone)),
        machine=_machine(alert),
        attributes={
            "brand": clean(alert.brand) or "all",
            "role": alert.role,
            "priority": alert.priority,
            "kind": alert.kind,
            "channel": clean(alert.channel) or "unknown",
            "language": alert.language or "und",
            "event": alert.event,
            "level": str(alert.level),
        },
    )


def clean(text: str) -> str:
    """One line without control characters or direction overrides."""
    visible = _DIRECTION_OVERRIDES.sub("", text)
    visible = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in visible
        if not "\ud800" <= c <= "\udfff"
    )
    return _SPACES.sub(" ", visible).strip()


def _subject(alert: Alert) -> str:
    where = f" on {alert.channel}" if alert.channel else ""
    said = f"{EVENTS[alert.event]}{HEADLINES[alert.kind]}{where}"
    text = f"[{alert.priority.upper()}] {alert.brand or 'Earwitness'}: {said}"
    plain = unicodedata.normalize("NFKD", clean(text)).encode("ascii", "ignore").decode("ascii")
    return _shorten(_SPACES.sub(" ", plain).strip(), SUBJECT_MAX)


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def _email(alert: Alert, zone: ZoneInfo) -> str:
    if alert.mention is None:
        return _without_a_post(alert, zone)
    post = alert.mention.post
    whose = "competitor " if alert.role is Role.COMPETITOR else ""
    said = f"{EVENTS[alert.event]}{HEADLINES[alert.kind]}"
    paragraphs = [
        f"{alert.priority.upper()}: {said} about {whose}{clean(alert.brand)}",
        f'"{quote(post, alert.mention.matches)}"',
        "\n".join(
            line
            for line in (
                _field("Who", who(post.author)),
                _field("Where", f"{clean(alert.channel)}, {_at(post.published_at, zone)}"),
                _field("Reach", reach(post.engagement)),
                *(_field("Why", why) for why in _why(alert)),
            )
            if line
        ),
        _to_do(alert, zone),
        clean(post.url) if post.url else "This source gives no link to the post.",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _without_a_post(alert: Alert, zone: ZoneInfo) -> str:
    """Of an incident, a dark channel, or what was folded."""
    lines = [f"{alert.priority.upper()}: {EVENTS[alert.event]}{HEADLINES[alert.kind]}", ""]
    if incident := alert.incident:
        lines += [
            _field("Brand", clean(incident.brand)),
            _field("Since", _at(incident.opened_at, zone)),
            _field("So far", f"{incident.posts:,} posts by {incident.authors:,} authors"),
            _field("Where", ", ".join(f"{clean(name)} {n:,}" for name, n in incident.channels)),
            _field("Languages", ", ".join(f"{name} {n:,}" for name, n in incident.languages)),
            *(_field(name, link) for name, link in _links(incident.first, incident.fastest)),
        ]
    if darkness := alert.darkness:
        lines += [
            _field("Channel", clean(darkness.channel)),
            _field("Since", _at(darkness.since, zone)),
            _field("Until", _at(darkness.back_at, zone) if darkness.back_at else ""),
            _field("Reason", clean(darkness.reason)),
        ]
    lines += [*(_field("Why", why) for why in _why(alert)), *map(clean, alert.folded)]
    if alert.respond_by_at:
        lines.append(_field("Answer by", _at(alert.respond_by_at, zone)))
    return "\n".join(lines) + "\n"


def _links(first: Mention | None, fastest: Mention | None) -> list[tuple[str, str]]:
    named = (("First post", first), ("Spreads fastest", fastest))
    return [(name, clean(mention.post.url or "")) for name, mention in named if mention]


def _to_do(alert: Alert, zone: ZoneInfo) -> str:
    if alert.role is Role.COMPETITOR or alert.respond_by_at is None:
        return "For your information: nobody expects an answer from you."
    return "\n".join(
        (
            _field("Answer by", _at(alert.respond_by_at, zone)),
            _field("Do", WHAT_TO_DO.get(alert.kind, "Read it and decide.")),
        )
    )


def _why(alert: Alert) -> list[str]:
    lines = []
    for reason in alert.reasons:
        said = ", ".join(f'"{clean(word)}"' for word in reason.evidence[:4])
        if reason.name == "matched":
            surface, how = reason.evidence
            said = f'"{clean(surface)}" ({how})'
        lines.append(f"{reason.name.replace('_', ' ')}: {said}" if said else reason.name)
    return lines


def _sms(alert: Alert, zone: ZoneInfo) -> str:
    link = clean(alert.mention.post.url or "") if alert.mention else ""
    link = link if len(link) <= 70 else ""
    what = f"{EVENTS[alert.event]}{HEADLINES[alert.kind]}"
    head = f"{alert.priority.upper()} {clean(alert.brand) or 'Earwitness'}: {what}"
    due = alert.respond_by_at if alert.role is Role.OWN else None
    by = f", answer by {due.astimezone(zone):%H:%M}" if due else ""
    room = SMS_MAX - len(head) - len(by) - len(link) - 5
    said = clean(alert.mention.post.text) if alert.mention else clean(alert.channel)
    quoted = f' "{_shorten(said, room)}"' if room >= 20 and said else ""
    return _shorten(f"{head}{by}{quoted}", SMS_MAX - len(link) - 1) + (f" {link}" if link else "")


def _machine(alert: Alert) -> str:
    said: dict[str, object] = {
        "schema": SCHEMA,
        "alert_id": alert.alert_id,
        "group_id": alert.group_id,
        "event": alert.event,
        "sequence": alert.sequence,
        "level": alert.level,
        "brand": alert.brand,
        "role": alert.role,
        "priority": alert.priority,
        "kind": alert.kind,
        "channel": alert.channel,
        "language": alert.language,
        "reasons": [{"name": r.name, "evidence": list(r.evidence)} for r in alert.reasons],
        "posts": alert.posts,
        "authors": alert.authors,
        "respond_by_at": _iso(alert.respond_by_at),
        "created_at": _iso(alert.created_at),
    }
    if alert.mention:
        said |= _machine_mention(alert.mention)
    if incident := alert.incident:
        said["incident"] = {
            "opened_at": _iso(incident.opened_at),
            "closed_at": _iso(incident.closed_at),
            "kinds": list(incident.kinds),
            "posts": incident.posts,
            "authors": incident.authors,
            "channels": dict(incident.channels),
            "languages": dict(incident.languages),
            "first": incident.first and _machine_mention(incident.first)["post"],
            "fastest": incident.fastest and _machine_mention(incident.fastest)["post"],
        }
    if darkness := alert.darkness:
        said["darkness"] = {
            "channel": darkness.channel,
            "health": darkness.health,
            "reason": darkness.reason,
            "since": _iso(darkness.since),
            "back_at": _iso(darkness.back_at),
        }
    if alert.folded:
        said["folded"] = {"count": alert.folded_count, "alerts": list(alert.folded)}
    return json.dumps(said, ensure_ascii=True)


def _machine_mention(mention: Mention) -> dict[str, object]:
    post = mention.post
    return {
        "post": {
            "id": post.post_id,
            "channel": post.channel,
            "url": post.url,
            "author": post.author.handle or post.author.name,
            "published_at": _iso(post.published_at),
            "title": post.title,
            "text": _shorten(post.text, 2000),
        },
        "matches": [
            {"term": m.term, "surface": m.surface, "kind": m.kind, "confidence": m.confidence}
            for m in mention.matches
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def quote(post: Post, matches: tuple[Match, ...]) -> str:
    """The post's words with each match between » and «, cut around the first one."""
    title = _marked(post.title or "", [m for m in matches if m.in_title])
    text = _marked(post.text, [m for m in matches if not m.in_title])
    said = text if not title or title.rstrip(" .…") in text else f"{title}. {text}"
    said = clean(said)
    if len(said) <= QUOTE_MAX:
        return said
    first = max(said.find("»"), 0)
    start = max(0, min(first - QUOTE_MAX // 3, len(said) - QUOTE_MAX))
    cut = said[start : start + QUOTE_MAX]
    return ("..." if start else "") + cut.strip() + ("..." if start + QUOTE_MAX < len(said) else "")


def _marked(text: str, matches: list[Match]) -> str:
    parts, at = [], 0
    for match in sorted(matches, key=lambda m: (m.start, -m.end)):
        if match.start < at:
            continue
        parts += [text[at : match.start], "»", text[match.start : match.end], "«"]
        at = match.end
    return "".join([*parts, text[at:]])


def who(author: Author) -> str:
    """Name, handle and followers, as far as the channel tells them."""
    name = clean(author.name or "")
    handle = f"@{clean(author.handle)}" if author.handle else ""
    named = f"{name} ({handle})" if name and handle and name != author.handle else name or handle
    followers = f", {author.followers:,} followers" if author.followers is not None else ""
    return f"{named or 'unnamed'}{followers}"


def reach(engagement: Engagement) -> str:
    """Counts in words, or nothing where the channel offers none."""
    counts = (
        (engagement.likes, "likes"),
        (engagement.reposts, "reposts"),
        (engagement.replies, "replies"),
        (engagement.views, "views"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in counts if count is not None)


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %H:%M} ({zone.key})" if at else "undated"


def _field(name: str, value: str) -> str:
    return f"{name}: {value}" if value else ""
