"""The polls queue: one channel at a time: fetch, find, judge, keep, advance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import environ
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import channels, matching
from earwitness.environment import Environment
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Watchlist
from earwitness.polls import PollRequest, Polls
from earwitness.store import Lease, StaleLease, Store
from earwitness.watch import Watch, find_and_judge
from earwitness.watchlist_bucket import WatchlistBucket

LEASE_FOR = timedelta(seconds=75)  # longer than the function may run
SPARE_MS = 30_000  # a poll takes at most its fetch deadlines and one page of writes

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
bucket = WatchlistBucket(environment.watchlist_bucket, boto3.client("s3"))
polls = Polls(environment.polls_queue_url, boto3.client("sqs"))
fetch = Fetcher(allow_loopback=environment.allow_loopback)
watch = Watch(bucket)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Each record is a PollRequest; one that fails comes back, the others are done."""
    return process_partial_response(
        event=event, record_handler=record, processor=processor, context=context
    )


def record(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Poll one channel, on and on while it has more and there is time."""
    request = PollRequest.read(record.body)
    logger.set_correlation_id(request.correlation_id)
    watched = watch.of(request.watchlist_version)
    channel = watched and watched[0].channel(request.channel_id)
    if watched is None or channel is None:
        logger.info("not polled: the watchlist has dropped the channel")
        return
    watchlist, index = watched
    channel = replace(channel, queries=channels.queries(channel.kind, watchlist))
    lease = store.lease(request.channel_id, record.message_id, datetime.now(UTC), LEASE_FOR)
    while lease is not None:
        try:
            lease, more = advance(channel, lease, watchlist, index)
        except StaleLease as stale:
            logger.warning("another poll took the channel over", reason=str(stale))
            return
        if not more:
            return
        if lambda_context.get_remaining_time_in_millis() < SPARE_MS:
            polls.send(replace(request, continued=request.continued + 1))
            return
    logger.info("not polled: polled already in this slot, or by another now")


def advance(
    channel: Channel, lease: Lease, watchlist: Watchlist, index: matching.Index
) -> tuple[Lease, bool]:
    """Make one poll and keep what it brought; the cursor moves only after all of it is kept."""
    now = datetime.now(UTC)
    poll = channels.KINDS[channel.kind].poll(channel, lease.state.cursor, fetch, now)
    mentions = list(find_and_judge(poll.posts, watchlist, index))
    kept = store.keep(mentions, now)
    lease = store.advance(lease, poll, datetime.now(UTC), mentions=len(kept.new))
    logger.info(
        "polled",
        channel=channel.name,
        health=poll.health,
        reason=poll.reason,
        posts=len(poll.posts),
        mentions=len(mentions),
        new=len(kept.new),
    )
    metrics.add_metric("Posts", MetricUnit.Count, len(poll.posts))
    metrics.add_metric("MentionsKept", MetricUnit.Count, len(kept.new))
    return lease, poll.more
