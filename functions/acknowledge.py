"""The page behind the links of an alert. GET shows what would be done; only POST does it."""

import base64
from datetime import UTC, datetime
from os import environ
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import log, pages
from earwitness.alerting.wording.phrases import phrases
from earwitness.answering import Answered, Question, act, ask
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.link_signing import Signer
from earwitness.links import Action, Link, Refused
from earwitness.model import Watchlist
from earwitness.reports import Reports
from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

LONGEST_FORM = 4096  # characters; ours has a few hundred

Response = dict[str, Any]
logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
bucket = WatchlistBucket(environment.watchlist_bucket, client("s3"))
reports = Reports(environ["REPORTS_BUCKET"])
signer = Signer(StackKey(environ["SIGNING_KEY_ARN"]))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Response:  # noqa: ARG001
    """One request of a function URL."""
    now = datetime.now(UTC)
    method = event["requestContext"]["http"]["method"]
    link = signer.read(event["rawPath"].removeprefix("/"), now)
    if isinstance(link, Refused):
        metrics.add_metric("LinksRefused", MetricUnit.Count, 1)
        return _said("en", 403 if link.reason == "forged" else 410, [link.reason])
    if link.action is Action.REPORT:
        return _report(link)
    question = ask(link, store, bucket.accepted() or Watchlist((), (), ""))
    if question is None:
        return _said("en", 410, ["gone"])
    if store.is_answered(link.nonce):
        return _said(question.language, 409, ["used"], question.known)
    if method == "POST":
        return _answer(question, _form(event), now)
    return _page(question) if method in ("GET", "HEAD") else _said("en", 405, ["forged"])


def _answer(question: Question, form: dict[str, str], now: datetime) -> Response:
    """What is done is harmless when repeated; so it is marked as done afterwards."""
    answered = act(question, form, store, now)
    if not isinstance(answered, Answered):
        return _page(question, name=form.get("name", ""), problem=answered)
    store.used(question.link.nonce, answered.by, now, question.link.expires_at)
    metrics.add_metric("LinksUsed", MetricUnit.Count, 1)
    logger.info("link used", action=question.link.action, subject=question.link.subject)
    title = phrases(question.language)("page", "done")
    return _html(200, "said.html", question.language, title=title, lines=[answered.said])


def _report(link: Link) -> Response:
    """Reports lie in a private bucket; the address that opens one is good for five minutes."""
    return {
        "statusCode": 302,
        "headers": {**pages.headers(), "Location": reports.address(link.subject)},
    }


def _page(question: Question, *, name: str = "", problem: str = "") -> Response:
    status = 400 if problem else 200
    given = {"name": name, "problem": problem, **question.shown()}
    return _html(status, "confirm.html", question.language, **given)


def _said(language: str, status: int, names: list[str], known: tuple[str, ...] = ()) -> Response:
    lines = [phrases(language)("page", name) for name in names]
    return _html(status, "said.html", language, title="Earwitness", lines=[*lines, *known])


def _html(status: int, template: str, language: str, **given: Any) -> Response:
    body = pages.render(template, phrases(language), **given)
    return {"statusCode": status, "headers": pages.headers(), "body": body}


def _form(event: dict[str, Any]) -> dict[str, str]:
    """The fields of the form that was sent; of one given twice, the first."""
    body = str(event.get("body") or "")[: LONGEST_FORM * 2]
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", "replace")
    return {key: values[0].strip() for key, values in parse_qs(body[:LONGEST_FORM]).items()}
