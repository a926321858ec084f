"""Spellings that people have accepted or rejected: what was said last of one stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from earwitness.model import Spelling
from earwitness.store import index_keys, keys
from earwitness.store.codec import pack, unpack
from earwitness.store.table import Table
from earwitness.text import fold

_KEPT_FOR = timedelta(days=400)  # long enough to be taken over into a watchlist


class Spellings:
    """The spellings of a table that people have ruled on."""

    _table: Table

    def rule(self, spelling: Spelling) -> None:
        """Keep what somebody says of a spelling."""
        self._table.put(
            {
                **keys.spelling(spelling.brand, fold(spelling.surface))._asdict(),
                **index_keys.by_ruling(spelling.brand, spelling.at),
                "expires_at": int((spelling.at + _KEPT_FOR).timestamp()),
                **pack(spelling),
            }
        )

    def spellings(self, brand: str, now: datetime) -> Iterator[Spelling]:
        """What people have said of a brand's spellings, the oldest first."""
        for item in self._table.query("g1", index_keys.spellings_of(brand)):
            if datetime.fromtimestamp(int(item["expires_at"]), UTC) > now:
                yield unpack(Spelling, item)
