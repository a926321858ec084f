"""Every minute: what was kept and not yet looked at becomes an alert to send, or stays quiet."""

from datetime import UTC, datetime
from os import environ
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import assessing
from earwitness.environment import Environment
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

SPARE_MS = 15_000  # a batch of mentions takes less

logger = Logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
bucket = WatchlistBucket(environment.watchlist_bucket, boto3.client("s3"))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """One tick: mentions join their groups, and groups that are due speak, wait or rest."""
    outcome = assessing.tick(
        store,
        bucket.accepted,
        datetime.now(UTC),
        has_time=lambda: context.get_remaining_time_in_millis() > SPARE_MS,
    )
    metrics.add_metric("MentionsAssessed", MetricUnit.Count, sum(outcome.mentions.values()))
    metrics.add_metric("AlertsOpened", MetricUnit.Count, sum(outcome.alerts.values()))
    if outcome.mentions or outcome.alerts:
        logger.info("assessed", mentions=dict(outcome.mentions), alerts=dict(outcome.alerts))
