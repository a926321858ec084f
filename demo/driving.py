"""What the demo does to the deployed stack, and reads from it: nothing that users could not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from demo.day import Day
from demo.deploy import Stack
from demo.steps import ROOT, StepFailed
from demo.verdict import Received
from earwitness.model import Health, Mention, Watchlist
from earwitness.store import Store
from earwitness.watchlist import load
from earwitness.watchlist_bucket import WatchlistBucket

EXAMPLE = ROOT / "watchlist.yaml"
_NUMBER = re.compile(r"(\d{8})$")


def rewritten(urls: Mapping[str, str], example: Path = EXAMPLE) -> bytes:
    """The example watchlist with its channels at these addresses, each asked every 5 seconds.

    Raises StepFailed when a channel of the example has no address here, or there is one too many.
    """
    watchlist = yaml.safe_load(example.read_text("utf-8"))
    names = {channel["name"] for channel in watchlist["channels"]}
    if names != set(urls):
        raise StepFailed(
            f"{example.name} and the demo's servers disagree about the channel(s)"
            f" {', '.join(sorted(names ^ set(urls)))}: give both the same names."
        )
    for channel in watchlist["channels"]:
        channel.update(url=urls[channel["name"]], every="5s")
    # The day has 24 hours in little more than a minute: nothing can wait for more posts.
    watchlist["alerting"] = {"group_wait": {"critical": "0s", "high": "0s"}, "daily_cap": 1000}
    text: str = yaml.safe_dump(watchlist, sort_keys=False, allow_unicode=True)
    return text.encode()


def push(stack: Stack, text: bytes, source: str, *, allow_loopback: bool) -> Watchlist:
    """Check a watchlist and put it into the stack's bucket, as ``earwitness watchlist push``.

    Raises WatchlistInvalid with every problem in it.
    """
    watchlist = load(text, source, allow_loopback=allow_loopback)
    WatchlistBucket(stack.watchlist_bucket, stack.aws.client("s3")).push(text)
    return watchlist


class Ticks:
    """Sends what the schedules send, only more often.

    The day has its 24 hours in little more than a minute; the schedules come once in a minute.
    """

    _QUEUES = ("DispatchQueue", "RefreshQueue", "AssessQueue", "NotifyQueue")

    def __init__(self, stack: Stack) -> None:
        self._client = stack.aws.client("sqs")
        self._urls = [stack.queue_url(name) for name in self._QUEUES]

    def send(self, now: datetime) -> None:
        """A tick to each ticked function that has done with the last one.

        More would start more workers, and a small machine would spend the day starting them.
        """
        body = json.dumps({"source": "aws.scheduler", "time": now.isoformat()})
        for url in self._urls:
            if self._is_empty(url):
                self._client.send_message(QueueUrl=url, MessageBody=body)

    def _is_empty(self, url: str) -> bool:
        waiting = self._client.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return not any(map(int, waiting.values()))


class Inbox:
    """A queue that subscribes to the alerts, as any program of a customer would."""

    def __init__(
        self, stack: Stack, name: str, filter_policy: Mapping[str, object] | None = None
    ) -> None:
        sqs, sns = stack.aws.client("sqs"), stack.aws.client("sns")
        self._client = sqs
        self._url = sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        allowed = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": stack.topic_arn}},
                }
            ],
        }
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": json.dumps(allowed)})
        attributes = {"FilterPolicy": json.dumps(filter_policy)} if filter_policy else {}
        sns.subscribe(TopicArn=stack.topic_arn, Protocol="sqs", Endpoint=arn, Attributes=attributes)

    def messages(self, wait_seconds: int = 1) -> Iterator[dict[str, Any]]:
        """The notifications that came, each once: envelope of SNS, with subject and attributes."""
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
            )
            for message in answer.get("Messages", ()):
                self._client.delete_message(
                    QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"]
                )
                yield json.loads(message["Body"])
            if not answer.get("Messages"):
                return
            wait_seconds = 0


def received(envelope: Mapping[str, Any], day: Day) -> Received:
    """An alert as it came, and the item it is about: both channels end links with its number."""
    alert = json.loads(envelope["Message"])
    post = alert.get("post") or alert.get("incident", {}).get("first") or {}
    url = post.get("url") or ""
    number = _NUMBER.search(url)
    return Received(
        item=day.item(number[1]) if number else None,
        brand=alert["brand"],
        priority=alert["priority"],
        kind=alert["kind"],
        respond_by_at=alert["respond_by_at"],
        url=url,
    )


class Table:
    """The mentions in the stack's table, read with the product's own store."""

    def __init__(self, stack: Stack, watchlist: Watchlist, since: datetime) -> None:
        self._store = Store(stack.table_name, stack.aws.client("dynamodb"))
        self._brands = [brand.name for brand in watchlist.brands]
        self._channels = {channel.channel_id: channel.name for channel in watchlist.channels}
        self._since = since - timedelta(minutes=1)

    def mentions(self) -> list[Mention]:
        """Every mention since the day began, by brand and time."""
        until = datetime.now(UTC) + timedelta(minutes=1)
        return [
            mention
            for brand in self._brands
            for mention in self._store.mentions(brand, self._since, until)
        ]

    def ailing(self) -> dict[str, str]:
        """Why a channel could not be read at its last poll, by the channel's name."""
        states = self._store.states(self._channels)
        return {
            name: states[channel_id].reason
            for channel_id, name in self._channels.items()
            if states[channel_id].health not in (None, Health.OK)
        }
