"""Connections that are dialled to a checked address and end at the deadline."""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from socket import IPPROTO_TCP, gaierror, getaddrinfo
from typing import Any

import httpcore

from earwitness.fetching.addresses import Address, refusal
from earwitness.fetching.failure import FetchFailed


class Deadline:
    """The end of one fetch, redirects included. A silent or dripping server cannot move it."""

    def __init__(self, total_for: timedelta) -> None:
        self._total = total_for.total_seconds()
        self._end = 0.0
        self.start()

    def start(self) -> None:
        """A new fetch begins now."""
        self._end = time.monotonic() + self._total

    def left(self) -> float:
        """Seconds left; raises FetchFailed when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchFailed(
                "timeout", transient=True, detail=f"no complete answer within {self._total:g} s"
            )
        return left


class PinnedBackend(httpcore.NetworkBackend):
    """Resolves a host once, checks every address, dials the checked address itself.

    The name never goes to the socket layer, so an answer that changes between check and use
    (DNS rebinding) has no effect. TLS still verifies the host's name, which httpcore hands to
    ``start_tls``.
    """

    def __init__(self, deadline: Deadline, *, allow_loopback: bool) -> None:
        self._deadline = deadline
        self._allow_loopback = allow_loopback
        self._dial = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Dial the checked addresses in turn, each with a fair part of the time left."""
        addresses = self._checked_addresses(host, port)
        for tried, address in enumerate(addresses):
            fair_part = self._deadline.left() / (len(addresses) - tried)
            try:
                stream = self._dial.connect_tcp(
                    str(address), port, fair_part, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            peer = ipaddress.ip_address(stream.get_extra_info("server_addr")[0])
            if peer != address:
                stream.close()
                raise FetchFailed("address_refused", transient=False, detail="peer differs")
            return _DeadlineStream(stream, self._deadline)
        self._deadline.left()
        raise FetchFailed("connection", transient=True, detail=f"{host} did not accept")

    def _checked_addresses(self, host: str, port: int) -> list[Address]:
        addresses = _resolve(host, port, self._deadline.left())
        for address in addresses:
            if why := refusal(address, allow_loopback=self._allow_loopback):
                raise FetchFailed(
                    "address_refused", transient=False, detail=f"{host} is {address} ({why})"
                )
        return addresses


class _DeadlineStream(httpcore.NetworkStream):
    """A stream whose every wait ends at the deadline, whatever the caller asks for."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _DeadlineStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str, port: int, timeout: float) -> list[Address]:
    """Addresses of a host, IPv4 first: Lambda has no way out over IPv6 unless it is given one.

    ``getaddrinfo`` cannot be told when to stop, so it runs in a thread that may be left behind.
    """
    found: list[Address] = []
    failed: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            for info in getaddrinfo(host, port, proto=IPPROTO_TCP):
                address = ipaddress.ip_address(str(info[4][0]).partition("%")[0])
                if address not in found:
                    found.append(address)
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise FetchFailed("timeout", transient=True, detail=f"no address for {host} in time")
    if failed or not found:
        why = failed[0].strerror if failed and isinstance(failed[0], gaierror) else "no address"
        raise FetchFailed("unknown_host", transient=True, detail=f"{host}: {why}")
    return sorted(found, key=lambda address: address.version)
