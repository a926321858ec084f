"""Folding, tokens, scripts: what matching, judging and stories all stand on.

Folding is one code point to one code point, so that an offset into folded text is an offset
into the original.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS_WITHOUT_DECOMPOSITION = {
    "ı": "i", "İ": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ß": "s", "æ": "a",
    "œ": "o", "þ": "t",
}  # fmt: skip
# Voiced kana and syllables of Hangul decompose too, but their parts are no letters plus marks:
# without the mark "ba" would become "ha", and a syllable only its first consonant.
_WHOLE_LETTERS = re.compile("[\u3040-\u30ff\uac00-\ud7a3]")
_WORD = re.compile(r"\S+")


@lru_cache(maxsize=65536)
def _fold_character(character: str) -> str:
    if not character.isalnum():
        return " "
    lowered = _LETTERS_WITHOUT_DECOMPOSITION.get(character) or character.casefold()[0]
    if _WHOLE_LETTERS.match(lowered):
        return lowered
    letters = (c for c in unicodedata.normalize("NFKD", lowered) if c.isalnum())
    folded = next(letters, lowered).casefold()[0]
    return _LETTERS_WITHOUT_DECOMPOSITION.get(folded, folded)


def fold(text: str) -> str:
    """Casefold, strip marks, turn everything that is no letter or digit into a space.

    The result has as many code points as ``text``.
    """
    return "".join(map(_fold_character, text))


def words(text: str) -> list[tuple[str, int, int]]:
    """Folded words with their start and end in code points of ``text``."""
    return [(m.group(), m.start(), m.end()) for m in _WORD.finditer(fold(text))]
