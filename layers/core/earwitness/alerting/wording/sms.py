"""The SMS: at most 160 signs, and how many messages a network makes of them."""

from __future__ import annotations

from earwitness.alerting.wording.headline import headline
from earwitness.alerting.wording.plain import clean, gsm_only, is_gsm, shorten
from earwitness.alerting.wording.quoting import masked
from earwitness.alerting.wording.setting import Setting
from earwitness.model import Alert, Role

SMS_MAX = 160
# 3GPP TS 23.040: 140 octets are 160 signs of 7 bits or 70 of 16; a message in parts spends 6 octets
# of each on saying so.
_OF_7_BITS, _IN_PARTS_OF_7_BITS = 160, 153
_OF_16_BITS, _IN_PARTS_OF_16_BITS = 70, 67
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
    fits = said and (left >= _LEAST_QUOTE or len(said) <= left)
    cut = shorten(said, left) if fits else ""
    told = f' "{cut}"' if alert.mention else f" - {cut}"
    return shorten(head + (told if cut else ""), room) + (f" {link}" if link else "")


def parts(text: str) -> int:
    """How many messages a text is sent and charged as: in Cyrillic 160 signs are three."""
    if is_gsm(text):
        whole, each, length = _OF_7_BITS, _IN_PARTS_OF_7_BITS, len(text)
    else:
        whole, each = _OF_16_BITS, _IN_PARTS_OF_16_BITS
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return 1 if length <= whole else -(-length // each)


def _said(alert: Alert, setting: Setting) -> str:
    phrases = setting.phrases
    if (incident := alert.incident) is not None:
        posts, authors = phrases.number(incident.posts), phrases.number(incident.authors)
        return phrases("said", "posts", posts=posts, authors=authors)
    if alert.folded_count:
        return phrases.with_numbers("reason", "over_the_cap", str(alert.folded_count)) or ""
    if (digest := alert.digest) is not None:
        own = digest.counts[0]
        return phrases(
            "digest", "count", n=phrases.number(own.mentions), before=phrases.number(own.before)
        )
    if alert.mention is None:
        return alert.channel
    post = alert.mention.post
    return masked(post.text or post.title or "", lambda kind: phrases("personal", kind))
