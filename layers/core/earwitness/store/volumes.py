"""Volumes: what each hour brought a brand, and the signals of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from earwitness.model import Mention, Signal
from earwitness.store import index_keys, keys
from earwitness.store.codec import SCHEMA, pack, stamp, unpack, unstamp
from earwitness.store.table import Item, Key, Refused, Table, key_of

_KEPT_FOR = timedelta(days=35)  # more than the 14 days that are compared: people look back


@dataclass(frozen=True, slots=True)
class HourVolume:
    """What an hour brought a brand, and the ids of the channels that were not watched in it."""

    stories: int
    dark: frozenset[str] = frozenset()


class Volumes:
    """The hourly volumes of a table, and their signals."""

    _table: Table

    def measured_since(self, brand: str, now: datetime) -> datetime:
        """When a brand was first asked about: hours before it were not measured."""
        key = keys.measured_since(brand)
        item = self._table.get(key)
        if item is None:
            item = {**key._asdict(), "v": SCHEMA, "since": stamp(now)}
            try:
                self._table.create(item)
            except Refused as refused:
                item = refused.item or item
        return unstamp(item["since"])

    def keep_hour(self, brand: str, hour: datetime, volume: HourVolume, now: datetime) -> None:
        """Set what an hour that is over brought."""
        self._table.put(
            {
                **keys.rollup(brand, hour)._asdict(),
                "v": SCHEMA,
                "stories": volume.stories,
                "dark": " ".join(sorted(volume.dark)),
                "expires_at": int((now + _KEPT_FOR).timestamp()),
            }
        )

    def volumes(self, brand: str, hours: Iterable[datetime]) -> dict[datetime, HourVolume]:
        """What is kept of these hours; an hour that is absent was not measured."""
        wanted = {keys.rollup(brand, hour): hour for hour in hours}
        return {
            wanted[key]: HourVolume(int(item["stories"]), frozenset(str(item["dark"]).split()))
            for key, item in self._table.fetch(list(wanted)).items()
        }

    def signals(self, brand: str, since: datetime) -> tuple[Signal, ...]:
        """The volume signals of a brand that fired or settled, as they are now, oldest first."""
        found = self._table.query(None, keys.signals(brand), since=stamp(since))
        return tuple(unpack(Signal, item) for item in found)

    def keep_signal(self, signal: Signal, now: datetime, example: Mention | None = None) -> bool:
        """Keep a volume signal; one that fired is flagged together with its example.

        False: it is kept already.
        """
        item: dict[str, str | int | bytes] = {
            **keys.signal(signal.subject, signal.at, signal.observed)._asdict(),
            "expires_at": int((now + _KEPT_FOR).timestamp()),
            **pack(signal),
        }
        if signal.fired and example is not None:
            item |= {**index_keys.flagged_signal(now), "example": example.mention_id}
        try:
            self._table.create(item)
        except Refused:
            return False
        return True

    def flagged_signals(self, limit: int) -> Iterator[tuple[Signal, Mention | None]]:
        """Signals that are owed a look, at most ``limit``, oldest first, each with its example.

        The example is None when it was redacted or has expired since. Whoever has seen to one
        says so with ``signal_assessed``, after what follows from it is kept.
        """
        waiting = [key_of(i) for i in islice(self._table.query("g3", index_keys.SIGNALS), limit)]
        items = self._table.fetch(waiting)
        owed = [items[key] for key in waiting if "g3pk" in items.get(key, {})]
        examples = self._table.fetch([_example(item) for item in owed])
        for item in owed:
            mention = examples.get(_example(item), {})
            yield unpack(Signal, item), unpack(Mention, mention) if "d" in mention else None

    def signal_assessed(self, signal: Signal) -> None:
        """Clear the flag of a signal. Harmless when repeated."""
        try:
            self._table.update(
                keys.signal(signal.subject, signal.at, signal.observed),
                "REMOVE #g3pk, #g3sk",
                {},
                when="attribute_exists(#PK)",
            )
        except Refused:
            return  # expired meanwhile


def _example(item: Item) -> Key:
    return keys.mention(str(item["example"]))
