"""Corrections: what people say of judgements. They hold no words of a post, so they may stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from earwitness.model import Correction
from earwitness.store import index_keys, keys
from earwitness.store.codec import pack, stamp, unpack
from earwitness.store.table import Table

_KEPT_FOR = timedelta(days=400)  # a year can be compared with the one before


class Corrections:
    """The corrections of a table."""

    _table: Table

    def correct(self, correction: Correction) -> None:
        """Keep what a person says of a mention's judgement; what was said last stands."""
        reasons = tuple(replace(reason, evidence=()) for reason in correction.judged.reasons)
        bare = replace(correction, judged=replace(correction.judged, reasons=reasons))
        self._table.put(
            {
                **keys.correction(correction.mention_id)._asdict(),
                **index_keys.by_month(correction.at),
                **pack(bare),
                "expires_at": int((correction.at + _KEPT_FOR).timestamp()),
            }
        )

    def corrections_of(self, mention_ids: Iterable[str]) -> dict[str, Correction]:
        """What was said of the judgement of these mentions, as far as something was."""
        wanted = {keys.correction(mention_id): mention_id for mention_id in mention_ids}
        items = self._table.fetch(list(wanted))
        return {wanted[key]: unpack(Correction, item) for key, item in items.items()}

    def corrections(self, since: datetime, until: datetime) -> Iterator[Correction]:
        """What was said from ``since`` to ``until``, in order of time."""
        for month in index_keys.correction_partitions(since, until):
            for item in self._table.query("g1", month, since=stamp(since), until=stamp(until)):
                yield unpack(Correction, item)
