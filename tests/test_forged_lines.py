"""What others write never begins a line of the log of its own, whichever way it came in (A11)."""

import json

import pytest

from tests.pushes import put_keys, signed_push
from tests.stack import Context, deployed, sqs_event
from tests.test_functions import COMPLAINT, serving

FORGED = '{"level": "CRITICAL", "message": "forged-5cb1"}'
SIGNS = ("\n", "\r", "\r\n", "\x1b[2K\x1b[1A\n", "\x00\n", "\u2028", "\x85", '"}\n', "\x0c")
WATCHLIST = """
brands: [{{name: Northwind Air, role: own, terms: [Northwind Air]}}]
channels:
  - {{name: {name}, kind: feed, url: {url}, every: 10m}}
alerting: {{group_wait: {{critical: 0s, high: 0s}}}}
"""


@pytest.fixture(params=["", "\ud800"], ids=["signs", "lone surrogate"])
def forged(request):
    return COMPLAINT + request.param + "".join(f"{sign}{FORGED}" for sign in SIGNS) + "\n"


@pytest.fixture
def feed():
    with serving() as feed:
        yield feed


@pytest.fixture
def stack():
    with deployed() as stack:
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
    return line.isprintable() and {"level", "timestamp", "location"} <= set(record)


def attempt(function, event):
    """A failure is for Lambda, which writes it as JSON too."""
    try:
        return function.handler(event, Context())
    except Exception as failure:
        function.logger.exception("failed", reason=str(failure))
        return None


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


@pytest.mark.parametrize("name", ["dispatch"])
def test_a11_what_waits_on_a_queue_forges_no_line(stack, feed, forged, name):
    pushed_watchlist(stack, feed)
    stack.tick()
    for body in (forged, json.dumps({forged: forged}), json.dumps({"channel": forged})):
        attempt(getattr(stack, name), sqs_event(body))
    assert forged_or_broken(stack) == []
