"""Who sent a request: its signature over time and raw body, in three schemes. Pure decisions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOW_FOR = timedelta(minutes=5)  # as Slack advises: older requests may be replayed
_NONCE = re.compile(r"[\x21-\x7e]{8,128}")


class Unsigned(Exception):
    """The request is not taken; the message says why, and nothing about the key."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a sender signs: where it says what, and what its signature is of.

    ``key`` names the signing key among the values of our secret. ``nonce`` is the header that
    makes a request unique; "": its signature does.
    """

    name: str
    key: str
    time: str
    signature: str
    made: Callable[[bytes, str, str, bytes], str]  # key, time, nonce, body -> signature
    nonce: str = ""


def _own(key: bytes, time: str, nonce: str, body: bytes) -> str:
    return f"v1={_mac(key, f'v1:{time}:{nonce}:'.encode(), body).hex()}"


def _slack(key: bytes, time: str, _nonce: str, body: bytes) -> str:
    return f"v0={_mac(key, f'v0:{time}:'.encode(), body).hex()}"


def _zendesk(key: bytes, time: str, _nonce: str, body: bytes) -> str:
    return base64.b64encode(_mac(key, time.encode(), body)).decode()


def _mac(key: bytes, head: bytes, body: bytes) -> bytes:
    return hmac.new(key, head + body, hashlib.sha256).digest()


# docs.slack.dev/authentication/verifying-requests-from-slack
# developer.zendesk.com/documentation/webhooks/verifying
SCHEMES = (
    Scheme(
        "earwitness", "signing_key", "x-earwitness-timestamp", "x-earwitness-signature", _own,
        "idempotency-key",
    ),
    Scheme(
        "slack", "slack_signing_secret", "x-slack-request-timestamp", "x-slack-signature", _slack
    ),
    Scheme(
        "zendesk", "zendesk_signing_secret", "x-zendesk-webhook-signature-timestamp",
        "x-zendesk-webhook-signature", _zendesk,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sender:
    """Who signed a request, and what tells it from every other one of theirs."""

    scheme: str
    nonce: str


def verify(
    headers: Mapping[str, str], body: bytes, keys: Mapping[str, str], now: datetime
) -> Sender:
    """The sender of a request that was signed within five minutes of ``now``.

    ``headers`` have names in lower case, ``body`` is as it was sent. Raises Unsigned.
    """
    scheme = next((s for s in SCHEMES if s.signature in headers), None)
    if scheme is None:
        raise Unsigned("no signature: docs/ingest.md says how to sign")
    if not keys.get(scheme.key):
        raise Unsigned(f"requests of {scheme.name} are not taken: the secret lacks {scheme.key!r}")
    time = headers.get(scheme.time, "")
    nonce = headers.get(scheme.nonce, "") if scheme.nonce else ""
    if scheme.nonce and not _NONCE.fullmatch(nonce):
        raise Unsigned(f"{scheme.nonce}: expected 8 to 128 visible characters")
    made = scheme.made(keys[scheme.key].encode(), time, nonce, body)
    given = headers[scheme.signature]
    if not hmac.compare_digest(made.encode(), given.encode("utf-8", "replace")):
        raise Unsigned("the signature is not that of this time and body")
    sent_at = _moment(time)
    if sent_at is None or abs(now - sent_at) > WINDOW_FOR:
        raise Unsigned(f"{scheme.time}: more than five minutes from now, or no time")
    return Sender(scheme.name, nonce or given)


def _moment(text: str) -> datetime | None:
    """Unix seconds, or ISO 8601 as Zendesk writes it."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
