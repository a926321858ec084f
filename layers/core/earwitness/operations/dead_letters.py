"""Work that was given up: what it is, why, since when; and putting it back on its queue.

Doing work twice does no harm, so a letter is sent back before it is deleted: whatever ends this
half-way leaves a double, and loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from earwitness.operations.installation import Installation
from earwitness.polls import PollRequest

_SUFFIX = "DeadLetters"
_HIDDEN_SECONDS = 60  # while letters are read, or sent back
_LISTENS_SECONDS = 1  # above 0 every server of a queue is asked
_AT_ONCE = 10  # messages of one ReceiveMessage
_WORKED_ON_BY = {"Ingest": "Poll"}  # poll keeps what is pushed
_MOST_PAGES = 20  # of error lines
_ERROR = '"ERROR"'


@dataclass(frozen=True, slots=True)
class DeadQueue:
    """A queue of letters. ``back_to`` is where its work came from; None: from SNS."""

    name: str  # poll, alerts, ...
    url: str
    back_to: str | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that was given up: what it asks for, since when, and the last error about it."""

    what: str
    sent_at: datetime
    tries: int
    reason: str


def queues(site: Installation) -> Iterator[DeadQueue]:
    """Every dead-letter queue, and how many wait there."""
    sqs = site.client("sqs")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for logical, url in site.of_kind("AWS::SQS::Queue"):
        if logical.endswith(_SUFFIX):
            held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
            work = logical.removesuffix(_SUFFIX)
            source = site.resources.get(f"{work}Queue")
            yield DeadQueue(
                work.lower(),
                url,
                source.physical_id if source else None,
                sum(int(held.get(count, 0)) for count in counts),
            )


def letters(site: Installation, queue: DeadQueue, most: int) -> list[Letter]:
    """At most so many letters of a queue, the oldest first; all stay where they are."""
    sqs = site.client("sqs")
    taken = [message for batch in _batches(sqs, queue.url, most) for message in batch]
    _show(sqs, queue.url, taken)
    if not taken:
        return []
    reason = _reasons(site, queue, min(map(_sent_at, taken)))
    found = [
        Letter(
            _what(site, message["Body"]),
            _sent_at(message),
            int(message["Attributes"].get("ApproximateReceiveCount", 0)),
            reason(message),
        )
        for message in taken
    ]
    return sorted(found, key=lambda one: one.sent_at)


def send_back(site: Installation, queue: DeadQueue) -> int:
    """Put every letter back on the queue that it came from; how many there were.

    One that fails again while this runs is left: it would go round for ever.

    Raises:
        ValueError: what came from SNS cannot be given back to it.
        ClientError: AWS refused; what was sent back until then is on its queue.
    """
    back_to = queue.back_to
    if back_to is None:
        raise ValueError(f"{queue.name}: SNS takes nothing back")
    sqs = site.client("sqs")

    def send(message: Mapping[str, Any]) -> None:
        attributes = message.get("MessageAttributes", {})
        sqs.send_message(
            QueueUrl=back_to, MessageBody=message["Body"], MessageAttributes=attributes
        )

    return _empty(site, queue.url, send)


def discard(site: Installation, queue: DeadQueue) -> int:
    """Delete every letter of a queue; how many there were."""
    return _empty(site, queue.url, lambda _: None)


def _empty(site: Installation, url: str, first: Callable[[Mapping[str, Any]], None]) -> int:
    """Do something with each message that was sent before now, then delete it."""
    sqs, count = site.client("sqs"), 0
    for batch in _batches(sqs, url, None):
        old = [message for message in batch if _sent_at(message) <= site.now]
        for message in old:
            first(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        count += len(old)
        if len(old) < len(batch):
            _show(sqs, url, [message for message in batch if message not in old])
            break
    return count


def _batches(sqs: Any, url: str, most: int | None) -> Iterator[Sequence[Mapping[str, Any]]]:
    left = most
    while left is None or left > 0:
        batch = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_AT_ONCE, left or _AT_ONCE),
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=_LISTENS_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not batch:
            return
        yield batch
        left = None if left is None else left - len(batch)


def _show(sqs: Any, url: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Let others see messages again that were received."""
    for message in messages:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )


def _sent_at(message: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)


def _what(site: Installation, body: str) -> str:
    """What a message asks for, without the words of any post."""
    try:
        request = PollRequest.read(body)
    except ValueError:
        return _of_no_poll(body)
    watchlist = site.bucket.accepted()
    channel = watchlist.channel(request.channel_id) if watchlist else None
    return f"a poll of {channel.name}" if channel else "a poll of a channel that is gone"


def _of_no_poll(body: str) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return "no message of ours"
    if not isinstance(told, dict):
        return "no message of ours"
    if isinstance(told.get("posts"), list):
        return f"{len(told['posts'])} pushed posts"
    return "an alert" if told.get("Type") == "Notification" else "a tick"


def _reasons(
    site: Installation, queue: DeadQueue, since: datetime
) -> Callable[[Mapping[str, Any]], str]:
    """What the log says of a letter: the last error of its poll, else of its function."""
    work = queue.name.title()
    function = site.resources.get(_WORKED_ON_BY.get(work, work))
    of_work: dict[str, str] = {}
    latest = ""
    for stream, line in _error_lines(site, since):
        if function and function.physical_id in stream + str(line.get("function_name", "")):
            latest = _said(line)
            of_work[str(line.get("correlation_id"))] = latest

    def reason(message: Mapping[str, Any]) -> str:
        told = message.get("MessageAttributes", {}).get("ErrorMessage", {}).get("StringValue")
        try:
            work_id = PollRequest.read(message["Body"]).correlation_id
        except ValueError:
            work_id = ""
        return (
            told or of_work.get(work_id) or latest or "no error in the log: time-out or throttling?"
        )

    return reason


def _error_lines(site: Installation, since: datetime) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The stream and the fields of each line of level ERROR, the oldest first."""
    pages = site.client("logs").get_paginator("filter_log_events").paginate(
        logGroupName=site.physical_id("Logs"),
        startTime=round(since.timestamp() * 1000),
        filterPattern=_ERROR,
        PaginationConfig={"MaxItems": _MOST_PAGES * 1000},
    )  # fmt: skip
    for page in pages:
        for event in page["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if isinstance(line, dict) and line.get("level") == "ERROR":
                yield str(event.get("logStreamName", "")), line


def _said(line: Mapping[str, Any]) -> str:
    """The error of a line: a batch's own message ends with the line that tells."""
    told = str(line.get("errorMessage") or line.get("exception") or line.get("message") or "")
    last = next((part for part in reversed(told.splitlines()) if part.strip()), "")
    kind = str(line.get("errorType") or line.get("exception_name") or "")
    return f"{kind}: {last.strip()}" if kind and kind not in last else last.strip()
