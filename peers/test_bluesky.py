"""The bluesky kind against Bluesky's own servers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from earwitness.channels import bluesky
from earwitness.fetching import Fetcher, Request
from earwitness.model import Channel, Health, Poll, Post
from peers.servers import Bluesky, Missing, folder_for_all
from peers.servers import bluesky as bluesky_servers

PASSWORD = "correct-horse-battery"
POST = "app.bsky.feed.post"


class Account:
    """Someone who writes on Bluesky."""

    def __init__(self, servers: Bluesky, fetch: Fetcher, handle: str) -> None:
        self._servers, self._fetch, self._token = servers, fetch, ""
        made = self.call(
            "com.atproto.server.createAccount",
            {"handle": handle, "email": f"{handle}@mail.example", "password": PASSWORD},
        )
        self.handle, self.did, self._token = handle, made["did"], made["accessJwt"]

    def call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        address = f"{self._servers.pds}/xrpc/{method}"
        answer = self._fetch(Request(address, headers, "POST", json.dumps(body).encode()))
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body or b"{}"))

    def write(
        self, method: str, collection: str, record: dict[str, Any], **key: str
    ) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        body = {"repo": self.did, "collection": collection, **key}
        body["record"] = {"$type": collection, "createdAt": now, **record}
        return self.call(f"com.atproto.repo.{method}", body)

    def post(self, text: str) -> dict[str, Any]:
        return self.write("createRecord", POST, {"text": text, "langs": ["sv"]})


@pytest.fixture(scope="module")
def servers() -> Iterator[Bluesky]:
    try:
        with folder_for_all() as folder, bluesky_servers(folder) as started:
            yield started
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def fetch() -> Iterator[Fetcher]:
    with Fetcher(allow_loopback=True) as fetcher:
        yield fetcher


@pytest.fixture(scope="module")
def mira(servers: Bluesky, fetch: Fetcher) -> Account:
    return Account(servers, fetch, "mira.test")


@pytest.fixture(scope="module")
def ivo(servers: Bluesky, fetch: Fetcher) -> Account:
    return Account(servers, fetch, "ivo.test")


class Reader:
    """Our channel, from poll to poll."""

    def __init__(self, servers: Bluesky, fetch: Fetcher, account: Account, query: str) -> None:
        credentials = {"identifier": account.handle, "app_password": PASSWORD}
        self._channel = Channel(
            "b", "bluesky", timedelta(minutes=2), servers.pds, (query,), {}, credentials
        )
        self._fetch, self.cursor = fetch, None

    def poll(self) -> Poll:
        poll = bluesky.poll(self._channel, self.cursor, self._fetch, datetime.now(UTC))
        self.cursor = poll.cursor
        return poll

    def until(self, wanted: Callable[[Post], bool], *, afresh: bool = False) -> Post:
        """The first post that is wanted: the servers take a moment to pass news on."""
        last = time.monotonic() + 30
        while time.monotonic() < last:
            if afresh:
                self.cursor = None
            poll = self.poll()
            assert poll.health is Health.OK, poll.reason
            if found := [post for post in poll.posts if wanted(post)]:
                return found[0]
            time.sleep(0.5)
        raise TimeoutError("the post did not come")


def test_a_post_is_found_with_its_author_and_language(servers, fetch, mira):
    made = mira.post("Northwind Air lost my bag")
    post = Reader(servers, fetch, mira, "Northwind").until(lambda _: True)
    assert (post.source_id, post.text, post.language) == (
        made["uri"],
        "Northwind Air lost my bag",
        "sv",
    )
    assert (post.author.handle, post.author.followers) == ("mira.test", 0)


def test_likes_and_followers_are_counted(servers, fetch, mira, ivo):
    made = mira.post("Contoso has the better seats")
    subject = {"uri": made["uri"], "cid": made["cid"]}
    ivo.write("createRecord", "app.bsky.feed.like", {"subject": subject})
    ivo.write("createRecord", "app.bsky.graph.follow", {"subject": mira.did})
    reader = Reader(servers, fetch, mira, "Contoso")
    post = reader.until(lambda p: p.engagement.likes == 1 and p.author.followers == 1, afresh=True)
    assert post.source_id == made["uri"]


def test_every_post_of_several_pages_is_found_once(servers, fetch, ivo):
    made = {ivo.post(f"Fabrikam flight number {n}")["uri"] for n in range(120)}
    reader, found = Reader(servers, fetch, ivo, "Fabrikam"), []
    last = time.monotonic() + 60
    while set(found) != made and time.monotonic() < last:
        found += [post.source_id for post in reader.poll().posts]
        time.sleep(0.5)
    assert sorted(found) == sorted(made)


def test_an_edited_post_comes_again_as_the_same_post(servers, fetch, mira):
    made = mira.post("Adventure Works is late")
    reader = Reader(servers, fetch, mira, "Adventure")
    reader.until(lambda _: True)
    key = made["uri"].rpartition("/")[2]
    mira.write("putRecord", POST, {"text": "Adventure Works is never late"}, rkey=key)
    edited = reader.until(lambda post: "never" in post.text)
    assert edited.source_id == made["uri"]
    assert edited.edited_at is not None


def test_a_deleted_post_is_gone_and_the_channel_stays_well(servers, fetch, mira):
    made = mira.post("Tailspin Toys broke")
    reader = Reader(servers, fetch, mira, "Tailspin")
    reader.until(lambda _: True)
    key = made["uri"].rpartition("/")[2]
    body = {"repo": mira.did, "collection": POST, "rkey": key}
    mira.call("com.atproto.repo.deleteRecord", body)
    last = time.monotonic() + 30
    while time.monotonic() < last:
        reader.cursor = None
        poll = reader.poll()
        assert poll.health is Health.OK
        if not poll.posts:
            return
        time.sleep(0.5)
    raise TimeoutError("the post is still found")


def test_f32_too_many_sign_ins_make_the_channel_wait(servers, fetch, ivo):
    for _ in range(40):  # thirty in five minutes are allowed
        bluesky._tokens._held.clear()
        poll = Reader(servers, fetch, ivo, "Wingtip").poll()
        if poll.health is not Health.OK:
            break
    assert poll.health is Health.TRANSIENT
    assert poll.reason.startswith("http_429")
    assert poll.next_poll_at is not None
    assert poll.next_poll_at > datetime.now(UTC) + timedelta(seconds=30)
