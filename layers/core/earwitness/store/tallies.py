"""What is counted between ticks: reports of trouble by brand, and what was said in a day."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from earwitness.alerting.caps import Budget
from earwitness.alerting.reports import Reports
from earwitness.store import keys
from earwitness.store.codec import Unreadable
from earwitness.store.table import Key, Table
from earwitness.store.versions import read_version, write_version

_log = logging.getLogger(__name__)

T = TypeVar("T", Budget, Reports)


class Tallies:
    """The tallies of a table."""

    _table: Table
    _retention_for: timedelta

    def reports(self, brand: str, now: datetime) -> Reports:
        """The reports of trouble with a brand; none so far is a bare one, watched from now on."""
        return self._read(keys.reports(brand), Reports(brand, since=now))

    def save_reports(self, reports: Reports, now: datetime) -> Reports:
        """Put the reports in the place of the version that was read.

        Raises:
            Contended: somebody changed them meanwhile.
        """
        expires_at = int((now + self._retention_for).timestamp())
        return write_version(
            self._table, keys.reports(reports.brand), reports, {"expires_at": expires_at}
        )

    def budget(self) -> Budget:
        """What was said lately, and what has folded."""
        return self._read(keys.budget(), Budget())

    def save_budget(self, budget: Budget, now: datetime) -> Budget:
        """Put the budget in the place of the version that was read.

        Raises:
            Contended: somebody changed it meanwhile.
        """
        expires_at = int((now + self._retention_for).timestamp())
        return write_version(self._table, keys.budget(), budget, {"expires_at": expires_at})

    def _read(self, key: Key, bare: T) -> T:
        """The tally of a key, or a bare one where there is none or it cannot be read.

        Every alert passes through a tally: one that another release wrote must hold none back.
        """
        item = self._table.get(key)
        try:
            return read_version(type(bare), item) if item else bare
        except Unreadable:
            _log.exception("a tally that cannot be read begins anew")
            given: dict[str, Any] = {"version": int(item["version"]) if item else 0}
            return replace(bare, **given)
