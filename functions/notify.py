"""Every minute: each alert that is due is claimed, published to SNS, then marked as sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import environ
from typing import Any, TypeVar

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import log
from earwitness.alerting import turn
from earwitness.alerting.wording import History, Setting, compose, is_for_sms, messages, recall
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.link_signing import Signer
from earwitness.model import Alert, Author, Event, Mention, Notification, Watchlist
from earwitness.receivers import NotAccepted, Topic
from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

CLAIM_FOR = timedelta(minutes=2)  # longer than the function may run
SPARE_MS = 10_000
MOST_EARLIER = 50  # posts by the author at hand that are looked at

T = TypeVar("T")


class AlertsNotSent(Exception):
    """Some alerts did not go out. The others did; the tick fails so that an alarm says so."""


logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(
    environment.table_name,
    retention_for=environment.retention_for,
    author_key=StackKey(environment.author_key_arn),
)
bucket = WatchlistBucket(environment.watchlist_bucket, client("s3"))
topic = Topic(environment.topic_arn)
signer = Signer(StackKey(environ.get("SIGNING_KEY_ARN", "")), environ.get("ACKNOWLEDGE_URL", ""))
sms_per_month = int(environ.get("SMS_PER_MONTH", "0"))
escalations = Topic(environment.escalation_topic_arn) if environment.escalation_topic_arn else topic


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """One alert that cannot be sent now is tried again at a later tick; the others go out."""
    unreadable: list[str] = []
    waiting = store.due_notifications(datetime.now(UTC), unreadable)
    turns = sorted(waiting, key=lambda one: turn(one.alert))
    failed = len(unreadable)  # what nobody is told must not go unnoticed
    for due in turns:
        if context.get_remaining_time_in_millis() < SPARE_MS:
            break
        claimed = store.claim(due, datetime.now(UTC), CLAIM_FOR)
        if claimed is None:
            continue
        failed += not was_sent(claimed)
    metrics.add_metric("AlertsNotSent", MetricUnit.Count, failed)
    if failed:
        raise AlertsNotSent(f"{failed} alerts are tried again")


def was_sent(claimed: Notification) -> bool:
    """Send; if nobody was told for sure, the next tick tries again, else when the claim ends."""
    try:
        send(claimed)
    except Exception:  # whatever is wrong with one alert, the others go out
        logger.exception("not sent, tried again later", alert_id=claimed.alert.alert_id)
        return False
    return True


def receivers(alert: Alert) -> list[Topic]:
    """The next level for what nobody took, the team for all else, both for what folded of it."""
    if alert.level and alert.event is Event.ESCALATED:
        return [escalations]
    if alert.level and alert.event is Event.FOLDED and escalations is not topic:
        return [topic, escalations]
    return [topic]


def send(notification: Notification) -> None:
    """Publish, then record the delivery: a crash between the two repeats, and never loses."""
    alert = notification.alert
    watchlist = _if_it_can_be(bucket.accepted, None)
    message = compose(alert, setting(notification, watchlist))
    message_id = ""
    for receiver in receivers(alert):
        try:
            message_id = receiver.publish(message)
        except NotAccepted as refused:
            if message_id:
                raise AlertsNotSent("one topic of two was told") from refused
            store.release(notification)  # nobody was told, for sure
            raise
    now = datetime.now(UTC)
    store.sent(notification, message_id, now)
    published_at = (alert.mention and alert.mention.post.published_at) or now
    lag = max(0.0, (now - published_at).total_seconds())
    metrics.add_metric("AlertsSent", MetricUnit.Count, 1)
    metrics.add_metric("SecondsFromPostToAlert", MetricUnit.Seconds, lag)
    logger.info(
        "alert sent",
        alert_id=alert.alert_id,
        mention_id=alert.mention and alert.mention.mention_id,
        event=alert.event,
        message_id=message_id,
        priority=alert.priority,
    )


def setting(notification: Notification, watchlist: Watchlist | None) -> Setting:
    """What the alert is told with: its brand or the first of all, the author's history, links."""
    alert, now = notification.alert, datetime.now(UTC)
    brands = watchlist.brands if watchlist else ()
    brand = (watchlist and watchlist.brand(alert.brand)) or next(iter(brands), None)
    mention = alert.mention
    told = Setting(
        brand=brand,
        history=_if_it_can_be(lambda: history(mention, watchlist, now), None),
        links=_if_it_can_be(lambda: signer.of_alert(alert, now), {}),
        replies=watchlist.replies if watchlist else (),
        may_repeat=notification.may_repeat,
    )
    count = messages(alert, told)
    within = is_for_sms(alert) and _if_it_can_be(lambda: is_within_cap(now, count), otherwise=True)
    return replace(told, sms=within)


def history(mention: Mention | None, watchlist: Watchlist | None, now: datetime) -> History | None:
    """What the author said before, on this channel and wherever the watchlist knows them."""
    if mention is None:
        return None
    post = mention.post
    found = list(store.author_history(post.kind, post.author, MOST_EARLIER, post.scope))
    for kind, handle in watchlist.other_accounts(post.kind, post.author) if watchlist else ():
        found += store.author_history(kind, Author(handle=handle), MOST_EARLIER)
    return recall(found, mention, now)


def is_within_cap(now: datetime, count: int) -> bool:
    """Whether an alert may go out by SMS this month that is ``count`` messages long."""
    within = store.take_sms(now, sms_per_month, count)
    metrics.add_metric("SmsOverCap", MetricUnit.Count, 0 if within else 1)
    return within


def _if_it_can_be(look_up: Callable[[], T], otherwise: T) -> T:
    """What was looked up: an alert is worth more than all that is told with it."""
    try:
        return look_up()
    except Exception:
        logger.exception("told without")
        return otherwise
