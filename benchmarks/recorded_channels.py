"""Recorded answers of the channels' sources, each replayed through a poll of its kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from earwitness.channels import KINDS
from earwitness.fetching import Request, Response
from earwitness.model import Channel, Poll

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "channels"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_SECRETS = (
    "identifier", "app_password", "bearer_token", "client_id", "client_secret", "api_key",
    "access_token",
)  # fmt: skip
CREDENTIALS = dict.fromkeys(_SECRETS, "hush")
# Folders that hold what another kind reads.
KIND_OF = dict.fromkeys(("rss", "discourse", "googlealerts", "googlenews"), "feed")
# Read neither by polling nor by any kind: pushed to the ingest endpoint, or not read at all.
NOT_POLLED = ("telegram", "webmention", "zendesk")
_OPTIONS: dict[str, Mapping[str, object]] = {
    "facebook": {"page": "northwindair"},
    "instagram": {"account": "178414000"},
    "appstore": {"app": "123456789"},
}
_SIGNED_IN = b'{"accessJwt": "a", "refreshJwt": "b", "access_token": "c"}'
# What each kind hears once the recording has been replayed: that nothing is left.
NOTHING = {
    "appstore": b'{"feed": {}}',
    "mastodon": b"[]",
    "bluesky": b'{"posts": [], "profiles": []}',
    "x": b'{"meta": {"result_count": 0}}',
    "stackexchange": b'{"items": [], "has_more": false}',
    "github": b'{"items": []}',
    "hackernews": b'{"hits": []}',
    "reddit": b'{"data": {"children": []}}',
    "youtube": b'{"items": []}',
    "facebook": b'{"data": []}',
    "instagram": b'{"data": []}',
    "threads": b'{"data": []}',
}
# What a kind hears to requests that come before the one that is recorded.
_BEFORE = {
    "youtube": b'{"items": [{"id": {"videoId": "F1UP7wRCPH8"}, "snippet": {"title": "x"}}]}',
}


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer. ``status`` is 200 where the recording does not say."""

    folder: str
    name: str
    body: bytes
    status: int
    headers: Mapping[str, str]

    @property
    def kind(self) -> str:
        """The kind of channel that reads such answers."""
        return KIND_OF.get(self.folder, self.folder)

    @property
    def empty(self) -> bool:
        """Whether it is a list in which nothing was found, and nothing else."""
        try:
            answer = json.loads(self.body)
        except ValueError:
            return False
        lists = [answer] if isinstance(answer, list) else list(_lists_in(answer))
        return bool(lists) and not any(lists)


def _lists_in(answer: object) -> Iterator[list[object]]:
    """Lists of an answer, at the places where sources have them."""
    for value in answer.values() if isinstance(answer, dict) else ():
        if isinstance(value, list):
            yield value
    inner = answer.get("data") if isinstance(answer, dict) else None
    if isinstance(inner, dict):
        yield from _lists_in(inner)
    if isinstance(answer, dict) and answer.get("meta", {}).get("result_count") == 0:
        yield []


def recordings(folder: str) -> Iterator[Recording]:
    """All recorded answers of a folder, by name; none where the folder is absent."""
    place = RECORDINGS / folder
    for path in sorted(place.rglob("*")):
        skipped = path.name.endswith(".meta.json") or path.name == "README.txt"
        if not path.is_file() or skipped or path.parent.name in ("lexicons", "spec"):
            continue
        beside = path.with_name(f"{path.stem}.meta.json")
        meta = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
        yield Recording(
            folder,
            str(path.relative_to(place)),
            path.read_bytes(),
            meta.get("status") or 200,
            {name.lower(): value for name, value in (meta.get("headers") or {}).items()},
        )


def _answers(recording: Recording, request: Request) -> bool:
    """Whether a poll's request is the one that the recording answers."""
    if recording.kind == "facebook":
        return "comments.order" not in request.url  # which posts have new comments
    if recording.kind == "youtube":
        about = recording.name.partition("-")[0]
        place = {"comment_threads": "/commentThreads", "videos": "/videos"}.get(about, "/search")
        return place in request.url
    return True


def replay(recording: Recording) -> Poll:
    """A first poll to which the recording is the answer; after it, nothing is left."""
    kind, given = recording.kind, False

    def fetch(request: Request) -> Response:
        nonlocal given
        if request.url.endswith(("Session", "access_token")):
            return Response(200, request.url, {}, _SIGNED_IN)
        if not _answers(recording, request):
            before = _BEFORE.get(kind) if "/search" in request.url else None
            return Response(200, request.url, {}, before or NOTHING.get(kind, b""))
        if given:
            return Response(200, request.url, {}, NOTHING.get(kind, b""))
        given = recording.status == 200  # what fails goes on failing
        return Response(recording.status, request.url, recording.headers, recording.body)

    channel = Channel(
        "recorded",
        kind,
        KINDS[kind].default_every or timedelta(minutes=10),
        "https://a.example/feed",
        ("q",),
        {"since": "20000d", **_OPTIONS.get(kind, {})},
        CREDENTIALS,
    )
    return KINDS[kind].poll(channel, STARTED if kind == "feed" else None, fetch, NOW)


def _started_feed() -> str | None:
    """The cursor after a feed's first poll, which would take undated items for old ones."""
    channel = Channel("recorded", "feed", timedelta(minutes=10), "https://a.example/feed")
    empty = b"<rss version='2.0'><channel/></rss>"
    poll = KINDS["feed"].poll(
        channel, None, lambda request: Response(200, request.url, {}, empty), NOW
    )
    return poll.cursor


STARTED = _started_feed()
