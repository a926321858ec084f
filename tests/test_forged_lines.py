"""What others write never begins a line of the log of its own, whichever way it came in (A11)."""

import json
import os
import subprocess
import sys
import traceback
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from earwitness import channels
from earwitness.exports import days
from earwitness.links import Action, Link, sign
from earwitness.model import Health, Refreshed
from earwitness.store import index_keys
from tests.expansion import ROOT
from tests.pushes import put_keys, signed_push
from tests.stack import FUNCTIONS, Context, deployed, sqs_event
from tests.test_functions import COMPLAINT, open_slots, serving

MARK = "forged-5cb1"
FORGED = f'{{"level": "CRITICAL", "message": "{MARK}"}}'
SIGNS = ("\n", "\r", "\r\n", "\x1b[2K\x1b[1A\n", "\x00\n", "\u2028", "\x85", '"}\n', "\x0c")
WATCHLIST = """
brands: [{{name: Northwind Air, role: own, terms: [Northwind Air], digest: hourly}}]
channels:
  - {{name: {name}, kind: feed, url: {url}, every: 10m}}
alerting: {{group_wait: {{critical: 0s, high: 0s}}}}
"""


HOSTILE = COMPLAINT + "".join(f"{sign}{FORGED}" for sign in SIGNS) + "\n"
HALVED = HOSTILE.replace(COMPLAINT, COMPLAINT + "\ud800")  # a lone surrogate has no UTF-8


@pytest.fixture(params=[HOSTILE, HALVED], ids=["signs", "lone surrogate"])
def forged(request):
    return request.param


@pytest.fixture
def feed():
    with serving() as feed:
        yield feed


@pytest.fixture
def stack():
    shards = patch.object(index_keys, "_BRAND_SHARDS", (("0000-00-00T00", 1),))  # moto is slow
    today = patch.object(days, "due", lambda *_: [datetime.now(UTC).date()])
    with shards, today, deployed() as stack:
        put_keys()
        yield stack


def pushed_watchlist(stack, feed, name="news", url=None):
    text = WATCHLIST.format(name=json.dumps(name), url=json.dumps(url or feed.url))
    stack.push(text)


def forged_or_broken(stack):
    """The lines, however one counts lines, that are no record of ours."""
    written = stack.log.getvalue()
    assert written
    return [line for line in written.splitlines() if not ours(line)]


def ours(line):
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return line.isascii() and line.isprintable() and {"level", "location"} <= set(record)


def heard(stack):
    """Whether any of what was forged has come into the log: else nothing is proven."""
    return MARK in stack.log.getvalue()


def attempt(function, event):
    """What a function fails with, as Lambda writes it beside our lines; empty: it does not."""
    try:
        function.handler(event, Context())
    except Exception as failure:
        function.logger.exception("failed", reason=str(failure))
        return "".join(traceback.format_exception(failure))
    return ""


def test_a11_a_pushed_post_forges_no_line(stack, feed, forged):
    pushed_watchlist(stack, feed)
    names = ("id", "channel", "text", "title", "url", "author", "published_at", "kind")
    for name in names:
        post = {"id": "1", "channel": "forum", "text": COMPLAINT, name: forged}
        attempt(stack.ingest, signed_push({"posts": [post]}))
    attempt(stack.ingest, signed_push({forged: forged}))
    stack.tick()
    for body in stack.drain(stack.posts_url):
        attempt(stack.poll, sqs_event(body))
    assert forged_or_broken(stack) == []


def test_a11_what_a_source_answers_forges_no_line(stack, feed, forged):
    safe = forged.encode("utf-8", "replace").decode()
    feed.publish(safe, "1")
    feed.title = "Northwind Air"
    pushed_watchlist(stack, feed)
    stack.tick()
    feed.document = safe.encode
    for feed.status in (200, 404, 500):
        for body in (json.dumps({"channel": "news"}), forged):
            attempt(stack.poll, sqs_event(body))
    assert forged_or_broken(stack) == []


def test_a11_names_and_addresses_of_a_watchlist_forge_no_line(stack, feed, forged):
    for name, url in ((forged, None), ("news", f"{feed.url}?{forged}")):
        pushed_watchlist(stack, feed, name, url)
        stack.tick()
    stack.push(forged.encode("utf-8", "replace").decode())
    stack.tick()
    assert forged_or_broken(stack) == []


