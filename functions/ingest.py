"""The function URL: signed posts that others push go to the posts queue, and poll keeps them."""

import base64
import json
from datetime import UTC, datetime
from os import environ
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import log
from earwitness.aws import client
from earwitness.deliveries import DeliveryInvalid, decoded, gone, posts
from earwitness.environment import Environment
from earwitness.offers import Offers, TooLong
from earwitness.secrets import SecretMissing, Secrets, SecretsUnavailable
from earwitness.signing import Unsigned, verify
from earwitness.store import Store

MOST_BYTES = 1_000_000  # of a body

logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
offers = Offers(environment.posts_queue_url, client("sqs"))
secrets = Secrets()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Answer a request. What it brought is on the queue before it is told so."""
    try:
        status, said = answer(event, datetime.now(UTC))
    except Unsigned as unsigned:
        status, said = 401, {"error": str(unsigned)}
    except (DeliveryInvalid, TooLong) as invalid:
        status, said = 400, {"error": str(invalid)}
    except (SecretMissing, SecretsUnavailable) as missing:
        logger.warning("no signing keys", reason=str(missing))
        status, said = 503, {"error": "not ready to take posts: docs/ingest.md"}
    metrics.add_metric("PushesRefused", MetricUnit.Count, status >= 400)
    logger.info("answered", status=status, error=said.get("error", "")[:500])
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(said)}


def answer(event: dict[str, Any], now: datetime) -> tuple[int, dict[str, Any]]:
    """The status and what to say. Raises Unsigned, DeliveryInvalid, or what keeps us from it."""
    if event["requestContext"]["http"]["method"] != "POST":
        return 405, {"error": "expected POST"}
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if len(body) > MOST_BYTES:
        return 413, {"error": f"the body is longer than {MOST_BYTES:,} bytes: send fewer posts"}
    headers = {name.lower(): value for name, value in event["headers"].items()}
    sender = verify(headers, body, secrets.read(environment.ingest_keys, now), now)
    if store.is_used(sender.scheme, sender.nonce, now):
        return 409, {"error": "taken before: this request was sent twice"}
    raw = decoded(body)
    if raw.get("type") == "url_verification":  # Slack asks whether the address is ours
        return 200, {"challenge": str(raw.get("challenge", ""))}
    found, deleted = posts(raw), gone(raw)
    offers.send(found)
    offers.send_gone(deleted)
    store.use(sender.scheme, sender.nonce, now)
    return 202, {"accepted": len(found) + len(deleted)}
