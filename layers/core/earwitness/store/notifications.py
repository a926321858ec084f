"""Notifications: each alert kept before it is said, claimed while it is said, proved after."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from earwitness.model import Alert, Notification, NotificationState
from earwitness.store import index_keys, keys
from earwitness.store.codec import Unreadable, pack, stamp, unpack, unstamp
from earwitness.store.table import FETCH_AT_ONCE, Item, Refused, Table, whole

_log = logging.getLogger(__name__)


class Notifications:
    """The notifications of a table."""

    _table: Table
    _retention_for: timedelta

    def open_notification(self, alert: Alert, now: datetime, due_at: datetime) -> bool:
        """Take on to say an alert from ``due_at``. False: an alert of that id was taken on."""
        item: Item = {
            **keys.notification(alert.alert_id)._asdict(),
            **index_keys.due(due_at),
            "state": NotificationState.PENDING,
            "due_at": stamp(due_at),
            "attempts": 0,
            "expires_at": int((now + self._retention_for).timestamp()),
            **pack(alert),
        }
        try:
            self._table.create(item)
        except Refused:
            return False
        return True

    def due_notifications(
        self, now: datetime, unreadable: list[str] | None = None
    ) -> Iterator[Notification]:
        """Notifications due and not sent, nor being sent by another, the longest due first.

        ``unreadable`` takes the ids of alerts that are due and cannot be read.
        """
        waiting = self._table.query("g3", index_keys.NOTIFY, until=stamp(now), page=FETCH_AT_ONCE)
        for item in whole(self._table, waiting):
            if str(item.get("g3sk", "~")) > stamp(now):
                continue  # sent or claimed since the index was written
            try:
                yield _read(item)
            except Unreadable:
                # One alert that cannot be read must not silence the others.
                _log.exception("skipped a notification that cannot be read")
                if unreadable is not None:
                    unreadable.append(str(item["PK"]).partition("#")[2])

    def claim(
        self, notification: Notification, now: datetime, claim_for: timedelta
    ) -> Notification | None:
        """Take the sending of a notification upon us for ``claim_for``; None: not ours to send.

        A claim that ended without ``sent`` can be taken over; ``may_repeat`` then says that
        people may have been told already.
        """
        until = now + claim_for
        claimed_by = uuid4().hex
        try:
            item = self._table.update(
                keys.notification(notification.alert.alert_id),
                "SET #state = :sending, #claimed_by = :claimed_by, #claimed_until = :until, "
                "#g3sk = :until ADD #attempts :one",
                {
                    "sending": NotificationState.SENDING,
                    "pending": NotificationState.PENDING,
                    "claimed_by": claimed_by,
                    "until": stamp(until),
                    "now": stamp(now),
                    "one": 1,
                },
                when="(#state = :pending AND #due_at <= :now) "
                "OR (#state = :sending AND #claimed_until <= :now)",
            )
        except Refused as refused:
            # Our own claim, whose answer was lost, is ours.
            if refused.item is None or refused.item.get("claimed_by") != claimed_by:
                return None
            item = refused.item
        return _read(item)

    def release(self, claimed: Notification) -> None:
        """Give a claim back after an attempt that told nobody: it is due again, and no repeat."""
        assert claimed.claimed_until is not None  # noqa: S101 - it is what claim returned
        try:
            self._table.update(
                keys.notification(claimed.alert.alert_id),
                "SET #state = :pending, #g3sk = :due_at REMOVE #claimed_by, #claimed_until "
                "ADD #attempts :less",
                {
                    "pending": NotificationState.PENDING,
                    "sending": NotificationState.SENDING,
                    "due_at": stamp(claimed.due_at),
                    "until": stamp(claimed.claimed_until),
                    "less": -1,
                },
                when="#state = :sending AND #claimed_until = :until",
            )
        except Refused:
            return  # taken over, sent or expired meanwhile

    def sent(self, notification: Notification, message_id: str, now: datetime) -> None:
        """Prove that a notification was sent: nobody sends it again, whoever claimed it since."""
        try:
            self._table.update(
                keys.notification(notification.alert.alert_id),
                "SET #state = :sent, #sent_at = :now, #message_id = :message_id "
                "REMOVE #g3pk, #g3sk",
                {"sent": NotificationState.SENT, "now": stamp(now), "message_id": message_id},
                when="attribute_exists(#PK)",
            )
        except Refused:
            return  # expired meanwhile: there is nothing left to send

    def notification(self, alert_id: str) -> Notification | None:
        """The notification of an alert, as it is now."""
        item = self._table.get(keys.notification(alert_id))
        return _read(item) if item else None


def _read(item: Item) -> Notification:
    claimed_until = item.get("claimed_until")
    message_id = item.get("message_id")
    return Notification(
        alert=unpack(Alert, item),
        due_at=unstamp(item["due_at"]),
        state=NotificationState(str(item["state"])),
        attempts=int(item["attempts"]),
        claimed_until=None if claimed_until is None else unstamp(claimed_until),
        message_id=None if message_id is None else str(message_id),
    )
