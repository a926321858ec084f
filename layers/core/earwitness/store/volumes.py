"""Volumes: what each hour brought a brand, and the signals of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from earwitness.model import Channel, Mention, Signal
from earwitness.signals import History
from earwitness.store import keys
from earwitness.store.codec import SCHEMA, pack, stamp, unpack, unstamp
from earwitness.store.table import Item, Key, Refused, Table, key_of

_HOUR = timedelta(hours=1)
_KEPT_FOR = timedelta(days=35)  # more than the 14 days that are compared: people look back


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

    def keep_hour(
        self, brand: str, hour: datetime, stories: int, now: datetime, *, dark: bool
    ) -> None:
        """Set what an hour that is over brought. ``dark``: a channel was not ok in it."""
        self._table.put(
            {
                **keys.rollup(brand, hour)._asdict(),
                "v": SCHEMA,
                "stories": stories,
                "dark": int(dark),
                "expires_at": int((now + _KEPT_FOR).timestamp()),
            }
        )

    def history(self, brand: str, hours: Iterable[datetime]) -> History:
        """What is kept of these hours; an hour that is absent was not measured."""
        wanted = {keys.rollup(brand, hour): hour for hour in hours}
        items = {wanted[key]: item for key, item in self._table.fetch(list(wanted)).items()}
        return History(
            counts={hour: int(item["stories"]) for hour, item in items.items()},
            not_ok=frozenset(hour for hour, item in items.items() if item["dark"]),
        )

    def dark_hours(
        self, channels: Collection[Channel], hours: Collection[datetime], now: datetime
    ) -> frozenset[datetime]:
        """The hours in which a channel was not ok.

        It was not if none of its polls in the hour was good, or if the hour is over without one
        of a channel that is polled at least every half hour and was known before.
        """
        states = self._states(channels)
        records = self._table.fetch(
            [keys.channel_hour(c.channel_id, hour) for c in channels for hour in hours]
        )
        return frozenset(
            hour
            for hour in hours
            for channel in channels
            if _is_dark(
                channel,
                hour,
                records.get(keys.channel_hour(channel.channel_id, hour)),
                states.get(channel.channel_id),
                now,
            )
        )

    def _states(self, channels: Collection[Channel]) -> dict[str, datetime]:
        """When each channel was first seen."""
        wanted = {keys.channel(c.channel_id): c.channel_id for c in channels}
        items = self._table.fetch(list(wanted))
        return {
            wanted[key]: unstamp(item["first_seen_at"])
            for key, item in items.items()
            if "first_seen_at" in item
        }

    def signals(self, brand: str, since: datetime) -> tuple[Signal, ...]:
        """The volume signals of a brand that fired or settled, as they are now, oldest first."""
        found = self._table.query(None, f"V#{brand}", since=stamp(since))
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
            item |= {**keys.flagged_signal(now), "example": example.mention_id}
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
        waiting = [key_of(i) for i in islice(self._table.query("g3", keys.SIGNALS), limit)]
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


def _is_dark(
    channel: Channel,
    hour: datetime,
    record: Item | None,
    first_seen_at: datetime | None,
    now: datetime,
) -> bool:
    if record is not None:
        return "ok" not in record
    expected = first_seen_at is not None and first_seen_at < hour and now >= hour + _HOUR
    return expected and channel.every_for <= _HOUR / 2
