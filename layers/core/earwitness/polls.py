"""The queue of polls to make: the only code that knows its messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10  # SQS: entries of one SendMessageBatch


class PollsNotSent(Exception):
    """The queue refused some requests; the next tick finds their channels due again."""


@dataclass(frozen=True, slots=True)
class PollRequest:
    """Poll one channel once in one slot of its interval.

    ``continued`` asks to go on where a poll stopped at its page limit, within the same slot.
    """

    channel_id: str
    watchlist_version: str
    slot: int
    continued: int = 0

    @property
    def correlation_id(self) -> str:
        """Follows a poll from dispatch through every log line."""
        return f"{self.channel_id}-{self.slot}-{self.continued}"

    @classmethod
    def read(cls, body: str) -> PollRequest:
        """Parse a message body.

        Raises:
            ValueError: the body is no request of ours.
        """
        try:
            return cls(**json.loads(body))
        except TypeError as error:
            raise ValueError(f"no poll request: {error}") from error


class Polls:
    """Sends requests to the polls queue."""

    def __init__(self, queue_url: str, client: SQSClient | None = None) -> None:
        if client is None:
            import boto3  # noqa: PLC0415 - 200 ms that tests with their own client need not pay

            client = boto3.client("sqs")
        self._queue_url = queue_url
        self._client = client

    def send(self, requests: Iterable[PollRequest]) -> int:
        """Send each request; returns how many.

        Raises:
            PollsNotSent: after all batches were tried, when SQS refused some of them (F4).
        """
        pending, sent, failed = iter(requests), 0, []
        while batch := list(islice(pending, BATCH)):
            answer = self._client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "MessageBody": json.dumps(asdict(request))}
                    for number, request in enumerate(batch)
                ],
            )
            failed += [f"{f['Id']}: {f['Code']}" for f in answer.get("Failed", [])]
            sent += len(answer.get("Successful", []))
        if failed:
            raise PollsNotSent(f"{len(failed)} poll requests refused by SQS: {', '.join(failed)}")
        return sent
