"""The custom notification that Amazon Q Developer in chat applications shows in Slack and Teams.

Its schema: docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html, version 1.0. SNS has
one text for all HTTPS endpoints, and Amazon Q is one: programs that listen by HTTPS find the
alert's JSON in ``metadata.additionalContext.alert``, where the schema has room for it.
"""

from __future__ import annotations

import json
import re

from earwitness.alerting.wording import facts
from earwitness.alerting.wording.headline import headline, topic
from earwitness.alerting.wording.mail import ACTIONS, due, status_text
from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import clean, shorten
from earwitness.alerting.wording.quoting import quote
from earwitness.alerting.wording.replies import suggest
from earwitness.alerting.wording.setting import Setting
from earwitness.alerting.wording.summary import summary
from earwitness.model import Alert, Event, Mention, Role

TITLE_MAX = 250
DESCRIPTION_MAX = 4000
_JOINER = "\u2060"  # shows nothing, and parts what chat would read as one
_MENTION = re.compile(r"([@#])(?=\w)")
_LINK = re.compile(r"\](?=[(\[:])")


def chat(alert: Alert, setting: Setting, machine: str) -> str:
    """The notification as JSON. ``machine`` is the alert for programs."""
    said = {
        "version": "1.0",
        "source": "custom",
        "id": alert.alert_id,
        "content": {
            "textType": "client-markdown",
            "title": shorten(literal(headline(alert, setting.phrases)), TITLE_MAX),
            "description": shorten(_description(alert, setting), DESCRIPTION_MAX),
            "nextSteps": _steps(alert, setting),
            "keywords": [
                clean(word)[:75] for word in (alert.brand, alert.priority, alert.kind) if word
            ],
        },
        "metadata": {
            "threadId": alert.group_id,
            "summary": shorten(literal(headline(alert, setting.phrases)), TITLE_MAX),
            "eventType": alert.event,
            "additionalContext": {"priority": alert.priority, "alert": machine},
        },
    }
    return json.dumps(said, ensure_ascii=True)


def literal(text: str) -> str:
    """Shown as it is: no mention of people or channels, no link with another's text (A10)."""
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub("]" + _JOINER, _MENTION.sub(r"\1" + _JOINER, safe))


def literal_lines(text: str) -> str:
    """Lines shown as they are; those that are a link of ours or of a post stay one."""
    lines = text.splitlines()
    return "\n".join(one if one.startswith("https://") else literal(one) for one in lines)


def _description(alert: Alert, setting: Setting) -> str:
    phrases = setting.phrases
    lines: list[str] = []
    if (mention := alert.mention) is not None:
        said = quote(mention.post, mention.matches, hidden=lambda kind: phrases("personal", kind))
        lines += [f"> {literal(said)}", literal(facts.who(mention.post.author, phrases))]
        lines += [literal(facts.where(mention.post, phrases, setting.zone))]
        lines += facts.reach(alert, mention, phrases)
        lines += map(literal, facts.author(mention, setting.history, phrases, setting.zone))
    elif (incident := alert.incident) is not None:
        lines += map(literal, facts.so_far(incident, phrases, setting.zone))
        lines += _linked("first", incident.first, phrases)
        lines += _linked("fastest", incident.fastest, phrases)
    elif alert.digest is not None:
        return literal_lines(summary(alert.digest, setting))
    elif alert.darkness is not None:
        lines += [literal(alert.darkness.channel), literal(alert.darkness.reason)]
    matches = alert.mention.matches if alert.mention else ()
    if alert.event is not Event.CHANNEL_BACK:
        lines += [f"• {literal(line)}" for line in facts.why(alert.reasons, matches, phrases)]
    for one in alert.folded:
        lines += [f"• {literal(facts.folded(one, phrases))}", clean(one.url)]
    if alert.mention is not None and alert.mention.post.url:
        lines.append(clean(alert.mention.post.url))
    if setting.may_repeat:
        lines.append(phrases("said", "repeat"))
    return "\n".join(line for line in lines if line)


def _linked(label: str, mention: Mention | None, phrases: Phrases) -> list[str]:
    """A post of an incident, and where it can be read."""
    if mention is None:
        return []
    said = facts.said_in_short(mention, phrases)
    return [f"{phrases('label', label)}: {literal(said)}", clean(mention.post.url or "")]


def _steps(alert: Alert, setting: Setting) -> list[str]:
    phrases = setting.phrases
    if alert.role is Role.COMPETITOR:
        return [phrases("said", "nobody")]
    if alert.event in (Event.INCIDENT_CLOSED, Event.CHANNEL_BACK):
        return []
    steps = []
    if alert.respond_by_at is not None:
        steps.append(f"{phrases('label', 'answer_by')}: {due(alert, setting)}")
    if topic(alert) in phrases.said["do"]:
        steps.append(phrases("do", topic(alert)))
    if alert.mention is not None:
        fallback = setting.brand.language if setting.brand else "en"
        reply = suggest(alert.mention, setting.history, setting.replies, fallback)
        if reply is not None:
            label = phrases("label", "reply", language=reply.language)
            steps.append(f"{label}: {literal(reply.text)}")
    elif alert.incident is not None and (said := status_text(alert.incident, setting)) is not None:
        label = phrases("label", "status", language=said.language)
        steps.append(f"{label}: {literal(said.text)}")
    steps += [
        f"{phrases('label', action)}: {setting.links[action]}"
        for action in ACTIONS
        if action in setting.links
    ]
    return steps
