"""Print matching's speed beside its peers, all in one run on the same posts: `make bench`.

The posts are real ones of ../shared/data, the names are companies people typed into IETF drafts,
with variants to fill up; without the data this says so and ends. What counts is the ratio of two
figures of one run. Peers are development dependencies. Seconds are of the process, not the wall,
since others share the machine.
"""

from __future__ import annotations

import cProfile
import pickle
import pstats
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from time import process_time

import ahocorasick_rs
import regex  # type: ignore[import-untyped]
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from symspellpy import SymSpell, Verbosity

from benchmarks import matching_data as data
from earwitness import matching
from earwitness.matching.folding import squeeze, tokens
from earwitness.matching.index import MOST_TERMS

SIZES = (10, 100, 1_000, 10_000)
POSTS = 10_000
Run = Callable[[Sequence[str]], object]


def names(count: int) -> list[str]:
    """So many company names of at least four letters or digits; short of them, joined in pairs."""
    variants = data.company_variants()
    pool = dict.fromkeys(n for v, c, _ in variants for n in (c, v) if 4 <= len(squeeze(n)) <= 30)
    ordered = sorted(pool, key=hash_of)
    heads = [name.split()[0] for name in ordered]
    pairs = (f"{a} {b}" for a, b in zip(heads, reversed(heads), strict=True) if a != b)
    return list(dict.fromkeys([*ordered, *pairs]))[:count]


def hash_of(name: str) -> int:
    """A fixed shuffle."""
    shuffled: int = sum(ord(c) * 31**i for i, c in enumerate(name)) * 2654435761 % 2**32
    return shuffled


def posts() -> Iterator[str]:
    """Ordinary English posts, then Russian ones."""
    for folder in ("btc", "wnut17"):
        for post in data.conll(folder):
            yield data.detokenised(token for token, _ in post)
    for text, _ in data.telecom_posts():
        yield text


def rate(run: Run, texts: Sequence[str]) -> float:
    """Posts per second of the better of two runs."""
    best = float("inf")
    for _ in range(2):
        begun = process_time()
        run(texts)
        best = min(best, process_time() - begun)
    return len(texts) / best


