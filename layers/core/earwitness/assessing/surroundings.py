"""What is so around a group at one tick, read once: policies, silences, open incidents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from earwitness.alerting import Situation, incidents
from earwitness.model import Alerting, Brand, Group, Silence, Watchlist
from earwitness.store import Store


class Surroundings:
    """The watchlist in use, the silences that hold, and each brand's incident."""

    def __init__(
        self, store: Store, watchlist: Callable[[], Watchlist | None], now: datetime
    ) -> None:
        self._store = store
        self._watchlist = watchlist
        self._incidents: dict[str, Group | None] = {}
        self.now = now

    @cached_property
    def watchlist(self) -> Watchlist | None:
        """The watchlist in use."""
        return self._watchlist()

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """Those that hold now."""
        return tuple(self._store.silences(self.now))

    def alerting(self, brand: str) -> Alerting:
        """How a brand's alerts behave; what concerns no brand goes by the watchlist's own."""
        found = self._brand(brand)
        if found is not None:
            return found.alerting
        return self.watchlist.alerting if self.watchlist else Alerting()

    def incident(self, brand: str) -> Group | None:
        """The group of the brand's incident, open or the last one."""
        if brand not in self._incidents:
            group_id = incidents.group_id_of(brand)
            self._incidents[brand] = self._store.groups([group_id]).get(group_id)
        return self._incidents[brand]

    def incident_closed_at(self, brand: str) -> datetime | None:
        """When the brand's last incident closed; None: it has none, or it goes on."""
        group = self.incident(brand) if brand else None
        return group.incident.closed_at if group and group.incident else None

    def note_incident(self, group: Group) -> None:
        """The brand's incident has changed."""
        self._incidents[group.brand] = group

    def situation(self, brand: str) -> Situation:
        """What is so around the groups of a brand; "" for those of none."""
        found = self._brand(brand)
        group = self.incident(brand) if brand else None
        return Situation(
            now=self.now,
            alerting=self.alerting(brand),
            time_zone=found.time_zone if found else "UTC",
            incident=group.incident if group and incidents.is_open(group) else None,
            silences=self.silences,
        )

    def _brand(self, name: str) -> Brand | None:
        return self.watchlist.brand(name) if self.watchlist else None
