"""What was sent to us before: a nonce is good for one request."""

from __future__ import annotations

from datetime import datetime, timedelta

from earwitness.store import keys
from earwitness.store.codec import SCHEMA
from earwitness.store.table import Table

# Longer than a signature is good for, and than a sender would try the same request again.
KEPT_FOR = timedelta(hours=24)


class Nonces:
    """The nonces of a table."""

    _table: Table

    def is_used(self, sender: str, nonce: str, now: datetime) -> bool:
        """Whether a sender's request with this nonce was taken in the last 24 hours."""
        item = self._table.get(keys.nonce(sender, nonce))
        return item is not None and int(item["expires_at"]) > now.timestamp()

    def use(self, sender: str, nonce: str, now: datetime) -> None:
        """Remember that a request was taken. Harmless when repeated.

        After what it brought is safe: a crash between the two lets it be sent again.
        """
        expires_at = int((now + KEPT_FOR).timestamp())
        at = keys.nonce(sender, nonce)
        self._table.put({**at._asdict(), "v": SCHEMA, "expires_at": expires_at})
