"""Every minute: what was kept and not yet looked at becomes an alert to send, or stays quiet."""

from datetime import UTC, datetime
from itertools import islice
from os import environ
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import assessing, log
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.rings import Bell, heard_at
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

SPARE_MS = 15_000  # a batch of mentions takes less
MOST_LOGGED = 100  # of a line: by them a post is followed from its poll to its alert


class NotAssessed(Exception):
    """Something could not be seen to. All else was; the tick fails so that an alarm says so."""


logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
bucket = WatchlistBucket(environment.watchlist_bucket, client("s3"))
queues = client("sqs")
again = Bell("assess", environment.assess_queue_url, queues, store.take_ring)
notify = Bell("notify", environment.notify_queue_url, queues, store.take_ring)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """One tick or ring: mentions join their groups, and groups that are due speak, wait or rest."""
    outcome = assessing.tick(
        store,
        bucket.accepted,
        datetime.now(UTC),
        has_time=lambda: context.get_remaining_time_in_millis() > SPARE_MS,
    )
    metrics.add_metric("MentionsAssessed", MetricUnit.Count, sum(outcome.mentions.values()))
    metrics.add_metric("AlertsOpened", MetricUnit.Count, sum(outcome.alerts.values()))
    if outcome.alerts.total() > outcome.alerts[assessing.FAILED]:
        notify.ring()
    for moment in {heard_at(at) for at in outcome.waits}:
        again.ring_for(moment, datetime.now(UTC))
    if outcome.mentions or outcome.alerts:
        logger.info(
            "assessed",
            mentions=dict(outcome.mentions),
            alerts=dict(outcome.alerts),
            fates=dict(islice(outcome.fates.items(), MOST_LOGGED)),
        )
    if failed := outcome.mentions[assessing.FAILED] + outcome.alerts[assessing.FAILED]:
        raise NotAssessed(f"{failed} mentions or groups are tried again with the next tick")
