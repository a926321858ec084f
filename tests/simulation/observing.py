"""What took effect in AWS during a run, as it happens: kept, claimed, published, proved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from botocore.awsrequest import AWSRequest

from tests.simulation.faults import Call
from tests.simulation.plain_aws import asked_form, place
from tests.stack import PAGE

if TYPE_CHECKING:
    from tests.simulation.world import World

CLAIM_FOR = timedelta(minutes=2)  # of notify
# What people do beside taking an alert, by the author of its post.
ALSO = {"ben": ("handle", {}), "joe": ("wrong", {"verdict": "not_ours"}),
        "mia": ("mute", {"what": "author", "for": "day", "reason": "spam"})}  # fmt: skip


def sha256(file: bytes) -> str:
    """Of a file's bytes, in hexadecimal."""
    return hashlib.sha256(file).hexdigest()


@dataclass(frozen=True)
class Published:
    """An alert as SNS took it."""

    said: dict[str, Any]
    at: datetime
    run: int

    @property
    def alert_id(self) -> str:
        return str(self.said["alert_id"])

    @property
    def event(self) -> str:
        return str(self.said["event"])


@dataclass(frozen=True)
class Sending:
    """A step of notify with one alert: claim, release, publish or proof."""

    step: str
    alert_id: str
    run: int
    at: datetime


@dataclass(frozen=True)
class Fetched:
    """A source was asked for an address. ``run`` is the invocation that asked."""

    source: str
    address: str
    at: datetime
    run: int


@dataclass
class Observed:
    """``wrongs`` are what must not be at any moment."""

    world: World
    kept: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    published: list[Published] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)
    fetches: list[Fetched] = field(default_factory=list)
    leased: dict[str, int] = field(default_factory=dict)  # by channel, the run that got it last
    wrongs: list[str] = field(default_factory=list)

    def asked(self, source: str, address: str) -> None:
        """A source was asked."""
        self.fetches.append(Fetched(source, address, self.world.now, self.world.running[-1].run))

    def took_effect(self, call: Call, request: AWSRequest) -> None:
        """A call has changed something."""
        match call.operation:
            case "SendMessage":
                asked = json.loads(request.body)
                self.world.send(asked["QueueUrl"].rpartition("/")[2], asked["MessageBody"])
            case "Publish":
                self._publish(asked_form(request))
            case "PutItem":
                item = json.loads(request.body)["Item"]
                if item["PK"]["S"].startswith("M#") and "tombstone_at" not in item:
                    self.kept.add(item["PK"]["S"].removeprefix("M#"))
            case "UpdateItem":
                self._update(json.loads(request.body))
            case "PutObject":
                self._file_written(*place(request))

    def _file_written(self, bucket: str, key: str) -> None:
        """F40: whoever finds a manifest finds every file that it names."""
        if bucket != "exports" or not key.startswith("manifests/"):
            return
        exports = self.world.exports
        manifest = json.loads(exports.read(key))
        there = set(exports.keys(""))
        for part in (*manifest["mentions"], *manifest["hourly"]):
            if part["key"] not in there or sha256(exports.read(part["key"])) != part["sha256"]:
                self.wrongs.append(f"{key} names {part['key']}, which is not there as it says")

    def _publish(self, form: dict[str, str]) -> None:
        said = json.loads(json.loads(form["Message"])["default"])
        run = self.world.running[-1].run
        is_first = all(one.alert_id != said["alert_id"] for one in self.published)
        self.published.append(Published(said, self.world.now, run))
        self._sending("publish", said["alert_id"])
        if is_first and "take" in said["links"]:
            self._take(said)

    def _take(self, said: dict[str, Any]) -> None:
        links, author = said["links"], said.get("post", {}).get("author")
        action, fields = ALSO.get(author, (None, {}))
        form = urlencode({"name": "Kim", **fields})
        also = clicked(links[action], form) if action else None
        self.world.told(clicked(links["take"], urlencode({"name": "Kim"})), also)

    def _update(self, asked: dict[str, Any]) -> None:
        values = asked["ExpressionAttributeValues"]
        key = asked["Key"]["PK"]["S"]
        if ":holder" in values:
            self.leased[key] = self.world.running[-1].run
        if ":fence" in values:
            self._cursor_moved(key)
        if ":claimed_by" in values:
            self._sending("claim", key.removeprefix("N#"))
        if ":less" in values:
            self._sending("release", key.removeprefix("N#"))
        if ":sent" in values and ":message_id" in values:
            self._sending("proof", key.removeprefix("N#"))

    def _cursor_moved(self, key: str) -> None:
        worker = self.world.running[-1]
        if self.leased.get(key) != worker.run:
            self.wrongs.append(f"{key}: cursor moved by one whose lease was taken over")
        for one in worker.shown:
            for mention_id in one.mention_ids:
                if mention_id not in self.kept:
                    self.wrongs.append(f"cursor ahead of {one.id}, which is not kept")

    def _sending(self, step: str, alert_id: str) -> None:
        run, now = self.world.running[-1].run, self.world.now
        of_it = [one for one in self.sendings if one.alert_id == alert_id]
        proved = any(one.step == "proof" for one in of_it)
        if step == "claim" and proved:
            self.wrongs.append(f"{alert_id}: claimed after it was proved")
        last = next((one for one in reversed(of_it) if one.step in ("claim", "release")), None)
        claimed = last is not None and last.step == "claim"
        held = claimed and last.run != run and now - last.at < CLAIM_FOR
        if step == "claim" and held and not self.world.schedule.weather.skewed:
            self.wrongs.append(f"{alert_id}: claimed twice at once")
        if step == "publish" and (last is None or all(c.run != run for c in of_it)):
            self.wrongs.append(f"{alert_id}: published unclaimed")
        self.sendings.append(Sending(step, alert_id, run, now))


def clicked(address: str, body: str) -> Callable[[datetime], dict[str, Any]]:
    """What a browser sends that confirms on the page of a link."""
    return lambda _: {
        "rawPath": address.removeprefix(PAGE),
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": False,
    }
