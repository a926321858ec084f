"""How a name is most likely misspelled: for sources that find only what they are asked for.

Candidates are all names one slip away whose slip a hand or an ear makes: a letter doubled, one of
a double dropped, one dropped, two swapped, one taken for another that sounds alike. ``WEIGHTS``
orders them: how often each slip is made per 10,000 places where it could be, counted in every
second word of Norvig's collection of misspellings (norvig.com/ngrams; 5 to 14 letters).
``python -m benchmarks.quality_queries`` counts them anew, and measures on the other half.
"""

from __future__ import annotations

from collections.abc import Iterator

from earwitness.matching.lexicon import is_common
from earwitness.matching.romanising import romanise
from earwitness.text import fold

FEWEST_LETTERS = 5  # as for fuzzy names: one slip in fewer meets words of every language
_VOWELS = "aeiouy"
_ALIKE = ("aeiouy", "cks", "sz", "vwf", "bp", "dt", "gj", "mn")
_TO_CYRILLIC = {
    "shch": "щ", "sch": "ш", "sh": "ш", "ch": "ч", "zh": "ж", "ts": "ц", "ya": "я", "yu": "ю",
    "kh": "х", "th": "т", "ph": "ф", "ck": "к", "qu": "кв", "oo": "у", "ee": "и",
    "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р",
    "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "и", "z": "з",
}  # fmt: skip
_WEIGHTS = (
    "-b$ 1111, -- 1051, z>s 775, -w 482, -y 346, -w$ 323, j>g 316, -e$ 306, -h 291, -s$ 283, "
    "-h$ 231, -d 221, -r 198, -g$ 184, -e 164, -a 160, -u 157, -i$ 154, -i 150, -c 141, "
    "a>e 141, +l 137, ~vv 132, -s 124, -k 122, i>e 108, m>n 106, c>s 105, +f 103, -l 101, "
    "-p 98, +m 92, -d$ 91, -g 88, -n 88, k>c 88, -t 86, e>a 82, -o 76, o>a 75, o>e 75, "
    "-b 71, s>c 71, -z 70, b>p 70, -a$ 69, e>i 66, a>o 63, i>a 62, -m 61, +p 60, -r$ 60, "
    "-t$ 54, -x 54, +s 51, u>e 51, y>e 48, a>i 47, u>o 47, +r 41, ~cv 38, +t 37, y>i 37, "
    "+q 36, d>t 34, -m$ 32, -c$ 30, u>i 30, +d 29, -n$ 29, -y$ 29, o>u 29, ~vc 29, u>a 28, "
    "+n 27, +b 26, ~cc 24, e>o 23, +c 22, -v 21, f>v 21, t>d 21, v>f 21, i>y 20, p>b 19, "
    "e>u 18, i>u 18, o>i 18, a>u 15, s>z 14, i>o 13, n>m 13, c>k 12, -l$ 11, v>w 11, +e 9, "
    "+o 9, +g 7, -f 7, y>u 6, +h 4, g>j 3, o>y 3, u>y 3, y>o 3, +a 2, +i 2, e>y 2"
)
WEIGHTS = {slip: int(weight) for slip, weight in (one.split(" ") for one in _WEIGHTS.split(", "))}


def likely(name: str, most: int) -> tuple[str, ...]:
    """At most ``most`` ways in which ``name`` is likely written wrong, the likeliest first.

    One slip in one of its words, then the name in one word; no common word and not the name
    itself. Empty for names of fewer than five letters. Folded, since sources fold as well.
    """
    folded = " ".join(fold(name).split())
    if len(folded.replace(" ", "")) < FEWEST_LETTERS or most < 1:
        return ()
    ranked: dict[str, int] = {}
    words = folded.split(" ")
    for place, word in enumerate(words):
        for slip, written in slips(word):
            whole = " ".join([*words[:place], written, *words[place + 1 :]])
            ranked[whole] = max(ranked.get(whole, 0), WEIGHTS.get(slip, 0))
    in_order = sorted(ranked, key=lambda one: -ranked[one])
    useful = (one for one in in_order if one != folded and not is_common(one))
    return tuple(one for one, _ in zip(useful, range(most), strict=False))


def transliterated(name: str) -> str | None:
    """A Latin name in Cyrillic letters, or any other in Latin ones, as they sound; None: neither.

    By letters alone, as people do who heard the name or type it by habit.
    """
    folded = " ".join(fold(name).split())
    if not folded.isascii():
        latin = romanise(folded)
        return latin if latin.isascii() and latin != folded else None
    written, at = [], 0
    while at < len(folded):
        size = next((n for n in (4, 3, 2, 1) if folded[at : at + n] in _TO_CYRILLIC), 0)
        written.append(_TO_CYRILLIC[folded[at : at + size]] if size else folded[at])
        at += size or 1
    cyrillic = "".join(written)
    return cyrillic if any(c >= "\u0400" for c in cyrillic) else None


def slips(word: str) -> Iterator[tuple[str, str]]:
    """Every word one likely slip away, with the slip's name. The first letter is seldom wrong.

    ``--`` one of a double dropped, ``-b`` a letter dropped, ``-b$`` at the end, ``+l`` doubled,
    ``~vc`` a vowel and a consonant swapped, ``a>e`` taken for another.
    """
    for at in range(1, len(word)):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        if letter == after[:1]:
            yield "--", before + after
        if letter == after[:1] or letter == word[at - 1]:
            continue
        yield f"-{letter}{'' if after else '$'}", before + after
        yield f"+{letter}", before + letter + letter + after
        if after:
            sounds = "".join("v" if one in _VOWELS else "c" for one in (letter, after[0]))
            yield f"~{sounds}", before + after[0] + letter + after[1:]
        for group in _ALIKE:
            if letter in group:
                yield from ((f"{letter}>{one}", before + one + after) for one in group)
