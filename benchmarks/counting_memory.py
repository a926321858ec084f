"""How much memory the figures of a period take: ``python -m benchmarks.counting_memory [ROWS]``.

Each row is a story, an author and a place of its own, which is the worst there can be.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from time import perf_counter
from types import SimpleNamespace
from typing import cast

from earwitness.exports.aggregates import Counting
from earwitness.exports.rows import Row
from earwitness.model import Sentiment, Tier

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
BRANDS = ("Northwind Air", "Corvane Airways", "Lantern", "Air Peregrine")


def main() -> None:
    """Count a week of so many rows, a million unless told otherwise."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    begun = perf_counter()
    counting = Counting(SINCE, SINCE + WEEK)
    for row in rows(number):
        counting.add(row)
    taken = perf_counter() - begun
    print(f"{number:,} rows in {taken:,.0f} s, {taken / number * 1e6:.1f} us a row")
    print(f"counted: {megabytes():,.0f} MB at the most")
    figures = counting.figures(BRANDS[0])
    for measure in ("mentions", "stories", "reach"):
        getattr(counting, f"shares_of_{measure}")(BRANDS)
    print(f"with figures and shares: {megabytes():,.0f} MB at the most")
    print(f"{figures.stories:,} stories and {figures.authors:,} authors of {BRANDS[0]}")


def rows(number: int) -> Iterator[Row]:
    """Rows over the week, as light as they can be: they are no part of what is measured."""
    pattern = SimpleNamespace(
        channel="hn", channel_kind="hackernews", tier=Tier.SURE, sentiment=Sentiment.NEUTRAL,
        views=None, followers=100, author_name=None,
    )  # fmt: skip
    for each in range(number):
        row = copy(pattern)
        row.brand = BRANDS[each % len(BRANDS)]
        row.posted_at = SINCE + WEEK * (each / number)
        row.story_id, row.author, row.place = f"story{each}", f"author{each}", f"place{each}"
        row.audience = each % 1000
        yield cast("Row", row)


def megabytes() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
