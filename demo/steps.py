"""A step that fails says one clear sentence, and nothing is left behind."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "demo"  # what one run leaves for the next: only what was built
STATE = ROOT / ".earwitness"  # what is kept because someone asked for it

# All that a child process learns of the user's environment. Above all: no credentials.
_PASSED_ON = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "SYSTEMROOT", "TERM",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
_HERE = "127.0.0.1,localhost"


class StepFailed(Exception):
    """What went wrong and what to do about it, in one sentence for a person."""


def plain_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: the user's, without secrets, plus ``extra``."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    for name in ("NO_PROXY", "no_proxy"):  # what runs on this machine is never asked of a proxy
        environment[name] = ",".join(filter(None, (_HERE, environment.get(name))))
    return environment | dict(extra)


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether nothing listens on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def last_lines(log: Path, count: int = 1) -> str:
    """The end of a log, for an error message; empty when there is none."""
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join([line.strip() for line in lines if line.strip()][-count:])
