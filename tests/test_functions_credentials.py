"""Polls with credentials: resolved by name, read anew after a refusal, never in a log."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from earwitness.model import Channel
from tests.stack import Context, deployed, sqs_event

CANARY, RENEWED = "canary-7d1f8a", "canary-99b2e4"
NAME = "earwitness/x"
WATCHLIST = """
brands: [{{name: Northwind Air, terms: [Northwind Air]}}]
channels: [{{name: x, kind: x, url: "{url}", every: 10m, credentials: earwitness/x}}]
"""
ANSWER = {
    "data": [
        {"id": "1900000000000000001", "text": "Northwind Air lost my bag", "author_id": "7"},
    ],
    "includes": {"users": [{"id": "7", "name": "Kim", "username": "kim"}]},
    "meta": {"result_count": 1},
}


class Source:
    """Speaks X's search as far as a credential goes."""

    def __init__(self):
        self.takes = CANARY
        self.asked = []


@contextmanager
def serving(source):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            given = self.headers.get("authorization", "").removeprefix("Bearer ")
            source.asked.append(given)
            good = given == source.takes
            body = json.dumps(ANSWER if good else {"title": f"Unauthorized {given}"}).encode()
            self.send_response(200 if good else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def stack(source):
    with serving(source) as url, deployed() as stack:
        stack.push(WATCHLIST.format(url=url))
        yield stack


def put_secret(token):
    manager = boto3.client("secretsmanager")
    value = json.dumps({"bearer_token": token})
    try:
        manager.create_secret(Name=NAME, SecretString=value)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=NAME, SecretString=value)


def poll(stack):
    stack.dispatch.handler(sqs_event("{}"), Context())
    (body,) = stack.drain(stack.polls_url)
    stack.poll.handler(sqs_event(body), Context())
    return state(stack)


def state(stack):
    return stack.poll.store.state(Channel("x", "x", None).channel_id)


def test_a_channel_is_polled_with_what_its_secret_holds(stack, source):
    put_secret(CANARY)
    assert poll(stack).health == "ok"
    assert source.asked == [CANARY]


def test_a_missing_secret_is_a_dead_channel_with_a_clear_reason(stack, source):
    known = poll(stack)
    assert known.health == "dead"
    assert known.reason == (
        "no_credentials: there is no secret 'earwitness/x' in Secrets Manager: create it"
    )
    assert source.asked == []


def test_f39_a_secret_rotated_meanwhile_costs_one_failed_request(stack, source):
    put_secret(CANARY)
    assert stack.poll.secrets.read(NAME, stack.poll.poller.clock())
    put_secret(RENEWED)
    source.takes = RENEWED
    assert poll(stack).health == "ok"
    assert source.asked == [CANARY, RENEWED]


def test_credentials_that_are_refused_and_did_not_change_are_tried_once(stack, source):
    put_secret(CANARY)
    source.takes = "another"
    known = poll(stack)
    assert (known.health, known.reason.split(":")[0]) == ("dead", "http_401")
    assert source.asked == [CANARY]


def test_a13_no_log_line_and_no_item_holds_a_secret(stack, source):
    put_secret(CANARY)
    source.takes = "another"
    poll(stack)
    items = str(stack.dynamodb.scan(TableName="table"))
    for written in (stack.log.getvalue(), items):
        assert "http_401" in written
        assert CANARY not in written
