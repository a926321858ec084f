"""Credentials: handed over with the channel, kept for a while where they are costly to get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from earwitness.channels.wire.asking import NotOk
from earwitness.model import Channel, Health


def credential(channel: Channel, name: str) -> str:
    """One value of the channel's secret; raises NotOk (dead) where it is missing."""
    value = channel.credentials.get(name, "")
    if not value:
        secret = channel.options.get("credentials")
        where = f"the secret {secret!r}" if secret else "no secret is named under credentials"
        raise NotOk(Health.DEAD, f"no_credentials: the channel needs {name!r}; {where} lacks it")
    return value


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the moment until which it is good."""

    value: str = field(repr=False)
    good_until: datetime
    renewal: str = field(default="", repr=False)


class Tokens:
    """Tokens of this process, per account: signing in is limited to a few times a day."""

    def __init__(self) -> None:
        self._held: dict[str, Token] = {}

    def get(self, account: str, now: datetime, sign_in: Callable[[Token | None], Token]) -> str:
        """The token held, or a new one from ``sign_in``, which gets the one that has run out."""
        token = self._held.get(account)
        if token is None or token.good_until <= now:
            token = sign_in(token)
            self._held[account] = token
        return token.value

    def expire(self, account: str) -> None:
        """Take a token that the source no longer takes for run out: its renewal may be good."""
        if token := self._held.get(account):
            self._held[account] = replace(token, good_until=datetime.min.replace(tzinfo=UTC))

    def forget(self, account: str) -> None:
        """Drop a token that the source no longer takes, and its renewal."""
        self._held.pop(account, None)
