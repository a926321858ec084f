"""The watchlist in use with its index: posts go in, mentions come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from earwitness import matching
from earwitness.alerting import Admitted, admit
from earwitness.judging import judge
from earwitness.model import Mention, Post, Watchlist
from earwitness.watchlist_bucket import WatchlistBucket


@dataclass(frozen=True, slots=True)
class Watched:
    """A watchlist and the index built of it."""

    watchlist: Watchlist
    index: matching.Index

    @classmethod
    def of(cls, watchlist: Watchlist) -> Watched:
        """Build the index of a watchlist, which takes a while."""
        return cls(watchlist, matching.build(watchlist))

    def mentions(self, posts: Sequence[Post]) -> Iterator[Mention]:
        """The mentions in posts, judged; a post that names nobody costs nothing further."""
        for post, matches in zip(posts, matching.find(posts, self.index), strict=True):
            for name, judgement in (judge(post, matches) if matches else {}).items():
                brand = self.watchlist.brand(name)
                if brand is not None:
                    about = tuple(match for match in matches if match.brand == name)
                    yield Mention(name, brand.role, post, about, judgement)

    def may_alert(self, mention: Mention, now: datetime) -> bool:
        """Whether a mention that assess owes a look may become an alert, but for silences."""
        brand = self.watchlist.brand(mention.brand)
        alerting = brand.alerting if brand else self.watchlist.alerting
        return isinstance(admit(mention, now, alerting), Admitted)


class Watch:
    """The watchlist that is in use, built anew when another version comes."""

    def __init__(self, bucket: WatchlistBucket) -> None:
        self._bucket = bucket
        self._built: Watched | None = None

    def of(self, version: str = "") -> Watched | None:
        """The watchlist of that version, or the newest when that one is gone; None: there is none.

        Without a version the newest, at the price of asking the bucket.
        """
        if self._built is None or self._built.watchlist.version != version:
            watchlist = self._bucket.accepted()
            if watchlist is None:
                return None
            if self._built is None or self._built.watchlist is not watchlist:
                self._built = Watched.of(watchlist)
        return self._built
