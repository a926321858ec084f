"""What an alert says: plain text that reads well in an email, an SMS, a chat and a program.

One file per way of telling; what is told is in the files beside them, and every word a reader
sees in ``languages/``. Nothing of a post reaches a terminal, a phone or a header unsanitised, and
personal data in posts is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

from earwitness.alerting.wording.chat import chat
from earwitness.alerting.wording.headline import SUBJECT_MAX, subject
from earwitness.alerting.wording.history import History, recall
from earwitness.alerting.wording.machine import machine
from earwitness.alerting.wording.mail import ACTIONS, mail
from earwitness.alerting.wording.plain import clean
from earwitness.alerting.wording.setting import Setting
from earwitness.alerting.wording.sms import SMS_MAX, parts, sms
from earwitness.alerting.wording.summary import summary
from earwitness.model import Alert, Priority

__all__ = [
    "ACTIONS",
    "SMS_MAX",
    "SUBJECT_MAX",
    "History",
    "Message",
    "Setting",
    "clean",
    "compose",
    "is_for_sms",
    "messages",
    "recall",
]


@dataclass(frozen=True, slots=True)
class Message:
    """One alert as each kind of receiver gets it, and the attributes that route it."""

    subject: str
    email: str
    sms: str
    chat: str  # JSON for HTTPS endpoints: Amazon Q Developer, and programs
    machine: str  # JSON for every other endpoint, documented in docs/alerts.md
    attributes: dict[str, str]


def compose(alert: Alert, setting: Setting | None = None) -> Message:
    """Put an alert into words, in the brand's language and time zone."""
    told = setting or Setting()
    said = machine(alert, told)
    return Message(
        subject=subject(alert, told),
        email=summary(alert.digest, told) if alert.digest else mail(alert, told),
        sms=sms(alert, told),
        chat=chat(alert, told, said),
        machine=said,
        attributes={
            "brand": clean(alert.brand) or "all",
            "role": alert.role,
            "priority": alert.priority,
            "kind": alert.kind,
            "channel": clean(alert.channel) or "unknown",
            "language": alert.language or "und",
            "event": alert.event,
            "level": str(alert.level),
            "sms": "yes" if told.sms else "no",
        },
    )


def messages(alert: Alert, setting: Setting) -> int:
    """How many messages an alert's SMS is charged as at each receiver."""
    return parts(sms(alert, setting))


def is_for_sms(alert: Alert) -> bool:
    """Whether an alert is worth an SMS: what is critical, and what nobody answered in time."""
    return alert.priority is Priority.CRITICAL or alert.level > 0
