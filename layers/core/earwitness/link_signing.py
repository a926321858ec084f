"""Signs and reads the links of alerts and digests with the stack's own key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from earwitness import links
from earwitness.links import Action, Link
from earwitness.model import Alert, Event, Role

_OF_A_MENTION = {
    "take": Action.TAKE,
    "handle": Action.HANDLE,
    "mute": Action.MUTE,
    "wrong": Action.WRONG,
}
_OF_ANYTHING = {"take": Action.TAKE, "handle": Action.HANDLE}
_OVER = frozenset({Event.INCIDENT_CLOSED, Event.CHANNEL_BACK})


class Signer:
    """Signs and reads links. ``address`` is that of the confirm page, "" where there is none."""

    def __init__(self, key: Callable[[], bytes], address: str = "") -> None:
        self._key = key
        self._address = address.rstrip("/")

    def of_alert(self, alert: Alert, now: datetime) -> dict[str, str]:
        """The addresses that an alert offers: none where nobody needs to act."""
        if self._address and alert.digest is not None:
            expires_at = now + links.REPORT_VALID_FOR
            return {"report": self.address(Link(Action.REPORT, alert.alert_id, expires_at))}
        if not self._address or alert.role is Role.COMPETITOR or alert.event in _OVER:
            return {}
        offered = _OF_A_MENTION if alert.mention is not None else _OF_ANYTHING
        expires_at = now + links.VALID_FOR
        return {
            name: self.address(Link(action, alert.alert_id, expires_at))
            for name, action in offered.items()
        }

    def of_matches(self, mention_ids: Iterable[str], now: datetime) -> dict[str, tuple[str, str]]:
        """The addresses to accept and to reject a doubtful match, by mention id."""
        expires_at = now + links.REPORT_VALID_FOR
        return {
            mention_id: (
                self.address(Link(Action.ACCEPT, mention_id, expires_at)),
                self.address(Link(Action.REJECT, mention_id, expires_at)),
            )
            for mention_id in mention_ids
        }

    def address(self, link: Link) -> str:
        """The address of a link."""
        return f"{self._address}/{links.sign(link, self._key())}"

    def read(self, token: str, now: datetime) -> Link | links.Refused:
        """The link that a token says, or why it is of no use."""
        return links.read(token, self._key(), now)
