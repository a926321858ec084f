"""What a poll costs: its requests, its time, and what its source says is left of our quota."""

from __future__ import annotations

from collections.abc import Callable

from earwitness.channels.wire.asking import OutOfTime
from earwitness.channels.wire.limits import left
from earwitness.fetching import Fetch, FetchFailed, Request, Response


class Meter:
    """A ``Fetch`` that counts its requests and remembers the least that a source said is left.

    It makes one request whatever the time, or a poll would never come to anything, and a further
    one only while ``has_time`` says that it can end in time; and none that would leave less than
    ``spared`` of our quota to others.
    """

    def __init__(self, fetch: Fetch, has_time: Callable[[], bool], spared: int = 0) -> None:
        self._fetch = fetch
        self._has_time = has_time
        self._spared = spared
        self.requests = 0
        self.quota_left: int | None = None

    def __call__(self, request: Request) -> Response:
        """Fetch; whether or not an answer comes, the request was made. Raises OutOfTime."""
        if self.requests and not self._has_time():
            raise OutOfTime
        if self.quota_left is not None and self.quota_left < self._spared:
            raise FetchFailed(f"quota: the last {self._spared} requests are spared", transient=True)
        self.requests += 1
        response = self._fetch(request)
        said = left(response.headers)
        if said is not None:
            known = self.quota_left
            self.quota_left = said if known is None else min(said, known)
        return response
