"""Incidents that are over, for who looks back: counts and times, and no word of any post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from earwitness.model import Incident
from earwitness.store import index_keys, keys
from earwitness.store.codec import pack, stamp, unpack
from earwitness.store.table import Table

_KEPT_FOR = timedelta(days=400)  # a year can be compared with the one before


class Incidents:
    """The past incidents of a table."""

    _table: Table

    def keep_incident(self, incident: Incident, now: datetime) -> None:
        """Keep an incident that is over, without its posts. Harmless when repeated."""
        bare = replace(incident, first=None, fastest=None)
        self._table.put(
            {
                **keys.past_incident(incident.brand, incident.opened_at)._asdict(),
                **index_keys.by_opening(incident.brand, incident.opened_at),
                "expires_at": int((now + _KEPT_FOR).timestamp()),
                **pack(bare),
            }
        )

    def past_incidents(self, brand: str, since: datetime, now: datetime) -> Iterator[Incident]:
        """A brand's incidents that were opened from ``since`` on and are over, the latest first.

        One that was opened within a second of the one before is dated up to a second ahead.
        """
        partition = index_keys.incidents_of(brand)
        found = self._table.query("g1", partition, since=stamp(since), backward=True)
        for item in found:
            if datetime.fromtimestamp(int(item["expires_at"]), UTC) > now:
                yield unpack(Incident, item)
