"""What a slip is called, and how plausible it is that a hand or an ear made it.

Damerau (1964): four single slips make 80% of misspellings. Which of them people make is not
even: neighbouring keys, doubled letters, vowels that sound alike, seldom the first letter
(Pollock and Zamora 1984: 8% or less).
"""

from __future__ import annotations

from earwitness.matching.kinds import Kind

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = frozenset(
    a + b
    for r, row in enumerate(_ROWS)
    for c, a in enumerate(row)
    for rr in (r - 1, r, r + 1)
    if 0 <= rr < len(_ROWS)
    for b in _ROWS[rr][max(0, c - 1) : c + 2]
    if a != b
)
_SOUND_ALIKE = frozenset(
    a + b
    for group in (
        "aeiouy", "ckqs", "sz", "vwf", "bv", "bp", "dt", "gj", "mn", "аоеиуыэя", "ий", "сз",
                  "тд", "бп", "вф", "гк",
    )
    for a in group
    for b in group
    if a != b
)  # fmt: skip


def single_slip(name: str, written: str) -> Kind:
    """The slip that leads from ``name`` to ``written``, which are one edit apart."""
    at = _first_difference(name, written)
    if len(written) == len(name):
        swapped = written[at : at + 2] == name[at : at + 2][::-1]
        return Kind.TRANSPOSED if swapped and name[at + 1 :][:1] else Kind.SUBSTITUTED
    if len(written) > len(name):
        return Kind.DOUBLED if at and written[at] == written[at - 1] else Kind.INSERTED
    return Kind.TRUNCATED if at == len(written) else Kind.DROPPED


def slip(name: str, written: str, edits: int) -> Kind:
    """The name of the slips between a name and what was written."""
    if edits <= 1:
        return single_slip(name, written)
    if name.startswith(written):
        return Kind.TRUNCATED
    return Kind.SEVERAL


def _first_difference(a: str, b: str) -> int:
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


CHEAPEST = 0.3  # what the most plausible slip costs


def is_near(a: str, b: str) -> bool:
    """Whether two letters are neighbours on a keyboard or sound alike."""
    return a + b in _NEAR or a + b in _SOUND_ALIKE


def cost(name: str, written: str) -> float:
    """How implausible the slips are: the cheapest weighted path; 1 is an arbitrary edit."""
    before: list[float] = []
    row = [_insertion(name, 0, written, j) for j in range(len(written) + 1)]
    row = [sum(row[1 : j + 1]) for j in range(len(row))]
    for i in range(1, len(name) + 1):
        current = [row[0] + _deletion(name, i)]
        for j in range(1, len(written) + 1):
            best = min(
                row[j - 1] + _substitution(name, i, written, j),
                row[j] + _deletion(name, i),
                current[j - 1] + _insertion(name, i, written, j),
            )
            if i > 1 and j > 1 and name[i - 2 : i] == written[j - 2 : j][::-1]:
                best = min(best, before[j - 2] + (0.5 if i > 2 else 0.8))
            current.append(best)
        before, row = row, current
    return row[-1]


def _substitution(name: str, i: int, written: str, j: int) -> float:
    if name[i - 1] == written[j - 1]:
        return 0.0
    return (0.6 if is_near(name[i - 1], written[j - 1]) else 1.0) + (0.5 if i == 1 else 0.0)


def _deletion(name: str, i: int) -> float:
    if i == 1:
        return 1.2
    if i == len(name) and name.endswith("ing"):
        return CHEAPEST  # as in speech: goin', amazin'
    doubled = name[i - 1] == name[i - 2]
    return CHEAPEST if doubled else 0.6 if name[i - 1] in "aeiouhаеиоуь" else 0.8


def _insertion(name: str, i: int, written: str, j: int) -> float:
    if j <= 1:
        return 1.2
    doubled = written[j - 1] == written[j - 2]
    slipped = i and is_near(name[i - 1], written[j - 1])
    return CHEAPEST if doubled else 0.6 if slipped else 0.9
