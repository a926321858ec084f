"""Work that waits too long, and work that was given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from earwitness.operations.finding import Finding, ok, wrong
from earwitness.operations.installation import Installation
from earwitness.operations.measures import Measure, series
from earwitness.operations.runbook import what_to_do

AREA = "queues"
LATE_AFTER = timedelta(minutes=10)  # as the alarms say
EXPORT_LATE_AFTER = timedelta(minutes=15)  # as long as one run may take
_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "QueueArn"]


def check(site: Installation) -> Iterator[Finding]:
    """Each queue: dead letters must be none, other work must be fresh."""
    queues = dict(site.of_kind("AWS::SQS::Queue"))
    ages = {
        name: Measure(
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            ("QueueName", url.rpartition("/")[2]),
            "Maximum",
        )
        for name, url in queues.items()
    }
    recent = series(
        site.client("cloudwatch"),
        list(ages.values()),
        site.now,
        timedelta(minutes=15),
        timedelta(minutes=1),
    )
    sqs = site.client("sqs")
    for name, url in queues.items():
        held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)["Attributes"]
        waiting, taken = (int(held.get(count, 0)) for count in _COUNTS[:2])
        points = recent[ages[name]]
        oldest_for = timedelta(seconds=points[-1].value) if points else timedelta()
        yield _queue(site, name, waiting, taken, oldest_for)


def _queue(
    site: Installation, name: str, waiting: int, taken: int, oldest_for: timedelta
) -> Finding:
    since = site.now - oldest_for if oldest_for else None
    if name.endswith("DeadLetters"):
        if not waiting + taken:
            return ok(AREA, name, "empty")
        work = name.removesuffix("Letters")
        return wrong(
            AREA,
            name,
            f"{waiting + taken} dead letters",
            since,
            do=f"see why with `earwitness redrive --dry-run`; {what_to_do(work)}",
        )
    late_after = EXPORT_LATE_AFTER if name == "ExportQueue" else LATE_AFTER
    if waiting and oldest_for > late_after:
        return wrong(
            AREA,
            name,
            f"{waiting} messages wait",
            since,
            do=what_to_do(f"{name.removesuffix('Queue')}Late"),
        )
    return ok(AREA, name, f"{waiting} waiting, {taken} at work" if waiting + taken else "empty")
