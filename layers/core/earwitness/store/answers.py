"""What is known of links and listeners: which links were used, and who is told how often."""

from __future__ import annotations

from datetime import datetime, timedelta

from earwitness.store import keys
from earwitness.store.codec import SCHEMA, stamp
from earwitness.store.table import Item, Refused, Table

_LONGER_FOR = timedelta(days=2)  # deletion by TTL may not come before the link has expired


class Answers:
    """The answers of a table."""

    _table: Table

    def is_answered(self, nonce: str) -> bool:
        """Whether the link of this nonce was used."""
        return self._table.get(keys.used_link(nonce)) is not None

    def used(self, nonce: str, by: str, now: datetime, expires_at: datetime) -> bool:
        """Say that a link was used, after what it does is done. False: it was before."""
        item: Item = {
            **keys.used_link(nonce)._asdict(),
            "v": SCHEMA,
            "by": by,
            "used_at": stamp(now),
            "expires_at": int((expires_at + _LONGER_FOR).timestamp()),
        }
        return self._create(item)

    def take_sms(self, now: datetime, most: int, messages: int = 1) -> bool:
        """Count an alert that goes out by SMS this month (UTC). False: it would be over ``most``.

        ``messages`` is how many it is charged as.

        Counted before the publish: the cap bounds a bill, so what is in doubt counts.
        """
        if messages > most:
            return False
        try:
            self._table.update(
                keys.sms(now),
                "SET #v = :v, #expires_at = :expires_at ADD #sent :more",
                {
                    "v": SCHEMA,
                    "expires_at": int((now + timedelta(days=400)).timestamp()),
                    "more": messages,
                    "room": most - messages,
                },
                when="attribute_not_exists(#sent) OR #sent <= :room",
            )
        except Refused:
            return False
        return True

    def spend(self, what: str, dollars: float, most: float, now: datetime) -> bool:
        """Take US dollars out of the month's (UTC) ``most``. False: they are not left.

        Taken before they are spent: the cap bounds a bill, so what is in doubt counts.
        """
        left = round((most - dollars) * 1e6)
        if left < 0:
            return False
        try:
            self._table.update(
                keys.spent(what, now),
                "SET #v = :v, #expires_at = :expires_at ADD #millionths :more",
                {
                    "v": SCHEMA,
                    "expires_at": int((now + timedelta(days=400)).timestamp()),
                    "more": round(dollars * 1e6),
                    "left": left,
                },
                when="attribute_not_exists(#millionths) OR #millionths <= :left",
            )
        except Refused:
            return False
        return True

    def listeners(self) -> int:
        """How many subscriptions were confirmed when they were counted last; 0 before that."""
        item = self._table.get(keys.listeners())
        return int(item["confirmed"]) if item else 0

    def save_listeners(self, confirmed: int) -> None:
        """Remember how many subscriptions are confirmed."""
        self._table.put({**keys.listeners()._asdict(), "v": SCHEMA, "confirmed": confirmed})

    def _create(self, item: Item) -> bool:
        try:
            self._table.create(item)
        except Refused:
            return False
        return True
