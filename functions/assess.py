"""Every minute: what was kept and not yet looked at becomes an alert to send, or stays quiet."""

from datetime import UTC, datetime
from os import environ
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import alerting
from earwitness.environment import Environment
from earwitness.model import Alert
from earwitness.store import Store

MOST_AT_ONCE = 2000  # mentions a tick; the rest waits for the next, the urgent ones come first
SPARE_MS = 5_000

logger = Logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """The alert is taken on before the flag is cleared: the reverse would lose it in a crash."""
    assessed = opened = 0
    for mention in store.flagged(MOST_AT_ONCE):
        if context.get_remaining_time_in_millis() < SPARE_MS:
            break
        now = datetime.now(UTC)
        decision = alerting.assess(mention, now)
        if isinstance(decision, Alert):
            opened += store.open_notification(decision, now, due_at=now)
        else:
            logger.debug("quiet", mention_id=mention.mention_id, reason=decision.reason)
        store.assessed(mention)
        assessed += 1
    for signal, example in store.flagged_signals(MOST_AT_ONCE):
        now = datetime.now(UTC)
        if example is not None:
            alert = alerting.spiked(signal, example, now)
            opened += store.open_notification(alert, now, due_at=now)
        store.signal_assessed(signal)
    metrics.add_metric("MentionsAssessed", MetricUnit.Count, assessed)
    metrics.add_metric("AlertsOpened", MetricUnit.Count, opened)
