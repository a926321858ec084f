"""Mentions: kept once, each with the obligation to assess it, until it is seen to or erased."""

from __future__ import annotations

import heapq
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter

from earwitness.model import Mention
from earwitness.store import index_keys, keys
from earwitness.store.codec import Unreadable, stamp, unstamp
from earwitness.store.exported import ExportedDays
from earwitness.store.held import HeldMentions
from earwitness.store.keeping import Decision, Outcome, decide, expires_at, happened_at
from earwitness.store.known import Known
from earwitness.store.mention_items import (
    data,
    is_flagged,
    key_for,
    read,
    stored,
    tombstone,
)
from earwitness.store.table import FETCH_AT_ONCE, Item, Refused, Table, Value, key_of, whole
from earwitness.store.versions import Contended

_log = logging.getLogger(__name__)

# Writers of one mention at one time: a few pollers at the most.
_KEEP_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """The ids of mentions offered, by what became of them.

    ``flagged`` are those that assess owes a look since, as they now stand.
    """

    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()  # refused
    too_old: tuple[str, ...] = ()  # refused
    flagged: tuple[Mention, ...] = ()


class Mentions(ExportedDays, Known, HeldMentions):
    """The mentions of a table."""

    _table: Table
    _retention_for: timedelta
    _author_key: Callable[[], bytes]
    _unread_for: Mapping[str, timedelta]

    def keep(self, mentions: Iterable[Mention], now: datetime, *, flag_grown: bool = False) -> Kept:
        """Keep each mention once, however often and by however many it is offered.

        A new one is written together with its flag for ``flagged``, in one write. An edited one,
        or one whose engagement changed, gets its latest text and a higher version; it is flagged
        again only if its priority rose or, with ``flag_grown``, its engagement grew.

        Raises:
            botocore.exceptions.ClientError, Throttled, Contended: some mentions may not be kept.
                Keep all of them again before you advance the cursor; that doubles none.
        """
        outcomes: dict[Outcome, list[str]] = defaultdict(list)
        flagged: list[Mention] = []
        offered = list(mentions)
        for start in range(0, len(offered), FETCH_AT_ONCE):
            some = offered[start : start + FETCH_AT_ONCE]
            # A stale answer is as good: every write below has its condition.
            standing = self._table.fetch([key_for(one) for one in some], consistent=False)
            erased = self.erased(one for one in some if key_for(one) not in standing)
            for mention in some:
                if mention.mention_id in erased:
                    outcomes[Outcome.REDACTED].append(mention.mention_id)
                    continue
                item = standing.get(key_for(mention))
                decision = self._keep_one(mention, item, now, flag_grown=flag_grown)
                outcomes[decision.outcome].append(mention.mention_id)
                if decision.flag and decision.mention is not None:
                    flagged.append(decision.mention)
        return Kept(
            new=tuple(outcomes[Outcome.NEW]),
            updated=tuple(outcomes[Outcome.UPDATED]),
            known=tuple(outcomes[Outcome.KNOWN] + outcomes[Outcome.OUTLIVED]),
            redacted=tuple(outcomes[Outcome.REDACTED]),
            too_old=tuple(outcomes[Outcome.TOO_OLD]),
            flagged=tuple(flagged),
        )

    def flagged(self, limit: int) -> Iterator[Mention]:
        """Mentions that are owed a look, at most ``limit``: critical first, then the oldest.

        Of one priority those that were kept late come after those that were not.

        Whoever has seen to one says so with ``assessed``, after what follows from it is kept.
        """
        shards = [
            self._table.query("g3", one, page=min(limit, FETCH_AT_ONCE))
            for one in index_keys.assess_partitions()
        ]
        urgent = heapq.merge(*shards, key=itemgetter("g3sk"))
        found = whole(self._table, islice(urgent, limit))
        return self._readable(item for item in found if is_flagged(item))

    def assessed(self, mention: Mention) -> bool:
        """Move a mention from the flagged ones to the inbox.

        False: it was edited, redacted or deleted since it was read. An edit that owes another
        look keeps its flag.
        """
        inbox = index_keys.inbox(mention)
        given: Item = {"version": mention.version, "inbox": inbox, "assess": index_keys.ASSESS}
        try:
            self._table.update(
                key_for(mention),
                "SET #g3pk = :inbox, #g3sk = #g1sk",
                given,
                when="#version = :version AND begins_with(#g3pk, :assess)",
            )
        except Refused as refused:
            # Our own write, whose answer was lost, counts as done.
            item = refused.item or {}
            return item.get("version") == mention.version and item.get("g3pk") == inbox
        return True

    def redact(self, brand: str, post_id: str, now: datetime) -> None:
        """Erase a mention and keep it from coming back. Harmless when repeated or unknown."""
        key = keys.mention(Mention.id_of(brand, post_id))
        standing = self._table.fetch([key]).get(key, {})
        if "g1sk" in standing:
            self.note_change(unstamp(standing["g1sk"]), now)
        self._table.put(tombstone(key, now))

    def _keep_one(
        self, offered: Mention, item: Item | None, now: datetime, *, flag_grown: bool
    ) -> Decision:
        for _ in range(_KEEP_ATTEMPTS):
            try:
                held = stored(item) if item else None
            except Unreadable:  # by newer code, before a roll-back: it is kept
                _log.exception("left a mention alone that cannot be read")
                return Decision(Outcome.KNOWN)
            decision = decide(offered, held, now, self._retention_for, flag_grown=flag_grown)
            try:
                self._write(decision, item, offered, now)
            except Refused as refused:
                item = refused.item
            else:
                return decision
        raise Contended(f"mention {offered.mention_id} changed under every attempt to keep it")

    def _write(
        self, decision: Decision, item: Item | None, offered: Mention, now: datetime
    ) -> None:
        if decision.outcome is Outcome.OUTLIVED or decision.mention is not None:
            at = unstamp(item["g1sk"]) if item else happened_at(offered.post, now)
            self.note_change(at, now)
        if decision.outcome is Outcome.OUTLIVED:
            self._table.put(tombstone(key_for(offered), now))
        elif decision.mention is not None and item is None:
            self._table.create(self._new_item(decision.mention, now))
        elif decision.mention is not None and item is not None:
            self._update(decision.mention, item, now, flag=decision.flag)
        elif decision.outcome is Outcome.KNOWN and item is not None:
            self._prolong(offered, item, now)

    def _new_item(self, mention: Mention, now: datetime) -> Item:
        at = happened_at(mention.post, now)
        return {
            **key_for(mention)._asdict(),
            **index_keys.by_brand(mention, at),
            **index_keys.by_author(mention, self._author_key(), at),
            **index_keys.to_assess(mention, at, now),
            "version": mention.version,
            "expires_at": self._expires_at(mention, now),
            **data(mention),
        }

    def _expires_at(self, mention: Mention, now: datetime) -> int:
        unread_for = self._unread_for.get(mention.post.kind)
        return int(expires_at(mention.post, now, self._retention_for, unread_for).timestamp())

    def _prolong(self, offered: Mention, item: Item, now: datetime) -> None:
        """Keep a mention longer whose post was read again, where its kind's terms ask for that.

        Not at every sight, since each costs a write: when a quarter of the time is gone.
        """
        unread_for = self._unread_for.get(offered.post.kind)
        if unread_for is None:
            return
        until = min(self._expires_at(read(item), now), self._expires_at(offered, now))
        if until - int(item["expires_at"]) < unread_for.total_seconds() / 4:
            return
        self._table.update(
            key_of(item),
            "SET #expires_at = :until",
            {"until": until, "seen": int(item["version"])},
            when="#version = :seen",
        )

    def _update(self, mention: Mention, item: Item, now: datetime, *, flag: bool) -> None:
        at = unstamp(item["g1sk"])
        work: dict[str, str] = {}
        if flag or is_flagged(item):
            work = index_keys.to_assess(mention, at, now)
        elif "g3pk" in item:
            work = {"g3pk": index_keys.inbox(mention), "g3sk": stamp(at)}
        # Whoever assessed it since it was read must not find the flag of what they saw set again.
        seen: dict[str, Value] = {"seen": int(item["version"])}
        unmoved = "attribute_not_exists(#g3pk)"
        if "g3pk" in item:
            seen["lay"] = item["g3pk"]
            unmoved = "#g3pk = :lay"
        given: dict[str, Value] = {**data(mention), **work, "version": mention.version}
        if mention.post.kind in self._unread_for:
            given["expires_at"] = self._expires_at(mention, now)
        self._table.update(
            key_of(item),
            "SET " + ", ".join(f"#{name} = :{name}" for name in given),
            {**given, **seen},
            when=f"#version = :seen AND {unmoved}",
        )
