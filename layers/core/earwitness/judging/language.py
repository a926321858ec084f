"""Which language a post is in: as the channel says, else by script, function words and letters."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from earwitness.judging.notation import folded_word, sections
from earwitness.judging.rules import LANGUAGES, lexicon

UNKNOWN = "und"  # ISO 639-3: undetermined
_CODE = re.compile(r"[a-z]{2,3}")
_WORD = re.compile(r"[^\W\d_]+(?:['’](?:t|s|re|ve|ll|d|m)\b)?", re.IGNORECASE)
_UNREAD = re.compile(r"https?://\S+|www\.\S+|[@#]\w+", re.IGNORECASE)
_READ_CHARACTERS = 600  # enough to tell; a longer text says the same again
_LETTER_VOTE = 1.0
_PRIOR = 0.15  # a language with rules is the likelier: it is what customers write
_TIE = 0.01
_APOSTROPHE = re.compile(r"['’]")

# Scripts that name a language by themselves, or, None, that several of ours share.
_SCRIPTS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(f"[{letters}]"), language)
    for letters, language in (
        ("a-zA-ZÀ-ɏ", None),
        ("Ѐ-ӿ", "ru"),
        ("\u3040-\u30ff", "ja"),
        ("\uac00-\ud7af", "ko"),
        ("\u4e00-\u9fff", "zh"),
        ("\u0600-\u06ff", "ar"),
        ("\u0590-\u05ff", "he"),
        ("\u0370-\u03ff", "el"),
        ("\u0900-\u097f", "hi"),
        ("\u0e00-\u0e7f", "th"),
    )
)
_LATIN, _LAST_LATIN = _SCRIPTS[0][0], "ɏ"
_OF_SCRIPT = {
    "ar": ("ar", "fa", "ur", "ckb", "ps"),
    "ru": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt"),
    "hi": ("hi", "mr", "ne"),
    "he": ("he", "yi"),
    "ja": ("ja", "zh"),
    "zh": ("zh", "ja"),
}


@cache
def _votes() -> tuple[dict[str, tuple[tuple[str, float], ...]], dict[str, tuple[str, ...]]]:
    """Function words, each with the languages it speaks for and how much, and letters with theirs.

    No letter of ASCII is among them.
    """
    words: dict[str, set[str]] = defaultdict(set)
    letters: dict[str, set[str]] = defaultdict(set)
    for file in (*LANGUAGES, "others"):
        for heading, held in sections(file):
            kind, _, named = heading.strip("[]").partition(" ")
            language = named or file
            for entry, _ in held if kind in ("function", "letters") else ():
                target = words if kind == "function" else letters
                for form in {entry, folded_word(entry)} if kind == "function" else (entry,):
                    if len(form) > 1 or form == entry:  # "å" folded is a word of others
                        target[form].add(language)
    weighted = {w: tuple((one, 1 / len(of)) for one in sorted(of)) for w, of in words.items()}
    return weighted, {letter: tuple(sorted(of)) for letter, of in letters.items()}


@cache
def function_words(language: str) -> frozenset[str]:
    """The words, folded, by which a language is told, and which say nothing of a subject."""
    if language not in LANGUAGES:
        return frozenset()
    own = (held for heading, held in sections(language) if heading == "[function]")
    return frozenset(folded_word(entry.text) for held in own for entry in held)


def _script(text: str) -> str | None:
    """The language whose script most letters are in; "" for Latin, None for no letters."""
    if text.isascii() or max(text) <= _LAST_LATIN:
        return "" if _LATIN.search(text) else None
    counts = [(len(letters.findall(text)), language or "") for letters, language in _SCRIPTS]
    best = max(count for count, _ in counts)
    if not best:
        return None
    found = {language for count, language in counts if count}
    if "ja" in found and found & {"zh", "ja"}:  # kana beside ideographs is Japanese
        return "ja"
    return next(language for count, language in counts if count == best)


def identify(text: str, declared: str | None = None) -> str:
    """The ISO 639-1 code of the text's language, or "und".

    ``declared`` is what the channel says (BCP 47); it holds unless the script contradicts it.
    """
    read = _UNREAD.sub(" ", text[:_READ_CHARACTERS])
    script = _script(read)
    primary = (declared or "").replace("_", "-").partition("-")[0].lower()
    if _CODE.fullmatch(primary) and primary != UNKNOWN and _agrees(primary, script):
        return primary
    if script is None:
        return UNKNOWN
    return _by_votes(read, script)


def _agrees(declared: str, script: str | None) -> bool:
    if script is None:
        return True
    if script == "":
        return declared not in ("ru", "uk", "bg", "ar", "he", "el", "ja", "ko", "zh", "th")
    return declared in _OF_SCRIPT.get(script, (script,))


def _by_votes(text: str, script: str) -> str:
    if script not in ("", "ru"):
        return script
    by_word, by_letter = _votes()
    scores: dict[str, float] = defaultdict(float)
    lowered = text.lower()
    words = _WORD.findall(lowered)
    if "'" in lowered or "’" in lowered:
        words = [_APOSTROPHE.sub("", word) for word in words]
    for word in words:
        for language, vote in by_word.get(word, ()):
            scores[language] += vote
    for letter in () if lowered.isascii() else by_letter.keys() & set(lowered):
        for language in by_letter[letter]:
            scores[language] += _LETTER_VOTE / len(by_letter[letter])
    if script == "ru":
        scores = {k: v for k, v in scores.items() if k in _OF_SCRIPT["ru"]} | {
            "ru": scores.get("ru", 0.0) + 0.1
        }
    if scores:
        held = {one: score + _PRIOR * (one in LANGUAGES) for one, score in scores.items()}
        most = max(held.values())
        return _by_rules(sorted(one for one in held if most - held[one] < _TIE), words)
    english = lexicon("en")
    return "en" if any(english.meaning(folded_word(word)).atoms for word in words) else UNKNOWN


def _by_rules(tied: list[str], words: list[str]) -> str:
    """Of languages that a short text speaks for alike, the one whose rules know most of it."""

    def known(language: str) -> int:
        rules = lexicon(language) if language in LANGUAGES else None
        return sum(bool(rules.meaning(folded_word(w, language)).atoms) for w in words if rules)

    return max(tied, key=known) if len(tied) > 1 else tied[0]
