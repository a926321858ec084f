"""Signs that only look like the letters of a name: digits, symbols, letters of other scripts.

After Unicode's confusables (UTS 39), reduced to what people and spammers type. Case is folded
before, so a Greek letter may stand for what its capital or its small form looks like.
"""

from __future__ import annotations

import re

_SIGNS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"}
_SMALL = dict(
    zip("авеікмнорстухѕјһԁԛԝьαικνορτυχωγ", "abeikmhopctyxsjhdqwbaikvoptuxwy", strict=True)
)
_CAPITAL = _SMALL | dict(zip("вνηρτυχμζβε", "bnhptyxmzbe", strict=True))
TABLES = tuple(
    str.maketrans(_SIGNS | {"1": one} | letters) for letters in (_SMALL, _CAPITAL) for one in "il"
)
_RUN = re.compile(r"(.)\1{2,}")


def disguises(token: str) -> set[str]:
    """What a folded token may be meant to look like; empty when nothing in it is a disguise.

    At least one plain letter must be there and signs must not be the majority: 2024 is a year.
    """
    if token.isalpha() and (token.isascii() or not _mixes_scripts(token)):
        return set()
    letters = sum(character.isalpha() for character in token)
    if letters * 2 < len(token) or letters == 0:
        return set()
    return {token.translate(table) for table in TABLES} - {token}


def _mixes_scripts(token: str) -> bool:
    latin = any(character < "\u0250" for character in token)
    other = any("\u0370" <= character < "\u0530" for character in token)
    return other and (latin or all(ord(character) in TABLES[0] for character in token))


def without_runs(token: str) -> set[str]:
    """The token with every run of three or more letters cut to one, and to two."""
    return {_RUN.sub(r"\1", token), _RUN.sub(r"\1\1", token)} - {token}
