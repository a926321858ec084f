"""The SMS: one message of at most 160 signs."""

from __future__ import annotations

from earwitness.alerting.wording.headline import headline
from earwitness.alerting.wording.plain import clean, gsm_only, shorten
from earwitness.alerting.wording.quoting import masked
from earwitness.alerting.wording.setting import Setting
from earwitness.model import Alert, Role

SMS_MAX = 160  # signs of GSM 03.38 in one message; in other alphabets it is sent as two or three
_LINK_MAX = 70
_LEAST_QUOTE = 20
_IN_CYRILLIC = frozenset({"ru"})


def sms(alert: Alert, setting: Setting) -> str:
    """Verdict, due time, as much of the quote as fits, link.

    In the alphabet of which 160 signs are one message, unless the reader's own is another.
    """
    phrases = setting.phrases
    spell = clean if phrases.language in _IN_CYRILLIC else gsm_only
    link = clean(alert.mention.post.url or "") if alert.mention else ""
    link = link if link.isascii() and len(link) <= _LINK_MAX else ""
    head = spell(headline(alert, phrases))
    if alert.respond_by_at and alert.role is Role.OWN:
        time = f"{alert.respond_by_at.astimezone(setting.zone):%H:%M}"
        head += ", " + spell(phrases("said", "by_short", time=time))
    room = SMS_MAX - (len(link) + 1 if link else 0)
    said = spell(_said(alert, setting))
    left = room - len(head) - 3
    quoted = f' "{shorten(said, left)}"' if left >= _LEAST_QUOTE and said else ""
    return shorten(f"{head}{quoted}", room) + (f" {link}" if link else "")


def _said(alert: Alert, setting: Setting) -> str:
    if alert.mention is None:
        return alert.channel
    post = alert.mention.post
    return masked(post.text or post.title or "", lambda kind: setting.phrases("personal", kind))
