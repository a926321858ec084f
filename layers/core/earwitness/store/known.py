"""Which mentions are nothing new: asked before something is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from earwitness.model import Mention
from earwitness.store.codec import Unreadable
from earwitness.store.erasures import Erasures
from earwitness.store.keeping import Outcome, decide, reads_alike
from earwitness.store.mention_items import key_for, stored
from earwitness.store.table import Item, Table

_FETCH_AT_ONCE = 100


class Known(Erasures):
    """What the table knows of mentions that are offered."""

    _table: Table
    _retention_for: timedelta

    def known(self, mentions: Sequence[Mention], now: datetime) -> dict[str, Mention | None]:
        """What of the mentions is nothing new, by id: each as it stands, with the same text.

        None: ``keep`` would refuse it. May be a moment old.
        """
        found: dict[str, Mention | None] = {}
        for start in range(0, len(mentions), _FETCH_AT_ONCE):
            some = mentions[start : start + _FETCH_AT_ONCE]
            items = self._table.fetch([key_for(one) for one in some], consistent=False)
            erased = self.erased(one for one in some if key_for(one) not in items)
            found.update(dict.fromkeys(erased))
            for one in some:
                if one.mention_id not in erased:
                    found.update(self._known(one, items.get(key_for(one)), now))
        return found

    def _known(
        self, offered: Mention, item: Item | None, now: datetime
    ) -> dict[str, Mention | None]:
        try:
            held = stored(item) if item else None
        except Unreadable:  # by newer code, before a roll-back: keep leaves it alone
            return {offered.mention_id: None}
        outcome = decide(offered, held, now, self._retention_for, flag_grown=False).outcome
        if outcome in (Outcome.REDACTED, Outcome.TOO_OLD, Outcome.OUTLIVED):
            return {offered.mention_id: None}
        if held is None or held.mention is None or not reads_alike(offered, held.mention):
            return {}
        return {offered.mention_id: held.mention}
