"""How far two ways to tell stories differ: ``python -m benchmarks.quality_stories``.

Exports tell a story by its words alone, which gives the same id at every time; alerts join
near-copies, too, by what is known at the moment. On recorded posts to airlines.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.labelled import POSTS, available
from earwitness.model import Author, Post
from earwitness.stories import distinct, wording_id

AT = datetime(2026, 3, 2, tzinfo=UTC)


def main() -> None:
    """Print how many posts there are, and how many stories each way tells."""
    if not available():
        print("stories: the recorded posts are absent")
        return
    posts = list(recorded())
    by_words = len(set(map(wording_id, posts)))
    joined = distinct(posts, AT)
    print(f"{len(posts):,} posts: {by_words:,} stories by their words alone, {joined:,} with")
    print(f"near-copies joined: {by_words / joined - 1:+.2%}")


def recorded() -> Iterator[Post]:
    """The posts, each with its author."""
    with (POSTS / "airline_a" / "tweets.csv").open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            author = Author(handle=row["name"] or None)
            yield Post("x", str(number), row["text"], author=author, published_at=AT)


if __name__ == "__main__":
    main()