@contextmanager
def aws(refuses="", saying=""):
    """AWS as it is, but for one operation that it refuses; gives those that were asked of it."""
    asked, made = set(), BaseClient._make_api_call

    def call(client, operation, parameters):
        asked.add(operation)
        if operation == refuses:
            told = {"Code": "AccessDeniedException", "Message": saying}
            raise ClientError({"Error": told}, operation)
        return made(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", call):
        yield asked


def lived_in(stack, feed):
    """A mention and an alert of a hostile text are there, and the channel is due once more."""
    feed.publish(HOSTILE, "1", minutes_ago=16)
    pushed_watchlist(stack, feed)
    stack.dispatch.handler(sqs_event("{}"), Context())
    (stack.asked,) = stack.drain(stack.polls_url)
    stack.poll.handler(sqs_event(stack.asked), Context())
    stack.assess.handler(sqs_event("{}"), Context())
    stack.notify.handler(sqs_event("{}"), Context())
    (alert,) = stack.alerts()
    subject = json.loads(alert["Message"])["alert_id"]
    link = Link(Action.TAKE, subject, datetime.now(UTC) + timedelta(days=1))
    stack.link = sign(link, b"a secret of 64 signs")
    open_slots(stack)


def click(path, form, method="POST"):
    http = {"http": {"method": method}}
    return {"rawPath": f"/{path}", "requestContext": http, "body": form}


def works(stack, name):
    """What a function is given to do."""
    ask = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}
    posts = {"posts": [{"kind": "push", "source_id": "1", "text": COMPLAINT, "channel": "forum"}]}
    return {
        "ingest": [signed_push()],
        "acknowledge": [click(stack.link, "", "GET"), click(stack.link, "name=Ada")],
        "poll": [sqs_event(stack.asked), sqs_event(json.dumps(posts, separators=(",", ":")))],
        "export": [sqs_event("{}"), ask],
    }.get(name, [sqs_event("{}")])


def forgeries(stack, name, forged):
    """What a function is given by somebody who means ill and has come as far as its queue."""
    bodies = (forged, json.dumps({forged: forged}), json.dumps({"channel_id": forged}))
    shapes = [{"posts": forged}, {"posts": [{forged: forged}]}, {"gone": [forged]}]
    bodies += tuple(json.dumps(one, separators=(",", ":")) for one in shapes)
    form = urlencode({"name": HOSTILE})
    return {
        "ingest": [signed_push(one) for one in shapes],
        "acknowledge": [click(forged, forged), click(stack.link, form)],
        "export": [{forged: forged}, {"since": forged}, *map(sqs_event, bodies)],
    }.get(name, [*map(sqs_event, bodies)])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a11_what_a_function_is_asked_to_do_forges_no_line(stack, feed, name):
    lived_in(stack, feed)
    hostile = [one for text in (HOSTILE, HALVED) for one in forgeries(stack, name, text)]
    failed = [attempt(getattr(stack, name), one) for one in (*hostile, *works(stack, name))]
    assert [told for told in failed if MARK in told] == []
    assert forged_or_broken(stack) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a11_no_refusal_of_aws_forges_a_line(stack, feed, name):
    lived_in(stack, feed)
    function = getattr(stack, name)
    feed.publish(HOSTILE, "2")
    with aws() as asked:
        for event in works(stack, name):
            attempt(function, event)
    for operation in sorted(asked):
        open_slots(stack)
        with aws(operation, HALVED):
            for event in works(stack, name):
                attempt(function, event)
    assert heard(stack)
    assert forged_or_broken(stack) == []


def test_a11_what_a_source_says_when_read_again_forges_no_line(stack, feed, forged, monkeypatch):
    lived_in(stack, feed)

    def refuses(*_):
        raise ValueError(forged)

    for refresh in (lambda *_: Refreshed(health=Health.DEAD, reason=forged), refuses):
        kind = replace(channels.KINDS["feed"], refresh=refresh)
        monkeypatch.setitem(channels.KINDS, "feed", kind)
        attempt(stack.refresh, sqs_event("{}"))
    assert heard(stack)
    assert forged_or_broken(stack) == []


@pytest.mark.parametrize("name", ["assess", "notify", "refresh", "digest", "export"])
def test_a11_what_lies_in_the_table_forges_no_line(stack, feed, name):
    lived_in(stack, feed)
    for item in stack.dynamodb.scan(TableName="table")["Items"]:
        damaged = item | {"v": {"N": "99"}, "d": {"B": HOSTILE.encode()}}
        stack.dynamodb.put_item(TableName="table", Item=damaged | {"PK": {"S": f"N#{HOSTILE}"}})
        stack.dynamodb.put_item(TableName="table", Item=damaged)
    for event in works(stack, name):
        attempt(getattr(stack, name), event)
    assert forged_or_broken(stack) == []


LIBRARY = """
import logging, sys
logging.basicConfig(format="the runtime's own: %(message)s", stream=sys.stdout)
from earwitness import log
logger = log.logger()
logging.getLogger("earwitness.store").warning("skipped %s", sys.argv[1])
logger.info("polled", reason=sys.argv[1])
"""


@pytest.mark.parametrize("service", ["earwitness", "earwitness-staging", "witness", "brand-watch"])
def test_a11_modules_log_as_functions_do_whatever_the_stack_is_called(service):
    told = os.environ | {
        "POWERTOOLS_SERVICE_NAME": service, "PYTHONPATH": str(ROOT / "layers" / "core")
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", LIBRARY, f"\u2028{FORGED}\x85\n"],
        env=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = run.stdout.splitlines()
    assert [line for line in lines if not ours(line)] == []
    assert [json.loads(line)["service"] for line in lines] == [service] * 2