def peers(listed: Sequence[str]) -> dict[str, tuple[Run, int]]:
    """Each peer with how many posts it can be asked to read in reasonable time."""
    lowered = [name.lower() for name in listed]
    automaton = ahocorasick_rs.AhoCorasick(lowered)
    keys = list(dict.fromkeys(squeeze(name) for name in listed))
    spell = SymSpell(max_dictionary_edit_distance=2)
    for key in keys:
        spell.create_dictionary_entry(key, 1)

    def symspell(edits: int) -> Run:
        return lambda texts: [
            spell.lookup(token, Verbosity.ALL, max_edit_distance=edits)
            for text in texts
            for token in tokens(text)
        ]

    few = max(20, min(POSTS, 200_000 // len(listed)))
    found: dict[str, tuple[Run, int]] = {
        "ahocorasick_rs, exact": (
            lambda texts: [automaton.find_matches_as_indexes(text.lower()) for text in texts],
            POSTS,
        ),
        "symspellpy, 1 edit": (symspell(1), 2_000),
        "symspellpy, 2 edits": (symspell(2), 1_000),
        "rapidfuzz cdist, OSA": (
            lambda texts: [
                process.cdist(tokens(text), keys, scorer=OSA.distance, score_cutoff=2)
                for text in texts
            ],
            few,
        ),
        "rapidfuzz partial_ratio": (
            lambda texts: [
                [fuzz.partial_ratio(name, text.lower(), score_cutoff=90) for name in lowered]
                for text in texts
            ],
            max(10, few // 5),
        ),
    }
    if len(listed) <= 1_000:
        pattern = regex.compile(
            r"(?b)\b(?:" + "|".join(map(regex.escape, lowered)) + r"){e<=1}\b", regex.IGNORECASE
        )
        found["regex, 1 edit"] = (
            lambda texts: [list(pattern.finditer(text)) for text in texts],
            max(5, few // 100),
        )
    return found


def in_batches(index: matching.Index, texts: Sequence[str], size: int, *, cold: bool) -> Run:
    """Find in batches of that size; cold: nothing is remembered from earlier posts."""
    batch = [data.post(text) for text in texts]

    def run(_: Sequence[str]) -> None:
        if cold:
            index.forget()
        for at in range(0, len(batch), size):
            matching.find(batch[at : at + size], index)

    return run


def held(index: matching.Index) -> int:
    """Bytes of the index when pickled: all its strings and arrays once."""
    index.forget()
    return len(pickle.dumps(index))


def table(count: int, texts: Sequence[str]) -> float:
    """Print one table; the warm rate in batches of 1,000."""
    listed = names(count)
    begun = process_time()
    index = matching.build(data.watchlist({name: (name,) for name in listed}))
    built = process_time() - begun
    size = held(index) / 2**20
    print(f"\n== {len(listed):,} names: built in {built:.3f} s, {size:.1f} MB")
    exact = 0.0
    for name, (run, limit) in peers(listed).items():
        speed = rate(run, texts[:limit])
        exact = exact or speed
        print(f"  {name:34} {speed:12,.0f} posts/s   {speed / exact:9.4f}")
    warm = 0.0
    for batch in (1, 100, 1_000):
        for cold in (True, False):
            few = texts[: 1_000 if batch == 1 else len(texts)]
            speed = rate(in_batches(index, few, batch, cold=cold), few)
            warm = speed
            kind = "cold" if cold else "warm"
            print(
                f"  {f'ours, {kind}, batches of {batch}':34} {speed:12,.0f} posts/s   "
                f"{speed / exact:9.4f}   {1e6 / speed:8.1f} us a post"
            )
    if count == SIZES[-1]:
        profile(index, texts)
    return warm


def profile(index: matching.Index, texts: Sequence[str]) -> None:
    """Where the time of a warm run goes."""
    print("\n-- profile of a warm run, batches of 1,000")
    run = in_batches(index, texts, 1_000, cold=False)
    profiler = cProfile.Profile()
    profiler.enable()
    run(texts)
    profiler.disable()
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(12)


def most() -> None:
    """Print what the most terms that are accepted cost. Called first: memory is the peak so far."""
    heads = [name.split()[0] for name in names(SIZES[-1])]
    pairs = (
        f"{a} {b}" for shift in range(1, 99) for a, b in zip(heads, heads[shift:], strict=False)
    )
    listed = list(dict.fromkeys((*names(SIZES[-1]), *islice(pairs, 2 * MOST_TERMS))))[:MOST_TERMS]
    before = peak()
    begun = process_time()
    matching.build(data.watchlist({name: (name,) for name in listed}))
    print(f"== {len(listed):,} names: built in {process_time() - begun:.1f} s")
    print(f"   peak memory of the process {peak():,.0f} MB, {before:,.0f} MB before")


def peak() -> float:
    """Megabytes that this process has held at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def linear() -> None:
    """Print that time grows with a text's length and no faster."""
    print("\n== time against the length of one text, 100 names")
    index = matching.build(data.watchlist({name: (name,) for name in names(100)}))
    piece = "Amazn and Netlfix, @someone #SomethingElse https://example.com/amazon n e t f l i x "
    for length in (10_000, 100_000, 1_000_000):
        post = data.post((piece * (length // len(piece) + 1))[:length])
        index.forget()
        begun = process_time()
        matching.find([post], index)
        spent = process_time() - begun
        each = spent / length * 1e9
        print(f"  {length:>9,} characters {spent * 1000:8.1f} ms   {each:6.1f} ns each")


def main() -> None:
    """Print every table."""
    if not data.DATA.exists():
        print(f"no data in {data.DATA}: nothing measured")
        return
    most()
    texts = list(posts())[:POSTS]
    rates = [table(count, texts) for count in SIZES]
    print(f"\n10 names against 10,000, warm: {rates[0] / rates[-1]:.2f} times as fast")
    linear()
    print(f"\npeak memory of this whole run, peers included: {peak():,.0f} MB")


if __name__ == "__main__":
    main()
