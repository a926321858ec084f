"""Rings: news wakes the next function at once, where its tick would let it wait for a minute.

Best effort, since the tick comes in any case. Rings are heard every five seconds and there is one
for each such moment, however many ask for it: a flood of news wakes a function twelve times a
minute, not a thousand.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

STEP_FOR = timedelta(seconds=5)
MOST_AHEAD_FOR = timedelta(minutes=15)  # SQS delays a message no longer
_AT_ONCE_FOR = timedelta(seconds=1)  # by then an index shows what was written a moment ago
_MESSAGE = '{"ring": true}'

_log = logging.getLogger(__name__)

Take = Callable[[str, datetime], bool]


class Bell:
    """Rings one function through the queue of its ticks."""

    def __init__(self, function: str, queue_url: str, client: SQSClient, take: Take) -> None:
        """``take`` says whether a ring at a moment is ours to make: ``Store.take_ring``."""
        self._function = function
        self._queue_url = queue_url
        self._client = client
        self._take = take

    def ring(self) -> bool:
        """Have the function run now, for a caller that is itself woken no oftener than that."""
        return self._rung(_AT_ONCE_FOR, lambda: True)

    def ring_for(self, at: datetime, now: datetime) -> bool:
        """Have the function run within five seconds of ``at``. False: it is rung then already.

        False too where ``at`` is too far ahead, and where the ring fails: its tick comes.
        """
        moment = heard_at(max(now + _AT_ONCE_FOR, at))
        if moment - now > MOST_AHEAD_FOR:
            return False
        return self._rung(moment - now, lambda: self._take(self._function, moment))

    def _rung(self, after_for: timedelta, is_ours: Callable[[], bool]) -> bool:
        try:
            if is_ours():
                self._client.send_message(
                    QueueUrl=self._queue_url,
                    MessageBody=_MESSAGE,
                    DelaySeconds=math.ceil(after_for.total_seconds()),
                )
                return True
        except Exception:  # noqa: BLE001 - what was kept is kept, and the tick comes
            _log.warning("%s is not rung: its tick comes", self._function, exc_info=True)
        return False


def heard_at(at: datetime) -> datetime:
    """The moment at which a ring for ``at`` is heard: then, or at most five seconds after."""
    steps = math.ceil(at.timestamp() / STEP_FOR.total_seconds())
    return datetime.fromtimestamp(steps * STEP_FOR.total_seconds(), UTC)
