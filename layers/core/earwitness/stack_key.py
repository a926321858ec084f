"""The keys that a stack makes for itself, in Secrets Manager: the only code that reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from earwitness import aws

_KEPT_SECONDS = 300.0  # a key that was exchanged counts after this


class StackKey:
    """A key by its ARN or name, read when it is first called for: many a run needs none.

    There are two, with lives of their own. SigningKey signs links: exchange it, and all links are
    void. AuthorKey hides authors' names in the table, whose log of erasures lasts for ever: it must
    never change while that table lives.
    """

    def __init__(self, arn: str, client: Callable[[str], Any] = aws.client) -> None:
        self._arn = arn
        self._client = client
        self._value = b""
        self._read_at = -_KEPT_SECONDS

    def __call__(self) -> bytes:
        """The key, at most five minutes old. ClientError: AWS does not give it."""
        if time.monotonic() - self._read_at >= _KEPT_SECONDS:
            secrets = self._client("secretsmanager")
            self._value = secrets.get_secret_value(SecretId=self._arn)["SecretString"].encode()
            self._read_at = time.monotonic()
        return self._value
