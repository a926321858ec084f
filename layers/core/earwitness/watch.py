"""The watchlist in use with its index, and what posts mention by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from earwitness import matching
from earwitness.judging import judge
from earwitness.model import Mention, Post, Watchlist
from earwitness.watchlist_bucket import WatchlistBucket


class Watch:
    """The watchlist in use with its index, built anew when another version comes."""

    def __init__(self, bucket: WatchlistBucket) -> None:
        self._bucket = bucket
        self._built: tuple[Watchlist, matching.Index] | None = None

    def of(self, version: str) -> tuple[Watchlist, matching.Index] | None:
        """The watchlist of that version, or the newest when that one is gone."""
        if self._built is not None and self._built[0].version == version:
            return self._built
        return self.newest()

    def newest(self) -> tuple[Watchlist, matching.Index] | None:
        """The watchlist in use; None before the first."""
        watchlist = self._bucket.accepted()
        if watchlist is None:
            return None
        if self._built is None or self._built[0] is not watchlist:
            self._built = (watchlist, matching.build(watchlist))
        return self._built


def find_and_judge(
    posts: Sequence[Post], watchlist: Watchlist, index: matching.Index
) -> Iterator[Mention]:
    """The mentions in posts; a post that names nobody costs nothing further."""
    for post, matches in zip(posts, matching.find(posts, index), strict=True):
        for name, judgement in (judge(post, matches) if matches else {}).items():
            brand = watchlist.brand(name)
            if brand is not None:
                about = tuple(match for match in matches if match.brand == name)
                yield Mention(name, brand.role, post, about, judgement)
