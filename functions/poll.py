"""The polls queue: one channel at a time: fetch, find, judge, keep, advance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from os import environ
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import channels, log
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.fetching import Fetcher
from earwitness.model import Post
from earwitness.offers import gone_in, is_offer, posts_in
from earwitness.polling import Polled, Poller
from earwitness.polls import PollRequest, Polls
from earwitness.rereading import SPARE_MS as READING_MS
from earwitness.rereading import Reader
from earwitness.rings import Bell
from earwitness.secrets import Secrets
from earwitness.stack_key import StackKey
from earwitness.store import StaleLease, Store
from earwitness.watch import Watch
from earwitness.watchlist_bucket import WatchlistBucket

LEASE_FOR = timedelta(seconds=75)  # longer than the function may run, with all its pages
REQUEST_MS = 20_000  # a request ends within
KEEPING_MS = 10_000  # and then what it brought is parsed and kept
# Messages of one slot: a source that has still more goes on in the next. Lambda takes a chain of
# 16 for an endless loop, and makes a dead letter of the next one.
MOST_CONTINUED = 12
MOST_LOGGED = 100  # ids of a line: by them an alert is followed back to its poll

logger = log.logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
environment = Environment.read(environ)
store = Store(
    environment.table_name,
    retention_for=environment.retention_for,
    author_key=StackKey(environment.author_key_arn),
    unread_for=channels.UNREAD_FOR,
)
queues = client("sqs")
polls = Polls(environment.polls_queue_url, queues)
secrets = Secrets()
watch = Watch(WatchlistBucket(environment.watchlist_bucket, client("s3")))
poller = Poller(
    store,
    Fetcher(
        allow_loopback=environment.allow_loopback, deadline_for=timedelta(milliseconds=REQUEST_MS)
    ),
    secrets,
    Bell("assess", environment.assess_queue_url, queues, store.take_ring),
    reader := Reader.of(environ),
)
SPARE_MS = REQUEST_MS + KEEPING_MS + (READING_MS if reader else 0)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Each record is a PollRequest; one that fails comes back, the others are done."""
    return process_partial_response(
        event=event, record_handler=record, processor=processor, context=context
    )


def record(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Keep posts that were pushed, or poll one channel while it has more and there is time."""
    if is_offer(record.body):
        keep(record.body)
        return

    def has_time() -> bool:
        return lambda_context.get_remaining_time_in_millis() >= SPARE_MS

    request = PollRequest.read(record.body)
    logger.set_correlation_id(request.correlation_id)
    watched = watch.of(request.watchlist_version)
    channel = watched.watchlist.channel(request.channel_id) if watched else None
    if watched is None or channel is None:
        logger.info("not polled: the watchlist has dropped the channel")
        return
    lease = store.lease(request.channel_id, record.message_id, poller.clock(), LEASE_FOR)
    while lease is not None:
        try:
            polled = poller.advance(channel, lease, watched, has_time)
        except StaleLease as stale:
            logger.warning("another poll took the channel over", reason=str(stale))
            return
        tell(channel.name, polled)
        if polled.lease is None:
            if polled.poll.more and request.continued < MOST_CONTINUED:
                polls.send(replace(request, continued=request.continued + 1))
            return
        lease = polled.lease
    logger.info("not polled: polled already in this slot, or by another now")


def keep(body: str) -> None:
    """Keep what pushed posts say about the brands, redact what was deleted.

    Raises while there is no watchlist.
    """
    posts, deleted, watched = posts_in(body), gone_in(body), watch.of()
    if watched is None:
        raise LookupError("posts wait for the first watchlist: `earwitness watchlist push FILE`")
    if deleted:
        poller.redact(deleted, watched)
        logger.info("redacted what was deleted", posts=len(deleted))
        return
    kept = poller.keep(posts, watched)
    new, told = len(kept.new), kept.new[:MOST_LOGGED]
    logger.info("kept what was pushed", posts=len(posts), new=new, mention_ids=told)
    metrics.add_metric("Posts", MetricUnit.Count, len(posts))
    metrics.add_metric("MentionsKept", MetricUnit.Count, len(kept.new))


def tell(channel: str, polled: Polled) -> None:
    """Log and count what a poll came to."""
    poll, new = polled.poll, len(polled.kept.new)
    logger.info(
        "polled",
        channel=channel,
        health=poll.health,
        reason=poll.reason,
        posts=len(poll.posts),
        mentions=polled.mentions,
        new=new,
        mention_ids=polled.kept.new[:MOST_LOGGED],
        lag_seconds=lag_seconds(poll.posts),
        requests=poll.requests,
        next_poll_at=poll.next_poll_at and poll.next_poll_at.isoformat(),
    )
    metrics.add_metric("Posts", MetricUnit.Count, len(poll.posts))
    metrics.add_metric("MentionsKept", MetricUnit.Count, new)


def lag_seconds(posts: Sequence[Post]) -> int | None:
    """How old the newest post of a poll was when it was fetched; None: nobody says."""
    ages = [
        (post.fetched_at - post.published_at).total_seconds()
        for post in posts
        if post.fetched_at and post.published_at
    ]
    return round(max(0.0, min(ages))) if ages else None
