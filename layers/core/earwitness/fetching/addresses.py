"""Which addresses we may talk to: a URL is checked when written down, an address when dialled."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The IANA special-purpose registries (RFC 6890 and what was added since), written out because
# ``is_global`` and ``is_private`` differ between Python versions and let several of these through.
_REFUSED = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local or cloud metadata",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "::1/128": "loopback",
    "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
}
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")  # everything else is special-purpose
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE_IN_TARGET = "%/:=&?~+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. ``host`` is ASCII without brackets, ``path`` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What decides whether credentials may travel on."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The Host header: brackets for IPv6, the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@cache
def _refused_networks() -> tuple[tuple[Network, str], ...]:
    return tuple((ipaddress.ip_network(net), why) for net, why in _REFUSED.items())


@cache
def _loopback_networks() -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in _LOOPBACK)


def refusal(address: Address, *, allow_loopback: bool = False) -> str | None:
    """Why an address may not be dialled, or None when it may.

    Forms that carry an IPv4 address inside IPv6 (mapped, NAT64, 6to4, Teredo) are all refused.
    """
    if any(address in network for network in _loopback_networks()):
        return None if allow_loopback else "loopback"
    for network, why in _refused_networks():
        if address in network:
            return why
    if address.version == 6 and address not in _GLOBAL_UNICAST_V6:
        return "not a public IPv6 address"
    return None


def check_url(url: str, *, allow_loopback: bool = False) -> None:
    """Raise ValueError, in words for the person who wrote it, unless ``url`` may be fetched.

    Needs no network: what a host name resolves to is checked again when it is dialled.
    """
    parse_url(url, allow_loopback=allow_loopback)


def parse_url(url: str, *, allow_loopback: bool = False) -> Target:
    """``url`` as a target to dial. Raises ValueError like ``check_url``."""
    if "\\" in url or any(ord(c) <= 0x20 or ord(c) == 0x7F for c in url):
        raise ValueError("a URL may hold no backslash, space or control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"a URL must start with https:// or http://, not {parts.scheme!r}")
    if "@" in parts.netloc:
        raise ValueError(
            "a URL may hold no user name or password: anybody who reads the watchlist could "
            "read it; name a secret under credentials instead"
        )
    if port == 0:
        raise ValueError("port 0 cannot be dialled")
    host = _checked_host(parts.hostname or "", allow_loopback=allow_loopback)
    path = quote(parts.path or "/", safe=_SAFE_IN_TARGET)
    query = f"?{quote(parts.query, safe=_SAFE_IN_TARGET)}" if parts.query else ""
    return Target(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], path + query)


def _checked_host(host: str, *, allow_loopback: bool) -> str:
    """The host in ASCII and lower case; an address or local name that is refused raises."""
    plain = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    if not plain:
        raise ValueError("a URL needs a host, as in https://example.com/feed")
    if ":" in plain or _ENDS_IN_NUMBER.search(plain):
        return _checked_literal(plain, allow_loopback=allow_loopback)
    if plain == "localhost" or plain.endswith((".localhost", ".local", ".internal")):
        if allow_loopback and plain == "localhost":
            return plain
        raise ValueError(f"{plain} is a name inside a private network: only public hosts are read")
    ascii_host = plain if plain.isascii() else _to_ascii(plain)
    if len(ascii_host) > 253 or not all(_LABEL.match(label) for label in ascii_host.split(".")):
        raise ValueError(f"{plain!r} is not a host name")
    return ascii_host


def _checked_literal(host: str, *, allow_loopback: bool) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(
            f"{host!r} is an odd way to write an address: write four decimal numbers or a name"
        ) from None
    if why := refusal(address, allow_loopback=allow_loopback):
        raise ValueError(f"{host} is refused ({why}): only public addresses are read")
    return str(address)


def _to_ascii(host: str) -> str:
    import idna  # noqa: PLC0415 - 40 ms of tables that few hosts need

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host!r} is not a host name: {error}") from None
