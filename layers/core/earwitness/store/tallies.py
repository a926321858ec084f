"""What is counted between ticks: reports of trouble by brand, and what was said in a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from earwitness.alerting.caps import Budget
from earwitness.alerting.reports import Reports
from earwitness.store import keys
from earwitness.store.table import Table
from earwitness.store.versions import read_version, write_version


class Tallies:
    """The tallies of a table."""

    _table: Table
    _retention_for: timedelta

    def reports(self, brand: str, now: datetime) -> Reports:
        """The reports of trouble with a brand; none so far is a bare one, watched from now on."""
        item = self._table.get(keys.reports(brand))
        return read_version(Reports, item) if item else Reports(brand, since=now)

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
        item = self._table.get(keys.budget())
        return read_version(Budget, item) if item else Budget()

    def save_budget(self, budget: Budget, now: datetime) -> Budget:
        """Put the budget in the place of the version that was read.

        Raises:
            Contended: somebody changed it meanwhile.
        """
        expires_at = int((now + self._retention_for).timestamp())
        return write_version(self._table, keys.budget(), budget, {"expires_at": expires_at})
