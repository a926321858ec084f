"""What is wrong with a watchlist, said to the person who has to mend it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz, process

Path = tuple[str | int, ...]  # ("brands", 0, "terms", 2, "require_any")

_LONGEST_SHOWN = 60
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands and what to do. ``field`` is "" for the file as a whole."""

    source: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}: "
        return where + (f"{self.field}: {self.message}" if self.field else self.message)


class WatchlistInvalid(ValueError):
    """The watchlist cannot be used. ``problems`` holds every one found, in order of lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def is_unprintable(character: str) -> bool:
    """Whether a character would break a line, a terminal or the reading order."""
    return unicodedata.category(character) in ("Cc", "Cs") or character in _BIDIRECTIONAL


def shown(value: object) -> str:
    """A value of the watchlist as a message may show it: named, short and harmless."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a group of keys"
    return quoted(str(value))


def quoted(text: str) -> str:
    """Text in double quotes, cut at 60 characters, with nothing a terminal would obey."""
    cut = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    safe = "".join(f"\\u{ord(c):04x}" if is_unprintable(c) else c for c in cut)
    return '"' + safe.replace('"', '\\"') + '"'


def unknown(what: str, given: str, known: tuple[str, ...]) -> str:
    """The message for a word nobody knows: the nearest known one, else all of them."""
    near = process.extractOne(given.casefold(), known, scorer=fuzz.ratio, score_cutoff=60)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return f"unknown {what} {quoted(given)}; {hint}"


def field(path: Path) -> str:
    """A path as people write it: ``brands[0].terms[2].require_any``."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            plain = part.replace("_", "").replace("-", "").isalnum()
            written += ("." if written else "") + (part if plain else quoted(part))
    return written


def as_json(problems: tuple[Problem, ...]) -> list[dict[str, str | int]]:
    """Problems as data: source, line, field, message."""
    return [
        {"source": p.source, "line": p.line, "field": p.field, "message": p.message}
        for p in problems
    ]
