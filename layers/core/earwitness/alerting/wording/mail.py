"""The email: short blocks for a phone, the verdict first, the link to the post last.

Lines are not wrapped: each screen wraps them at its own width. A label has a line of its own, and
so has a link, so that nothing is torn apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from earwitness.alerting.wording import facts
from earwitness.alerting.wording.headline import headline, topic
from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import clean, unbroken, wrappable
from earwitness.alerting.wording.quoting import quote
from earwitness.alerting.wording.replies import Suggestion, status, suggest
from earwitness.alerting.wording.setting import Setting
from earwitness.model import Alert, Darkness, Event, Incident, Mention, Role

ACTIONS = ("take", "handle", "mute", "wrong")


def mail(alert: Alert, setting: Setting) -> str:
    """The whole text."""
    blocks = [headline(alert, setting.phrases), *_blocks(alert, setting)]
    if setting.may_repeat:
        blocks.append(setting.phrases("said", "repeat"))
    blocks += _ending(alert, setting)
    return unbroken("\n\n".join(filter(None, blocks))) + "\n"


def _blocks(alert: Alert, setting: Setting) -> Iterator[str]:
    if alert.mention is not None:
        yield from _of_mention(alert, alert.mention, setting)
    elif alert.incident is not None:
        yield from _of_incident(alert, alert.incident, setting)
    else:
        if alert.darkness is not None:
            yield _of_darkness(alert.darkness, setting.phrases, setting.zone)
        yield from _to_do(alert, setting)
        if alert.event is not Event.CHANNEL_BACK:  # what was amiss is over
            yield _why(alert, setting.phrases)
        if alert.folded_count:
            more = setting.phrases("said", "folded", n=alert.folded_count)
            lines = [
                line
                for one in alert.folded
                for line in (f"- {facts.folded(one, setting.phrases)}", clean(one.url))
            ]
            yield block(more, lines)


def _of_mention(alert: Alert, mention: Mention, setting: Setting) -> Iterator[str]:
    phrases, zone = setting.phrases, setting.zone
    said = quote(mention.post, mention.matches, hidden=lambda kind: phrases("personal", kind))
    author = wrappable(facts.who(mention.post.author, phrases))
    yield "\n".join([f'"{said}"', author, facts.where(mention.post, phrases, zone)])
    yield from _to_do(alert, setting)
    yield _why(alert, phrases)
    yield block(phrases("label", "reach"), facts.reach(alert, mention, phrases))
    yield block(phrases("label", "author"), facts.author(mention, setting.history, phrases, zone))
    if alert.role is Role.OWN:
        fallback = setting.brand.language if setting.brand else "en"
        yield _suggested(
            "reply", suggest(mention, setting.history, setting.replies, fallback), phrases
        )


def _of_incident(alert: Alert, incident: Incident, setting: Setting) -> Iterator[str]:
    phrases = setting.phrases
    yield block(phrases("label", "incident"), facts.so_far(incident, phrases, setting.zone))
    yield from _to_do(alert, setting)
    yield _why(alert, phrases)
    if alert.event is not Event.INCIDENT_CLOSED and alert.role is Role.OWN:
        yield _suggested("status", status_text(incident, setting), phrases)
    for name, mention in (("first", incident.first), ("fastest", incident.fastest)):
        if mention is not None:
            yield _linked(phrases("label", name), mention, phrases)


def status_text(incident: Incident, setting: Setting) -> Suggestion | None:
    """What to post for all, in the language in which most speak of the incident."""
    spoken = incident.languages[0][0] if incident.languages else ""
    fallback = setting.brand.language if setting.brand else "en"
    return status(incident.brand, spoken, fallback, setting.replies)


def _linked(label: str, mention: Mention, phrases: Phrases) -> str:
    said = facts.said_in_short(mention, phrases)
    return block(label, [f'"{said}"', clean(mention.post.url or "")])


def _of_darkness(darkness: Darkness, phrases: Phrases, zone: ZoneInfo) -> str:
    since = phrases("said", "since", at=phrases.at(darkness.since, zone))
    lines = [clean(darkness.channel), clean(darkness.reason), since]
    if darkness.back_at:
        lines.append(phrases("said", "until", at=phrases.at(darkness.back_at, zone)))
    return block(phrases("label", "channel"), lines)


def _to_do(alert: Alert, setting: Setting) -> Iterator[str]:
    phrases = setting.phrases
    if alert.role is Role.COMPETITOR:
        yield phrases("said", "nobody")
        return
    if alert.event in (Event.INCIDENT_CLOSED, Event.CHANNEL_BACK):
        return
    if alert.respond_by_at is not None:
        yield block(phrases("label", "answer_by"), [due(alert, setting)])
    if topic(alert) in phrases.said["do"]:
        yield block(phrases("label", "do"), [phrases("do", topic(alert))])


def due(alert: Alert, setting: Setting) -> str:
    """By when someone should have answered, and how long that is from now."""
    assert alert.respond_by_at is not None  # noqa: S101 - asked by the callers
    left_for = alert.respond_by_at - alert.created_at
    other_day = (
        alert.respond_by_at.astimezone(setting.zone).date()
        != alert.created_at.astimezone(setting.zone).date()
    )
    say = setting.phrases.at if other_day else setting.phrases.time
    name = "by" if left_for.total_seconds() > 0 else "overdue"
    return setting.phrases(
        "said", name, time=say(alert.respond_by_at, setting.zone),
        span=setting.phrases.span(abs(left_for)),
    )  # fmt: skip


def _why(alert: Alert, phrases: Phrases) -> str:
    matches = alert.mention.matches if alert.mention else ()
    lines = facts.why(alert.reasons, matches, phrases)
    return block(phrases("label", "why"), [f"- {wrappable(line)}" for line in lines])


def _suggested(label: str, suggestion: Suggestion | None, phrases: Phrases) -> str:
    if suggestion is None:
        return ""
    return block(phrases("label", label, language=suggestion.language), [suggestion.text])


def _ending(alert: Alert, setting: Setting) -> Iterator[str]:
    phrases = setting.phrases
    for action in ACTIONS:
        if action in setting.links:
            yield block(phrases("label", action), [setting.links[action]])
    if alert.mention is not None:
        url = clean(alert.mention.post.url or "")
        yield block(phrases("label", "post"), [url or phrases("said", "no_link")])


def block(label: str, lines: list[str]) -> str:
    """A label and what belongs to it; nothing where there is nothing."""
    held = [line for line in lines if line]
    return "\n".join([label, *held]) if held else ""
