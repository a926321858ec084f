"""Which addresses a watchlist may name."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

_PRIVATE = "an address inside a private network cannot be polled"


def check_url(url: str, *, allow_loopback: bool = False) -> None:
    """Raise ValueError, in words for the person who wrote it, unless ``url`` may be fetched."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("a URL must start with https:// or http://")
    if not host or "\\" in url or any(c.isspace() for c in url):
        raise ValueError("a URL needs a host, and may hold no backslash or blank")
    if "@" in parts.netloc:
        raise ValueError("a URL may hold no user name or password")
    if not (allow_loopback and host in ("localhost", "127.0.0.1", "::1")):
        _check_host(host)


def _check_host(host: str) -> None:
    try:
        is_global = ip_address(host).is_global
    except ValueError:
        if host.rpartition(".")[2][:1].isdigit():
            raise ValueError("expected a host name or a whole IP address") from None
        is_global = host != "localhost" and not host.endswith(".localhost")
    if not is_global:
        raise ValueError(_PRIVATE)
