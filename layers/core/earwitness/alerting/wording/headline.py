"""The verdict, in one line: the first that a phone shows."""

from __future__ import annotations

from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import ascii_only, clean, shorten
from earwitness.alerting.wording.setting import Setting
from earwitness.model import Alert, Role

SUBJECT_MAX = 100  # SNS takes fewer than 100 characters, ASCII, without line break
_BRAND_MAX = 50
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def topic(alert: Alert) -> str:
    """What an alert is about: its kind, unless its post spreads, which matters more."""
    spreads = alert.mention is not None and alert.mention.velocity is not None
    return "viral" if spreads and alert.kind != "spike" else alert.kind


def headline(alert: Alert, phrases: Phrases) -> str:
    """How urgent, what, about whom."""
    line = "competitor" if alert.role is Role.COMPETITOR else "line"
    return phrases(
        "headline",
        line if alert.brand else "nobody",
        priority=phrases("priority", str(alert.priority)),
        event=phrases("event", str(alert.event)),
        what=_what(alert, phrases),
        brand=shorten(clean(alert.brand), _BRAND_MAX),
    )


def subject(alert: Alert, setting: Setting) -> str:
    """The headline for an email's subject: other scripts in Latin letters."""
    phrases = setting.phrases
    brand = shorten(_brand_in_ascii(alert, setting), _BRAND_MAX)
    where = shorten(ascii_only(alert.channel), 30)
    what = _what(alert, phrases)
    said = f"[{phrases('priority', str(alert.priority))}] {brand}: " + phrases(
        "event", str(alert.event)
    )
    said = f"{said}{what}"
    if phrases.language == "de":  # other languages drop their marks
        said = said.translate(_GERMAN)
    return shorten(ascii_only(f"{said} ({where})" if where else said), SUBJECT_MAX - 1)


def _what(alert: Alert, phrases: Phrases) -> str:
    """What it is about; the end of an incident or a dark channel in words of its own."""
    ending = phrases.said["headline"].get(alert.event)
    return ending or phrases.named("headline", topic(alert))


def _brand_in_ascii(alert: Alert, setting: Setting) -> str:
    """The brand's name in Latin letters, else the first of its terms that has some."""
    terms = (term.text for term in setting.brand.terms) if setting.brand and alert.brand else ()
    names = (ascii_only(name) for name in (alert.brand, *terms))
    return next((name for name in names if any(map(str.isalnum, name))), "Earwitness")
