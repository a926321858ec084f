"""Silences: kept until they expire, and a while longer to show what was quiet and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from earwitness.model import Silence
from earwitness.store import index_keys, keys
from earwitness.store.codec import SCHEMA, pack, stamp, unpack
from earwitness.store.table import FETCH_AT_ONCE, Item, Refused, Table, whole


class Silences:
    """The silences of a table."""

    _table: Table
    _retention_for: timedelta

    def add_silence(self, silence: Silence) -> None:
        """Keep a silence. Harmless when repeated under the same id."""
        self._table.put(self._silence_item(silence))

    def silences(self, now: datetime) -> Iterator[Silence]:
        """Those that have not expired, the soonest to expire first."""
        found = self._table.query("g3", index_keys.SILENCE, since=stamp(now), page=FETCH_AT_ONCE)
        for item in whole(self._table, found):
            silence = unpack(Silence, item)
            if silence.expires_at > now:
                yield silence

    def silence(self, silence_id: str) -> Silence | None:
        """The silence of that id, expired or not."""
        item = self._table.get(keys.silence(silence_id))
        return unpack(Silence, item) if item else None

    def expire_silence(self, silence_id: str, now: datetime) -> Silence | None:
        """End a silence now; one that has ended stays as it is. None: no such silence."""
        silence = self.silence(silence_id)
        if silence is None or silence.expires_at <= now:
            return silence
        ended = replace(silence, expires_at=now)
        item = self._silence_item(ended)
        given = {name: item[name] for name in ("d", "expires_at", "g3sk")}
        try:
            self._table.update(
                keys.silence(silence_id),
                "SET #d = :d, #expires_at = :expires_at, #g3sk = :g3sk",
                {**given, "v": SCHEMA},
                when="attribute_exists(#PK) AND #v = :v",
            )
        except Refused:
            return None
        return ended

    def _silence_item(self, silence: Silence) -> Item:
        return {
            **keys.silence(silence.silence_id)._asdict(),
            **index_keys.by_expiry(silence.expires_at),
            "expires_at": int((silence.expires_at + self._retention_for).timestamp()),
            **pack(silence),
        }
