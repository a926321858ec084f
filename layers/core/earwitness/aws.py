"""Clients of AWS that give up well before the function that waits for them."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

# Three sends of at most four seconds: botocore's own would wait for five minutes.
SOON = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
)


def client(service: str) -> Any:
    """The client of a service: a call ends within twelve seconds, retries included."""
    return boto3.client(service, config=SOON)  # type: ignore[call-overload]
