"""Who rang for which moment: so that a flood of work wakes a function once, not once a piece."""

from __future__ import annotations

from datetime import datetime, timedelta

from earwitness.store import keys
from earwitness.store.codec import SCHEMA
from earwitness.store.table import Refused, Table

_KEPT_FOR = timedelta(hours=1)


class Rings:
    """The rings of a table."""

    _table: Table

    def take_ring(self, function: str, at: datetime) -> bool:
        """Whether a function is rung by nobody yet at ``at``: then it is upon the caller."""
        expires_at = int((at + _KEPT_FOR).timestamp())
        item = {**keys.ring(function, at)._asdict(), "v": SCHEMA, "expires_at": expires_at}
        try:
            self._table.create(item)
        except Refused:
            return False
        return True
