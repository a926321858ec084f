"""Groups: what is said together, reviewed when due, and taken by people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from earwitness.model import Acknowledgement, Alert, Group, Response
from earwitness.store import index_keys, keys
from earwitness.store.codec import Unreadable, pack, stamp, unpack
from earwitness.store.exported import ExportedDays
from earwitness.store.table import FETCH_AT_ONCE, Item, Table, Value, whole
from earwitness.store.versions import Contended, read_version, write_version

_log = logging.getLogger(__name__)

_ATTEMPTS = 5


class Groups(ExportedDays):
    """The groups of a table."""

    _table: Table
    _retention_for: timedelta
    _clock: Callable[[], datetime]

    def groups(self, group_ids: Iterable[str]) -> dict[str, Group]:
        """Those of these groups that exist, as they are now.

        Raises:
            Unreadable: one is not what this version of the code writes.
        """
        wanted = {keys.group(group_id): group_id for group_id in group_ids}
        items = self._table.fetch(list(wanted))
        return {wanted[key]: read_version(Group, item) for key, item in items.items()}

    def save_group(self, group: Group, now: datetime) -> Group:
        """Put a group in the place of the version of it that was read.

        Raises:
            Contended: somebody changed it meanwhile.
        """
        given: dict[str, Value] = {"expires_at": self._expiry(now)}
        absent: tuple[str, ...] = ()
        if group.due_at is None:
            absent = ("g3pk", "g3sk")
        else:
            given |= index_keys.to_review(group.due_at)
        return write_version(self._table, keys.group(group.group_id), group, given, absent)

    def due_groups(self, now: datetime) -> Iterator[Group]:
        """Groups that are due for review, the longest due first."""
        due = self._listed(stamp(now))
        return (group for group in due if group.due_at is not None and group.due_at <= now)

    def open_groups(self) -> Iterator[Group]:
        """Groups that may say something yet, or that nobody has dealt with."""
        return (one for one in self._listed("~") if one.ended_at is None and one.handled is None)

    def acknowledge(self, group_id: str, by: str, now: datetime) -> Group | None:
        """Somebody takes a group: it is no longer repeated nor escalated. None: no such group.

        The first who takes it stays who took it. Harmless when repeated.

        Raises:
            Contended: it changed under every attempt.
        """

        def taken(group: Group) -> Group:
            return replace(group, acknowledged=group.acknowledged or Acknowledgement(by, now))

        return self._answer(group_id, taken, now)

    def handle(self, group_id: str, by: str, now: datetime) -> Group | None:
        """Somebody has dealt with a group; who has not taken it before, takes it by that.

        None: no such group. The first who dealt with it stays who did. Harmless when repeated.

        Raises:
            Contended: it changed under every attempt.
        """

        def done(group: Group) -> Group:
            mark = Acknowledgement(by, now)
            return replace(
                group,
                acknowledged=group.acknowledged or mark,
                handled=group.handled or mark,
            )

        return self._answer(group_id, done, now)

    def answered_by(self, alert_or_group_id: str) -> tuple[str, ...]:
        """The groups that somebody takes who answers an alert or a group: several if it folded."""
        group_id, separator, _ = alert_or_group_id.partition("-")
        item = self._table.get(keys.notification(alert_or_group_id)) if separator else None
        folded = unpack(Alert, item).folded_groups if item else ()
        return folded or (group_id,)

    def record_response(self, group: Group, now: datetime) -> None:
        """Record how a group has been answered so far: once per group and window."""
        response = _response(group)
        if group.mention is not None and group.mention.post.published_at is not None:
            self.note_change(group.mention.post.published_at, now)  # its row says who answered
        if response is not None:
            self._table.put(
                {
                    **keys.response(group.group_id, group.window)._asdict(),
                    **index_keys.by_answer(group.brand, response.said_at),
                    "expires_at": self._expiry(now),
                    "version": 1,
                    **pack(response),
                }
            )

    def responses(self, brand: str, since: datetime, until: datetime) -> Iterator[Response]:
        """How alerts of a brand first said from ``since`` to before ``until`` were answered."""
        for partition in index_keys.answer_partitions(brand, since, until):
            found = self._table.query("g1", partition, since=stamp(since), until=stamp(until))
            for item in found:
                if str(item["g1sk"]) < stamp(until) and self._not_expired(item):
                    yield unpack(Response, item)

    def _answer(
        self, group_id: str, answered: Callable[[Group], Group], now: datetime
    ) -> Group | None:
        for _ in range(_ATTEMPTS):
            group = self.groups([group_id]).get(group_id)
            if group is None:
                return None
            after = answered(group)
            try:
                after = after if after == group else self.save_group(after, now)
            except Contended:
                continue
            self.record_response(after, now)
            return after
        raise Contended(f"group {group_id} changed under every attempt to answer it")

    def _listed(self, until: str) -> Iterator[Group]:
        found = self._table.query("g3", index_keys.REVIEW, until=until, page=FETCH_AT_ONCE)
        for item in whole(self._table, found):
            try:
                yield read_version(Group, item)
            except Unreadable:
                # One group that cannot be read must not silence the others.
                _log.exception("skipped a group that cannot be read")

    def _expiry(self, now: datetime) -> int:
        return int((now + self._retention_for).timestamp())

    def _not_expired(self, item: Item) -> bool:
        expires_at = datetime.fromtimestamp(int(item["expires_at"]), UTC)
        return expires_at > self._clock()


def _response(group: Group) -> Response | None:
    """Nothing is recorded of what was never said."""
    if group.first_said_at is None:
        return None
    channel = group.mention.post.channel if group.mention else ""
    return Response(
        group_id=group.group_id,
        window=group.window,
        brand=group.brand,
        channel=group.darkness.channel if group.darkness else channel,
        kind=group.kind,
        priority=group.said_priority or group.priority,
        said_at=group.first_said_at,
        respond_by_at=group.respond_by_at,
        acknowledged=group.acknowledged,
        handled=group.handled,
    )
