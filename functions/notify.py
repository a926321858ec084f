"""Every minute: each alert that is due is claimed, published to SNS, then marked as sent."""

from datetime import UTC, datetime, timedelta
from os import environ
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from earwitness.alerting import compose
from earwitness.environment import Environment
from earwitness.model import Notification
from earwitness.receivers import Topic
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

CLAIM_FOR = timedelta(minutes=2)  # longer than the function may run
SPARE_MS = 10_000

logger = Logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
bucket = WatchlistBucket(environment.watchlist_bucket, boto3.client("s3"))
topic = Topic(environment.topic_arn)
escalations = Topic(environment.escalation_topic_arn) if environment.escalation_topic_arn else topic


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """One alert that cannot be sent now is tried again when its claim ends; the others go out."""
    failed = 0
    for due in store.due_notifications(datetime.now(UTC)):
        if context.get_remaining_time_in_millis() < SPARE_MS:
            break
        claimed = store.claim(due, datetime.now(UTC), CLAIM_FOR)
        if claimed is None:
            continue
        try:
            send(claimed)
        except (ClientError, BotoCoreError):
            failed += 1
            logger.exception("not sent, tried again later", alert_id=claimed.alert.alert_id)
    metrics.add_metric("AlertsNotSent", MetricUnit.Count, failed)


def send(notification: Notification) -> None:
    """Publish, then record the delivery: a crash between the two repeats, and never loses."""
    alert = notification.alert
    watchlist = bucket.accepted()
    brand = watchlist.brand(alert.brand) if watchlist else None
    message = compose(alert, time_zone=brand.time_zone if brand else "UTC")
    receiver = escalations if alert.level else topic
    message_id = receiver.publish(message, may_repeat=notification.may_repeat)
    now = datetime.now(UTC)
    store.sent(notification, message_id, now)
    published_at = (alert.mention and alert.mention.post.published_at) or now
    lag = max(0.0, (now - published_at).total_seconds())
    metrics.add_metric("AlertsSent", MetricUnit.Count, 1)
    metrics.add_metric("SecondsFromPostToAlert", MetricUnit.Seconds, lag)
    logger.info(
        "alert sent",
        alert_id=alert.alert_id,
        event=alert.event,
        message_id=message_id,
        priority=alert.priority,
    )
