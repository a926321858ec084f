"""Which share of real slips the extra queries would fetch; prints the counts behind WEIGHTS.

The weights are counted in one half of the words, the shares in the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from earwitness.matching import misspellings

SPELLING = Path(__file__).parents[1] / ".." / "shared" / "data" / "spelling"
MOST = (3, 5, 10, 20)


def pairs(name: str) -> Iterator[tuple[str, str]]:
    """Each word of 5 to 14 letters with one of its misspellings."""
    word = ""
    for line in (SPELLING / name).read_text("utf-8", "replace").lower().splitlines():
        if line.startswith("$"):
            word, wrong = line[1:], []
        elif ":" in line:
            word, _, rest = line.partition(":")
            wrong = [re.sub(r"\*\d+", "", one).strip() for one in rest.split(",")]
        else:
            wrong = [line.strip()]
        for one in wrong:
            if 5 <= len(word) <= 14 and word.isalpha() and one.isalpha() and one != word:
                yield word, one


def weights(half: list[tuple[str, str]]) -> dict[str, int]:
    """How often each slip was made, per 10,000 places where it could be; if ever."""
    made: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for word, wrong in half:
        seen: dict[str, str] = {}
        for slip, written in misspellings.slips(word):
            seen.setdefault(written, slip)
            possible[slip] += 1
        made[seen.get(wrong, "")] += 1
    rates = {slip: round(10_000 * made[slip] / possible[slip]) for slip in possible}
    return {slip: rate for slip, rate in rates.items() if rate}


def shares(half: list[tuple[str, str]]) -> dict[int, float]:
    """The share of misspellings among the first so many likely ones."""
    hits = dict.fromkeys(MOST, 0)
    for word, wrong in half:
        likely = misspellings.likely(word, max(MOST))
        for most in MOST:
            hits[most] += wrong in likely[:most]
    return {most: count / len(half) for most, count in hits.items()}


def main() -> None:
    """Print weights and shares."""
    if not SPELLING.exists():
        print("queries: skipped, since the spelling data is not here")
        return
    every = sorted(set(pairs("norvig_spell-errors.txt")))
    words = sorted({word for word, _ in every})
    odd = set(words[1::2])
    learnt = [pair for pair in every if pair[0] in odd]
    held_out = [pair for pair in every if pair[0] not in odd]
    counted = weights(learnt)
    print("queries: weights are", "those in use" if counted == misspellings.WEIGHTS else counted)
    birkbeck = sorted(set(pairs("birkbeck_missp.dat")))
    for name, half in (("norvig, held out", held_out), ("birkbeck", birkbeck)):
        found = ", ".join(f"{share:.1%} by {most}" for most, share in shares(half).items())
        print(f"queries: of {len(half):,} misspellings ({name}): {found}")


if __name__ == "__main__":
    main()
