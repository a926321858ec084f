"""The one way in which a fetch fails."""

from __future__ import annotations


class FetchFailed(Exception):
    """No response. ``reason`` is one of the names below; ``transient`` says to try later.

    Later: timeout, unknown_host, connection, certificate, malformed, encoding.
    Never: url_refused, address_refused, redirect_refused, header_refused, too_many_redirects,
    too_large.
    ``detail`` is for people and holds no path or query, which may carry a key.
    """

    def __init__(self, reason: str, *, transient: bool, detail: str = "") -> None:
        self.reason = reason
        self.transient = transient
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else reason)
