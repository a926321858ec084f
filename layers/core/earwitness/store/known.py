"""Which mentions are nothing new: asked before something is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from earwitness.model import Mention
from earwitness.store.codec import Unreadable
from earwitness.store.erasures import Erasures
from earwitness.store.keeping import Outcome, decide, reads_alike
from earwitness.store.mention_items import key_for, stored
from earwitness.store.table import FETCH_AT_ONCE, Item, Table


class Known(Erasures):
    """What the table knows of mentions that are offered."""

    _table: Table
    _retention_for: timedelta

    def known(self, mentions: Sequence[Mention], now: datetime) -> set[str]:
        """The ids of those that are nothing new: kept with the same text, or refused by ``keep``.

        May be a moment old.
        """
        found: set[str] = set()
        for start in range(0, len(mentions), FETCH_AT_ONCE):
            some = mentions[start : start + FETCH_AT_ONCE]
            items = self._table.fetch([key_for(one) for one in some], consistent=False)
            erased = self.erased(one for one in some if key_for(one) not in items)
            found |= {
                one.mention_id
                for one in some
                if one.mention_id in erased or self._is_known(one, items.get(key_for(one)), now)
            }
        return found

    def _is_known(self, offered: Mention, item: Item | None, now: datetime) -> bool:
        try:
            held = stored(item) if item else None
        except Unreadable:  # by newer code, before a roll-back: keep leaves it alone
            return True
        outcome = decide(offered, held, now, self._retention_for, flag_grown=False).outcome
        if outcome in (Outcome.REDACTED, Outcome.TOO_OLD, Outcome.OUTLIVED):
            return True
        return bool(held and held.mention and reads_alike(offered, held.mention))
