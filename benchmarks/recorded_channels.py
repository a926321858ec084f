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


def replay(recording: Recording) -> Poll:
    """A first poll to which the recording is the answer; after it, nothing is left."""
    kind, given = recording.kind, False

    def fetch(request: Request) -> Response:
        nonlocal given
        if request.url.endswith(("Session", "access_token")):
            return Response(200, request.url, {}, _SIGNED_IN)
        looks_around = "comments.order" in request.url  # before the list itself is asked for
        if given or looks_around:
            return Response(200, request.url, {}, NOTHING.get(kind, b""))
        given = True
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
    return KINDS[kind].poll(channel, None, fetch, NOW)
