"""Signed links: what may be done by whoever holds one, until it expires. Pure.

A token reads ``action.expiry.subject.signature``: a letter, seconds since 1970 in base 36, an id,
and HMAC-SHA256 over the three (RFC 2104), cut to 128 bits. The subject of an alert's link is the
alert's id, which no other alert ever has, and each link is used once: so action and subject are
its nonce.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from earwitness.model import digest

VALID_FOR = timedelta(days=7)  # an alert of Friday night can be answered after the weekend
REPORT_VALID_FOR = timedelta(days=14)
_TOKEN = re.compile(r"([a-z])\.([0-9a-z]{1,8})\.([0-9a-z-]{1,80})\.([\w-]{22})")
_VERSION = "earwitness link 1"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Action(StrEnum):
    """What a link does; the value is its letter."""

    TAKE = "t"
    HANDLE = "h"
    MUTE = "m"
    WRONG = "w"
    ACCEPT = "a"  # a doubtful match is one of ours
    REJECT = "x"  # and this one is not
    REPORT = "r"  # show a report: the only one that acts on nothing


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says."""

    action: Action
    subject: str
    expires_at: datetime

    @property
    def nonce(self) -> str:
        """The same for every token of one action on one subject, whenever it was signed."""
        return digest("link", self.action, self.subject)[:32]


@dataclass(frozen=True, slots=True)
class Refused:
    """A token is of no use; ``reason`` is forged or expired."""

    reason: str


def sign(link: Link, secret: bytes) -> str:
    """The token of a link."""
    said = f"{link.action}.{_base36(int(link.expires_at.timestamp()))}.{link.subject}"
    return f"{said}.{_signature(said, secret)}"


def read(token: str, secret: bytes, now: datetime) -> Link | Refused:
    """The link that a token says, if we have signed it and it has not expired."""
    found = _TOKEN.fullmatch(token)
    if found is None or not secret:
        return Refused("forged")
    said = token.rpartition(".")[0]
    if not hmac.compare_digest(_signature(said, secret).encode(), found[4].encode()):
        return Refused("forged")
    expires_at = datetime.fromtimestamp(int(found[2], 36), UTC)
    if now >= expires_at:
        return Refused("expired")
    return Link(Action(found[1]), found[3], expires_at)


def _signature(said: str, secret: bytes) -> str:
    full = hmac.new(secret, f"{_VERSION}|{said}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(full[:16]).decode().rstrip("=")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
