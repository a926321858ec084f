"""The queue of polls to make: the only code that knows its messages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


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
        except TypeError:  # it quotes what somebody else wrote, and Lambda logs why we fail
            expected = ", ".join(cls.__slots__)
            raise ValueError(f"no poll request: expected an object of {expected}") from None


class Polls:
    """Sends requests to the polls queue."""

    def __init__(self, queue_url: str, client: SQSClient) -> None:
        self._queue_url = queue_url
        self._client = client

    def send(self, request: PollRequest) -> None:
        """Send one request.

        One at a time: a batch saves milliseconds and brings partial failures to handle. Raises
        botocore's ClientError when SQS does not take it.
        """
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(asdict(request)))
