"""How fast posts are judged, and what the rules cost: ``python -m benchmarks.speed_judging``.

One core. Posts are those of the shared recordings, repeated; a peer (VADER, sentiment of English
only) is measured in the same run, so that the ratio travels. Import time and memory are measured
in fresh processes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.labelled import Labelled, airline, complaints, sentirueval, umsab
from earwitness.judging import LANGUAGES, judge

_ROUNDS, _PARTS = 5, 20

_COST = """
import time
start = time.perf_counter()
import earwitness.model
import rapidfuzz.distance
shared = time.perf_counter()
from earwitness.judging import judge
imported = time.perf_counter()
from earwitness.judging.rules import lexicon
for language in {languages!r}:
    lexicon(language)
print(shared - start, imported - shared, time.perf_counter() - imported)
"""
_MEMORY = """
import tracemalloc
from earwitness.judging.rules import lexicon
tracemalloc.start()
for language in {languages!r}:
    lexicon(language)
print(tracemalloc.get_traced_memory()[0] / 2**20)
"""


def rate(work: Callable[[Labelled], object], posts: list[Labelled]) -> float:
    """Posts a second of one core, by processor time: each part's best of several rounds.

    In parts, since whatever else the machine does takes its caches from a whole round.
    """
    parts = [posts[n::_PARTS] for n in range(_PARTS)]
    best = [float("inf")] * _PARTS
    for _ in range(_ROUNDS):
        for number, part in enumerate(parts):
            start = time.process_time()
            for post in part:
                work(post)
            best[number] = min(best[number], time.process_time() - start)
    return len(posts) / sum(best)


def fresh(code: str, languages: tuple[str, ...]) -> list[float]:
    """The numbers that the code prints, run in a fresh process."""
    run = [sys.executable, "-c", code.format(languages=languages)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)  # noqa: S603
    return [float(number) for number in done.stdout.split()]


def main() -> None:
    """Print the figures."""
    posts = [*airline()[:2000], *complaints()[:1000], *sentirueval()[:1000]]
    for language in ("de", "es", "fr"):
        posts += umsab(language)[:700]
    ours = rate(lambda p: judge(p.post, p.matches), posts)
    print(f"judged, seven languages mixed: {ours:,.0f} posts/second of {len(posts):,}")
    english = airline()[:2000]
    ours_english = rate(lambda p: judge(p.post, p.matches), english)
    print(f"judged, English:               {ours_english:,.0f} posts/second")
    try:
        from vaderSentiment.vaderSentiment import (  # noqa: PLC0415
            SentimentIntensityAnalyzer,
        )
    except ImportError:
        print("VADER is not installed: no peer measured")
    else:
        vader = SentimentIntensityAnalyzer()
        peer = rate(lambda p: vader.polarity_scores(p.post.text), english)
        print(f"VADER, English sentiment only: {peer:,.0f} posts/second")
    for languages in (("en",), LANGUAGES):
        shared, own, loaded = min((fresh(_COST, languages) for _ in range(_ROUNDS)), key=sum)
        (megabytes,) = fresh(_MEMORY, languages)
        print(
            f"import {own * 1000:.0f} ms (and {shared * 1000:.0f} ms of model and rapidfuzz, which"
            f" matching needs too); rules of {len(languages)} language(s): {loaded * 1000:.0f} ms,"
            f" {megabytes:.1f} MB"
        )


if __name__ == "__main__":
    main()
