"""Which days were exported, and which have changed since: late posts, edits, deletions, answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from earwitness.store import keys
from earwitness.store.codec import SCHEMA, stamp, unstamp
from earwitness.store.table import Item, Refused, Table, Value

CLOCK_OFF_FOR = timedelta(seconds=4000)  # either way; nothing may be lost by it
# A change is noted before it is written, and an export may read in between. Whoever writes ends
# within a minute or two (a function's time-out); so a note that is not clearly older than an
# export counts as newer, whosever clocks they were.
WRITTEN_WITHIN = timedelta(minutes=15) + 2 * CLOCK_OFF_FOR
_NOTED_FOR = timedelta(minutes=1)  # a day that one process noted so lately is noted
_LONGER_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ExportedDay:
    """What is known of a day (UTC). ``first_gone_at``: when the first of its rows must be gone."""

    day: date
    exported_at: datetime | None = None  # when the last export of it began to read
    changed_at: datetime | None = None  # when a change of it was noted last
    first_gone_at: datetime | None = None

    def is_stale(self, now: datetime) -> bool:
        """Whether its files say something that is no longer so."""
        if self.first_gone_at is not None and self.first_gone_at <= now:
            return True
        if self.changed_at is None:
            return False
        return self.exported_at is None or self.changed_at > self.exported_at - WRITTEN_WITHIN


class ExportedDays:
    """The exported days of a table. A day that goes on by any clock is not noted."""

    _table: Table
    _retention_for: timedelta
    _clock: Callable[[], datetime]
    _noted: dict[str, datetime]

    def note_change(self, at: datetime, now: datetime) -> None:
        """Note, before it is written, that something of the day of ``at`` changes."""
        day, today = stamp(at)[:10], stamp(now + CLOCK_OFF_FOR)[:10]
        noted_at = self._noted.get(day)
        if day >= today or (noted_at is not None and now - noted_at < _NOTED_FOR):
            return
        self._set(day, {"changed_at": stamp(now)}, "changed_at")
        self._noted[day] = now

    def exported(self, day: date, began_at: datetime, first_gone_at: datetime | None) -> None:
        """Say, after its files are whole, that a day was exported by who began to read then."""
        given: dict[str, Value] = {"exported_at": stamp(began_at)}
        given["first_gone_at"] = stamp(first_gone_at) if first_gone_at else ""
        self._set(day.isoformat(), given, "exported_at")

    def exported_days(self, days: Iterable[date]) -> list[ExportedDay]:
        """What is known of these days, in their order."""
        wanted = {keys.exported_day(day.isoformat()): day for day in days}
        items = self._table.fetch(list(wanted))
        return [_read(day, items.get(key, {})) for key, day in wanted.items()]

    def _set(self, day: str, given: dict[str, Value], newest: str) -> None:
        ends = datetime.fromisoformat(day).replace(tzinfo=UTC) + self._retention_for + _LONGER_FOR
        given |= {"v": SCHEMA, "expires_at": int(ends.timestamp())}
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in given)
        try:
            self._table.update(
                keys.exported_day(day),
                change,
                given,
                when=f"attribute_not_exists(#{newest}) OR #{newest} <= :{newest}",
            )
        except Refused:  # a later one is noted
            return


def _read(day: date, item: Item) -> ExportedDay:
    def at(name: str) -> datetime | None:
        return unstamp(item[name]) if item.get(name) else None

    return ExportedDay(day, at("exported_at"), at("changed_at"), at("first_gone_at"))
