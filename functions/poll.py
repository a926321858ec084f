"""The polls queue: one channel at a time: fetch, find, judge, keep, advance."""

from collections.abc import Sequence
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

from earwitness import channels
from earwitness.environment import Environment
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health, Mention, Poll, Post
from earwitness.offers import is_offer, posts_in
from earwitness.polls import PollRequest, Polls
from earwitness.rereading import Reader
from earwitness.schedule import next_poll_at
from earwitness.secrets import SecretMissing, Secrets, SecretsUnavailable
from earwitness.store import Lease, StaleLease, Store
from earwitness.watch import Watch, Watched
from earwitness.watchlist_bucket import WatchlistBucket

LEASE_FOR = timedelta(seconds=75)  # longer than the function may run

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
environment = Environment.read(environ)
store = Store(
    environment.table_name,
    retention_for=environment.retention_for,
    unread_for=channels.UNREAD_FOR,
)
bucket = WatchlistBucket(environment.watchlist_bucket, boto3.client("s3"))
polls = Polls(environment.polls_queue_url, boto3.client("sqs"))
fetch = Fetcher(allow_loopback=environment.allow_loopback)
secrets = Secrets()
watch = Watch(bucket)
reader = Reader.of(environ)  # None: the rules judge alone
# A poll takes at most its fetch deadlines, one page of writes and what a reader takes.
SPARE_MS = 45_000 if reader else 30_000


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
        keep(posts_in(record.body))
        return
    request = PollRequest.read(record.body)
    logger.set_correlation_id(request.correlation_id)
    watched = watch.of(request.watchlist_version)
    channel = watched.watchlist.channel(request.channel_id) if watched else None
    if watched is None or channel is None:
        logger.info("not polled: the watchlist has dropped the channel")
        return
    channel = replace(channel, queries=channels.queries(channel.kind, watched.watchlist))
    lease = store.lease(request.channel_id, record.message_id, datetime.now(UTC), LEASE_FOR)
    while lease is not None:
        try:
            lease, more = advance(channel, lease, watched)
        except StaleLease as stale:
            logger.warning("another poll took the channel over", reason=str(stale))
            return
        if not more:
            return
        if lambda_context.get_remaining_time_in_millis() < SPARE_MS:
            polls.send(replace(request, continued=request.continued + 1))
            return
    logger.info("not polled: polled already in this slot, or by another now")


def keep(posts: list[Post]) -> None:
    """Keep what pushed posts say about the brands. Raises while there is no watchlist."""
    now = datetime.now(UTC)
    watched = watch.of()
    if watched is None:
        raise LookupError("posts wait for the first watchlist: `earwitness watchlist push FILE`")
    fetched = [replace(post, fetched_at=now) for post in posts]
    kept = store.keep(found_in(fetched, watched, now), now)
    logger.info("kept what was pushed", posts=len(posts), new=len(kept.new))
    metrics.add_metric("Posts", MetricUnit.Count, len(posts))
    metrics.add_metric("MentionsKept", MetricUnit.Count, len(kept.new))


def found_in(posts: Sequence[Post], watched: Watched, now: datetime) -> list[Mention]:
    """The mentions in posts, judged by the rules and, where one is on, by a managed reader."""
    mentions = list(watched.mentions(posts))
    return reader.look_over(mentions, store, now) if reader else mentions


def advance(channel: Channel, lease: Lease, watched: Watched) -> tuple[Lease, bool]:
    """Make one poll and keep what it brought; the cursor moves only after all of it is kept."""
    now = datetime.now(UTC)
    poll = ask(channel, lease.state.cursor, now)
    kind = channels.KINDS[channel.kind]
    per_day = None if kind.paces_itself else kind.requests_per_day(channel)
    poll = replace(poll, next_poll_at=next_poll_at(channel, lease.state, poll, now, per_day))
    mentions = found_in(poll.posts, watched, now)
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
        requests=poll.requests,
        next_poll_at=poll.next_poll_at and poll.next_poll_at.isoformat(),
    )
    metrics.add_metric("Posts", MetricUnit.Count, len(poll.posts))
    metrics.add_metric("MentionsKept", MetricUnit.Count, len(kept.new))
    return lease, poll.more


def ask(channel: Channel, cursor: str | None, now: datetime) -> Poll:
    """Poll with the channel's credentials; once more if it refused those and they are new by now.

    So a secret that was rotated costs one failed request. The second poll starts where the first
    did: nothing is lost.
    """
    name = channel.options.get("credentials")
    if not isinstance(name, str):
        return channels.poll(channel, cursor, fetch, now)
    try:
        held = secrets.read(name, now)
        poll = channels.poll(replace(channel, credentials=held), cursor, fetch, now)
        if not channels.refuses_credentials(poll) or secrets.read_anew(name, now) == held:
            return poll
        renewed = replace(channel, credentials=secrets.read(name, now))
        again = channels.poll(renewed, cursor, fetch, now)
        return replace(again, requests=poll.requests + again.requests)
    except SecretMissing as missing:
        return Poll((), cursor, Health.DEAD, f"no_credentials: {missing}")
    except SecretsUnavailable as unavailable:
        return Poll((), cursor, Health.TRANSIENT, f"secrets_unavailable: {unavailable}")
