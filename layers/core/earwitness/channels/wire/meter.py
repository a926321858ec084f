"""What a poll costs: its requests, and what its source says is left of our quota."""

from __future__ import annotations

from earwitness.channels.wire.limits import left
from earwitness.fetching import Fetch, FetchFailed, Request, Response


class Meter:
    """A ``Fetch`` that counts its requests and remembers the least that a source said is left.

    It makes none that would leave less than ``spared`` of our quota to others.
    """

    def __init__(self, fetch: Fetch, spared: int = 0) -> None:
        self._fetch = fetch
        self._spared = spared
        self.requests = 0
        self.quota_left: int | None = None

    def __call__(self, request: Request) -> Response:
        """Fetch; whether or not an answer comes, the request was made."""
        if self.quota_left is not None and self.quota_left < self._spared:
            raise FetchFailed(f"quota: the last {self._spared} requests are spared", transient=True)
        self.requests += 1
        response = self._fetch(request)
        said = left(response.headers)
        if said is not None:
            known = self.quota_left
            self.quota_left = said if known is None else min(said, known)
        return response
