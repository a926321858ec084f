"""Tokens that sound like a name, in its own script or in another one, inflected too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from earwitness.matching.evidence import of_sound, of_syllables
from earwitness.matching.index import Index, Reading
from earwitness.matching.inflection import endings_of
from earwitness.matching.sound import skeleton, sounds

_RUN = re.compile(r"(.)\1\1")
_SYLLABLES = re.compile("[\u30a1-\u30fa\u30fc]+|[\uac00-\ud7a3]+")


def heard_as(index: Index, token: str, key: str, frequency: float) -> Iterator[Reading]:
    """Names that sound like the token, in its own or another script."""
    if token in index.names:
        return
    for run in _SYLLABLES.finditer(token):
        yield from _in_syllables(index, token, run.start(), run.end())
    if _mixes_scripts(token) or _RUN.search(token):
        return
    for entry in index.sounds.get(key, ()):
        if index.entries[entry].key != token:
            yield of_sound(entry, index.entries[entry], token, frequency)
    if not token.isascii():
        yield from _heard_inflected(index, token, frequency)


def _heard_inflected(index: Index, token: str, frequency: float) -> Iterator[Reading]:
    """Names in another script with its endings; a final a is restored (Tesla, instrumental)."""
    stems = {stem for rest, _ in endings_of(token) for stem in (rest, rest + "а") if len(stem) > 3}
    names: dict[int, None] = {}
    for key in sounds(sorted(stems)):
        names.update(dict.fromkeys(index.sounds.get(key, ())))
    for entry in names:
        own = index.entries[entry]
        if own.key.isascii() and own.key not in stems:
            yield of_sound(entry, own, token, frequency)


def _in_syllables(index: Index, token: str, begin: int, end: int) -> Iterator[Reading]:
    """Names written in katakana or Hangul, where particles follow without a space."""
    best: dict[int, Reading] = {}
    for cut in range(3 if token[begin] >= "\uac00" else 1):
        run = token[begin : end - cut]
        if len(run) < 2:
            break
        for entry in index.skeletons.get(skeleton(run), ()):
            reading = of_syllables(entry, index.entries[entry], run, begin)
            if entry not in best or best[entry].score < reading.score:
                best[entry] = reading
    yield from best.values()


def _mixes_scripts(token: str) -> bool:
    return not token.isascii() and any("a" <= c <= "z" for c in token)
