"""What one value of a watchlist may be. Each function returns it parsed or raises ValueError."""

from __future__ import annotations

import re
import zoneinfo
from datetime import timedelta
from functools import lru_cache

from rapidfuzz import fuzz, process

from earwitness.model import Hours, Intent, TermKind
from earwitness.text import fold
from earwitness.watchlist.problems import quoted

SHORTEST_EVERY = timedelta(seconds=5)
LONGEST_EVERY = timedelta(days=7)
FEWEST_LETTERS = 5  # of a fuzzy name: one edit in fewer letters meets words of every language
FEWEST_SIGNS = 3  # of a fuzzy name in a script whose signs stand for syllables or words
LONGEST_REPLY = 1000  # code points
REPLY_INTENTS = (*map(str, Intent), "status")
MOST_TERMS = 100_000  # of all brands; matching compiles them within a function's memory
LONGEST_TEXT = 100  # code points of a name or a term

_DURATION = re.compile(r"([0-9]{1,7})([smhd])")
_HOURS = re.compile(
    r"(?P<days>[A-Za-z,-]+)\s+(?P<opens>[0-9]{1,2}:[0-9]{2})-(?P<closes>[0-9]{1,2}:[0-9]{2})"
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PLACE = re.compile(r"\{[^{}]*\}?")
# Letters to Unicode that matching does not read: two apostrophes, and ideographs so rare that its
# table leaves them out.
_NOT_READ = re.compile("[\u02b9\u02bc\U00020000-\U0010ffff]")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)")
_HANDLE = re.compile(r"@[.-]*\w[\w.-]*(?:@[\w.-]+\.\w+)?")
_HASHTAG = re.compile(r"#\w+")
# Thai, Lao, Myanmar, Khmer, Kana, Han, Hangul: a sign for a syllable or a word
_SYLLABLES_OR_WORDS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
# ISO 639-1, all 183 codes
_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw "
    "ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_LANGUAGES = frozenset(_CODES.split())


def duration(text: str) -> timedelta:
    """``90s``, ``10m``, ``2h`` or ``1d``, from 5 seconds to 7 days."""
    length = _length(text)
    if length is None or not SHORTEST_EVERY <= length <= LONGEST_EVERY:
        message = (
            f"expected a duration from 5s to 7d such as 90s, 10m, 2h or 1d, got {quoted(text)}"
        )
        raise ValueError(message)
    return length


def wait(text: str) -> timedelta:
    """How long an alert waits for others: from ``0s`` to one hour."""
    length = _length(text)
    if length is None or length > timedelta(hours=1):
        message = f"expected a wait from 0s to 1h such as 60s or 10m, got {quoted(text)}"
        raise ValueError(message)
    return length


