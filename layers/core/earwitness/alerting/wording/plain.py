"""Plain text that every screen shows alike: nothing a post contains acts, everything is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Signs that a terminal, a phone or a header would obey instead of show.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_ESCAPES = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]")  # what colours a terminal (ECMA-48)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_SPACES = re.compile(r"\s+")
_UNWRAPPABLE = re.compile(r"\S{41,}")
_LINK = re.compile(r"https?://", re.IGNORECASE)
# Where a line must not be broken: before a dash or a sign, and inside a number.
_BOUND = re.compile(r"(?<=\S) (?=[-–:;?!%](?:\s|$))|(?<=\d) (?=\d{3}\b)")
LONGEST_WORD = 40  # letters a line of a phone holds

# After the practical transcription of Russian in passports (ICAO Doc 9303), Ukrainian and Greek
# likewise; the rest of Latin is stripped of its marks.
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y - e iu ia i i ie g".split(),  # noqa: E501, SIM905
        strict=True,
    )
) | dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),  # noqa: SIM905
        strict=True,
    )
)
_LATIN |= {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-",
    "—": "-", "…": "...", "·": "-", "•": "-", "‹": "(", "›": ")", "№": "No", "€": "EUR",
    "[": "(", "]": ")", "{": "(", "}": ")", "\\": "/", "|": "/", "~": "-", "^": "'",
}  # fmt: skip
_LATIN["ь"] = ""
# GSM 03.38 (3GPP TS 23.038), the basic alphabet: 160 of these are one message.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def clean(text: str) -> str:
    """One line that shows what it says: no control signs, no direction marks, no markup.

    What would open a tag is shown by a sign that looks alike and opens none.
    """
    seen = _UNSEEN.sub("", _ESCAPES.sub("", text))
    seen = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in seen
        if not "\ud800" <= c <= "\udfff"
    )
    return _SPACES.sub(" ", _TAG.sub("‹", seen)).strip()


def wrappable(text: str) -> str:
    """Text without a word that is longer than a phone's line; links stay whole."""
    return _UNWRAPPABLE.sub(_shortened, text)


def _shortened(word: re.Match[str]) -> str:
    return word[0] if _LINK.search(word[0]) else shorten(word[0], LONGEST_WORD)


def unbroken(text: str) -> str:
    """Text whose narrow lines begin with no dash, colon, question mark or half of a number."""
    return _BOUND.sub("\u00a0", text)


def shorten(text: str, most: int) -> str:
    """At most so many characters, cut between words where that costs little."""
    if len(text) <= most:
        return text
    cut = text[: most - 3]
    between = cut.rfind(" ")
    return (cut[:between] if between > most * 2 // 3 else cut).rstrip(" ,;:-–") + "..."


def ascii_only(text: str) -> str:
    """Letters of other scripts as Latin ones, marks dropped; what has no letters is left out."""
    return _spelled(clean(text), lambda sign: sign.isascii())


def gsm_only(text: str) -> str:
    """Text in the alphabet of which 160 signs fit an SMS: what it lacks is spelled otherwise."""
    return _spelled(clean(text), GSM.__contains__)


def is_gsm(text: str) -> bool:
    """Whether every sign is in the alphabet of which 160 fit an SMS."""
    return GSM.issuperset(text)


def _spelled(text: str, fits: Callable[[str], bool]) -> str:
    spelled = "".join(
        sign if fits(sign) else _among(_in_latin(sign, fits), text[max(at - 1, 0) : at + 2])
        for at, sign in enumerate(text)
    )
    return _SPACES.sub(" ", spelled).strip()


def _among(latin: str, neighbours: str) -> str:
    """Several letters for one, all of them capital in a word of capitals."""
    return (
        latin.upper() if len(latin) > 1 and len(neighbours) > 1 and neighbours.isupper() else latin
    )


def _in_latin(sign: str, fits: Callable[[str], bool]) -> str:
    lowered = sign.lower()
    if (latin := _LATIN.get(lowered)) is not None:
        return latin.capitalize() if sign != lowered else latin
    parts = unicodedata.normalize("NFKD", sign)
    if parts == sign:
        return ""
    return "".join(part if fits(part) else _in_latin(part, fits) for part in parts)
