"""Every way in which an address reaches us leads through the same check: nothing inside is dialled.

The addresses are those of cases/channels/urls.json, each a way to write or to hide one that is
inside a network.
"""

import ipaddress
import json
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
from typer.testing import CliRunner

from earwitness.channels import KINDS
from earwitness.channels.feed import _Memory
from earwitness.cli import app, deployment
from earwitness.fetching import Fetcher, FetchFailed, Request
from earwitness.model import Channel, Health
from tests.loopback import Answer, serving
from tests.stack import Context, deployed, sqs_event

CASES = json.loads((Path(__file__).parent / "cases" / "channels" / "urls.json").read_text("utf-8"))
INSIDE = [case["url"] for case in CASES["refused"] if case["url"]]
# What a header can carry; a path alone stays on the server that names it.
REDIRECTS = [url for url in INSIDE if re.fullmatch(r"[!-~]+:/?/?[^/!][!-~]*|//[!-~]+", url)]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PUSHED = """
brands: [{{name: Northwind Air, terms: [Northwind Air]}}]
channels: [{{name: news, kind: feed, url: {url}, every: 10m}}]
"""
FEED = b"<rss version='2.0'><channel><title>n</title></channel></rss>"
RUNTIME = "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"


@pytest.fixture
def dialled(monkeypatch):
    """Every address that somebody tries to connect to; only a test's own server answers."""
    tried = []
    connect = socket.create_connection

    def create_connection(address, *rest, **named):
        tried.append(address)
        if not ipaddress.ip_address(address[0]).is_loopback:
            raise ConnectionRefusedError
        return connect(address, *rest, **named)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return tried


def written(url):
    return PUSHED.format(url=json.dumps(url))


@pytest.fixture
def run(monkeypatch, tmp_path):
    """``earwitness watchlist`` on a watchlist with one address; AWS is out of reach."""

    def earwitness(command, url):
        path = tmp_path / "watchlist.yaml"
        path.write_text(written(url), encoding="utf-8")
        return CliRunner().invoke(app, ["watchlist", command, str(path)])

    monkeypatch.setattr(deployment, "deployed", lambda *_: pytest.fail("AWS was asked"))
    return earwitness


@pytest.mark.parametrize("command", ["check", "push"])
@pytest.mark.parametrize("url", INSIDE)
def test_a1_a4_no_address_inside_passes_the_command_line(run, dialled, command, url):
    done = run(command, url)
    assert done.exit_code == 1, done.output
    assert "channels[0].url" in done.output
    assert dialled == []


@pytest.fixture(scope="module")
def stack():
    """A stack as it is in production: this machine is closed too."""
    with deployed() as stack:
        whole = stack.dispatch.environment
        stack.dispatch.environment = replace(whole, allow_loopback=False)
        stack.push(written("https://93.184.216.34/feed"))
        stack.dispatch.handler(sqs_event("{}"), Context())
        assert stack.dispatch.bucket.accepted()
        yield stack


@pytest.mark.parametrize("url", INSIDE)
def test_a1_an_address_put_into_the_bucket_by_hand_is_not_taken_up(stack, url):
    before = stack.dispatch.bucket.accepted()
    stack.push(written(url))
    stack.dispatch.handler(sqs_event("{}"), Context())
    assert stack.dispatch.bucket.accepted() == before


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.needs_url])
@pytest.mark.parametrize("url", INSIDE)
def test_a1_a4_no_kind_of_channel_polls_an_address_inside(dialled, kind, url):
    watched = Channel("c", kind, timedelta(minutes=10), url, ("x",))
    with Fetcher() as fetch:
        poll = KINDS[kind].poll(watched, None, fetch, NOW)
    assert poll.health is Health.DEAD
    assert poll.posts == ()
    assert dialled == []


@pytest.mark.parametrize("url", REDIRECTS)
def test_a1_a3_a_redirect_leads_nowhere_inside(monkeypatch, url):
    """As deployed: the first server is a public one, and this machine is closed."""
    public = "93.184.216.34"
    with serving(lambda _: Answer(status=302, headers={"location": url})) as server:
        port = int(server.url.rpartition(":")[2])
        connect = socket.create_connection

        class Public:
            """A connection to this machine that says it is one to the public address."""

            def __init__(self, connection):
                self._connection = connection

            def getpeername(self):
                return (public, port)

            def __getattr__(self, name):
                return getattr(self._connection, name)

        def routed(address, *rest, **named):
            assert address == (public, port)
            return Public(connect(("127.0.0.1", port), *rest, **named))

        monkeypatch.setattr(socket, "create_connection", routed)
        with Fetcher() as fetch, pytest.raises(FetchFailed) as failed:
            fetch(Request(f"http://{public}:{port}/"))
    assert failed.value.reason == "redirect_refused"
    assert len(server.asked) == 1


def test_a2_a_peer_that_is_not_the_checked_address_is_hung_up_on(monkeypatch):
    class Elsewhere:
        closed = False

        def get_extra_info(self, _info):
            return ("10.0.0.1", 443)

        def close(self):
            self.closed = True

    stream = Elsewhere()
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda *_, **__: stream)
    with Fetcher() as fetch, pytest.raises(FetchFailed) as failed:
        fetch(Request("https://93.184.216.34/"))
    assert failed.value.reason == "address_refused"
    assert stream.closed


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/", RUNTIME, "file:///etc/passwd"])
def test_a3_an_address_that_a_cursor_remembers_is_checked_like_any_other(dialled, url):
    address = "https://news.example/feed"
    cursor = str(_Memory(address, moved_to=url))
    watched = Channel("news", "feed", timedelta(minutes=10), address)
    with Fetcher() as fetch:
        poll = KINDS["feed"].poll(watched, cursor, fetch, NOW)
    assert poll.health is Health.DEAD
    assert url not in (poll.cursor or "")
    assert dialled == []


@pytest.mark.parametrize("body", [b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1/"])
def test_a4_a_body_that_is_a_path_opens_no_file_and_no_address(dialled, body):
    with serving(lambda _: Answer(body)) as server, Fetcher(allow_loopback=True) as fetch:
        watched = Channel("news", "feed", timedelta(minutes=10), server.url)
        poll = KINDS["feed"].poll(watched, None, fetch, NOW)
        port = int(server.url.rpartition(":")[2])
    assert poll.health is not Health.OK
    assert poll.posts == ()
    assert set(dialled) == {("127.0.0.1", port)}