def _length(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def hours(text: str) -> Hours:
    """``Mon-Fri 09:00-18:00``, ``Mon,Wed 08:30-12:00`` or ``daily 22:00-06:00``."""
    found = _HOURS.fullmatch(text.strip())
    days = _days(found["days"]) if found else ()
    opens, closes = (_minutes(found[end]) for end in ("opens", "closes")) if found else (-1, -1)
    if not days or opens < 0 or closes < 0:
        message = "expected days and hours such as Mon-Fri 09:00-18:00 or daily 08:00-22:00, got "
        raise ValueError(message + quoted(text))
    return Hours(days, opens, closes)


def _days(text: str) -> tuple[int, ...]:
    """The days a text names, from 0, Monday; none when it names something else."""
    if text.casefold() == "daily":
        return tuple(range(7))
    found: set[int] = set()
    for part in text.casefold().split(","):
        ends = [_DAYS.index(day) if day in _DAYS else -1 for day in part.split("-")]
        if -1 in ends or len(ends) > 2:
            return ()
        first, last = ends[0], ends[-1]
        found |= {day % 7 for day in range(first, first + (last - first) % 7 + 1)}
    return tuple(sorted(found))


def _minutes(clock: str) -> int:
    """Minutes after midnight, up to 24:00; -1 for no time of day."""
    hour, minute = map(int, clock.split(":"))
    return hour * 60 + minute if (hour < 24 and minute < 60) or (hour, minute) == (24, 0) else -1


def site(text: str) -> str:
    """A site by its domain, without what stands before and after it in an address."""
    text = name(text)
    if "/" in text or not _DOMAIN.fullmatch(text):
        raise ValueError(f"expected a site such as forum.example, got {quoted(text)}")
    return text


def time_zone(text: str) -> str:
    """The name of a zone in the IANA database."""
    zones = _zones()
    if text not in zones:
        wanted = text.casefold().replace(" ", "_")
        near = process.extractOne(wanted, zones, scorer=_likeness, score_cutoff=80)
        hint = f"did you mean {near[0]}?" if near else "write a place, such as Europe/Berlin"
        raise ValueError(f"expected an IANA time zone, got {quoted(text)}; {hint}")
    return text


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _likeness(wanted: str, zone: str, **_: object) -> float:
    """How much a text is like a zone's name or its last part, the city: 0 to 100."""
    name = zone.casefold()
    return max(fuzz.ratio(wanted, name), fuzz.ratio(wanted, name.rpartition("/")[2]))


def language(text: str) -> str:
    """A language of ISO 639-1, by its two letters."""
    if text in _LANGUAGES:
        return text
    start = re.split(r"[-_]", text.lower())[0]
    hint = f"; write {start}" if start in _LANGUAGES else ""
    message = "expected a language of two letters (ISO 639-1) such as en, de or tr, got "
    raise ValueError(message + quoted(text) + hint)


def name(text: str) -> str:
    """A name with something to it, at most 100 characters, without outer blanks."""
    text = text.strip()
    if not text:
        raise ValueError("expected some text, got none")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{len(text)} characters; {LONGEST_TEXT} are the most")
    return text


def word(text: str) -> str:
    """A name or context word that has at least one letter or digit to look for."""
    text = name(text)
    if not fold(text).strip():
        raise ValueError(f"expected at least one letter or digit, got {quoted(text)}")
    if not fold(_NOT_READ.sub(" ", text)).strip():
        message = (
            "expected a letter that can be looked for; apostrophes and ideographs from U+20000 "
        )
        raise ValueError(f"{message}on cannot, got {quoted(text)}")
    return text


def reply(text: str) -> str:
    """A saved reply: what is in braces is filled in, and only {name} and {brand} are known."""
    text = " ".join(text.split())
    if not text:
        raise ValueError("expected some text, got none")
    if len(text) > LONGEST_REPLY:
        raise ValueError(f"{len(text)} characters; {LONGEST_REPLY} are the most")
    for place in _PLACE.findall(text):
        if place not in ("{name}", "{brand}"):
            raise ValueError(f"expected {{name}} or {{brand}}, got {quoted(place)}")
    return text


def reply_intent(text: str) -> str:
    """What a saved reply answers: an intent, or status for the text in an incident."""
    if text not in REPLY_INTENTS:
        near = process.extractOne(
            text.casefold(), REPLY_INTENTS, scorer=fuzz.ratio, score_cutoff=60
        )
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(REPLY_INTENTS)}"
        raise ValueError(f"unknown intent {quoted(text)}; {hint}")
    return text


def term(text: str) -> str:
    """A name, a handle, a hashtag or a domain."""
    text = word(text)
    if "://" in text:
        host = text.split("://", 1)[1].split("/")[0]
        raise ValueError(f"expected a name or a domain, got an address; write {quoted(host)}")
    if text.startswith("@") and not _HANDLE.fullmatch(text):
        raise ValueError(f"expected a handle without blanks such as @northwind, got {quoted(text)}")
    if text.startswith("#") and not _HASHTAG.fullmatch(text):
        message = "expected a hashtag of letters and digits such as #northwind, got "
        raise ValueError(message + quoted(text))
    return text


def term_kind(text: str) -> TermKind:
    """What a term is: by its first character or, for a domain, by its form.

    The last label of a domain has no capital: "northwind.example" is one, "Dr.Oetker" is a name.
    """
    if text.startswith("@"):
        return TermKind.HANDLE
    if text.startswith("#"):
        return TermKind.HASHTAG
    label = text.rpartition(".")[2]
    if _DOMAIN.fullmatch(text) and label == label.lower():
        return TermKind.DOMAIN
    return TermKind.NAME


def is_long_enough(text: str) -> bool:
    """Whether a term may be found misspelled: 5 letters, or 3 signs of, say, Chinese."""
    letters = "".join(fold(text).split())
    return len(letters) >= (FEWEST_SIGNS if is_written_in_signs(text) else FEWEST_LETTERS)


def is_written_in_signs(text: str) -> bool:
    """Whether a sign of the text stands for a syllable or a word, as in Chinese or Korean."""
    return _SYLLABLES_OR_WORDS.search(text) is not None


def folded(text: str) -> str:
    """What two spellings must share to be the same: folded, blanks counted once."""
    return " ".join(fold(text).split())
