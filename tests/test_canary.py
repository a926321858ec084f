"""A canary for every secret travels every path of the stack, and appears nowhere (A13).

Sources answer with all that they were asked with, in every way that a source can fail.
"""

import json
import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from earwitness.cli import app, deployment
from earwitness.fetching import Fetcher, FetchFailed, Response
from earwitness.operations.installation import Installation, Resource
from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket
from tests import canary, pushes
from tests.posts import a_mention, a_post
from tests.stack import Context, deployed, sqs_event
from tests.test_acknowledge import Browser
from tests.test_digests import Clock
from tests.test_functions_credentials import ANSWER

WATCHLIST = """
brands: [{name: Northwind Air, role: own, digest: hourly, terms: [Northwind Air]}]
alerting: {group_wait: {critical: 0s, high: 0s}}
channels:
"""
RESOURCES = {
    "Table": "table", "WatchlistBucket": "watchlist", "ExportsBucket": "exports",
    "ReportsBucket": "reports", "AuthorKey": "author-key", "SigningKey": "signing-key",
}  # fmt: skip
COMMANDS = (
    ("doctor",), ("doctor", "--json"), ("channels", "status"), ("channels", "status", "--json"),
    ("channels", "plan", "-w", "{file}"), ("watchlist", "check", "{file}"), ("alerts", "list"),
    ("export", "--since", "{today}"),
    ("report", "--brand", "Northwind Air", "--period", "yesterday", "-o", "{file}.html"),
)  # fmt: skip


class Sources:
    """All sources: they repeat in their answer whatever they were asked with."""

    def __init__(self):
        self.way = "refused"
        self.heard = ""

    def exchange(self, request, _target):
        """In the place of a Fetcher's own: redirects are followed as ever."""
        headers = dict(request.headers)
        told = f"{request.url} {json.dumps(headers)} {request.body.decode('utf-8', 'replace')}"
        self.heard += told
        return getattr(self, self.way)(request, told)

    def answered(self, request, _told):
        if "tweets/search" in request.url:
            return self._answer(request, 200, json.dumps(ANSWER))
        return self._answer(request, 200, "{}")

    def refused(self, request, told):
        return self._answer(request, 401, json.dumps({"error": told, "message": told}))

    def forbidden(self, request, told):
        return self._answer(request, 403, json.dumps({"error": {"message": told, "code": 190}}))

    def busy(self, request, told):
        return self._answer(request, 429, told, **{"retry-after": "60"})

    def broken(self, request, told):
        return self._answer(request, 500, told)

    def walled(self, request, told):
        body = f"<html><title>{told}</title>Are you human? {told}</html>"
        return self._answer(request, 200, body, **{"content-type": "text/html"})

    def garbled(self, request, told):
        return self._answer(request, 200, json.dumps({"data": told, "items": told, "posts": told}))

    def moved(self, request, told):
        return self._answer(request, 302, told, location=f"http://127.0.0.1:9/?{told}")

    def slow(self, _request, _told):
        raise FetchFailed("timeout", transient=True, detail="20 s")

    @staticmethod
    def _answer(request, status, body, **headers):
        kinds = {"content-type": "application/json", "x-echo": body[:500], **headers}
        return Response(status, request.url, kinds, body.encode())


WAYS = [name for name in vars(Sources) if name[:1] != "_" and name != "exchange"]


@contextmanager
def reached(stack, file):
    """The commands find the stack."""
    clients = {"s3": stack.s3, "dynamodb": stack.dynamodb}
    site = Installation(
        "earwitness", {name: Resource("", held) for name, held in RESOURCES.items()}, {}, {},
        lambda service: clients.get(service) or boto3.client(service), datetime.now(UTC),
    )  # fmt: skip
    store = Store("table", author_key=StackKey("author-key", boto3.client))
    told = deployment.Deployed(store, WatchlistBucket("watchlist", stack.s3), stack.ingest.offers)

    def finds(what):
        @contextmanager
        def found(*_names):
            yield what

        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(deployment, "installation", finds(site))
        patched.setattr(deployment, "deployed", finds(told))
        patched.setattr("earwitness.cli.channels.deployed", finds(told), raising=False)
        yield [
            [word.format(file=file, today=datetime.now(UTC).date()) for word in command]
            for command in COMMANDS
        ]


class Hurried(Context):
    """Time that runs: what has always more to ask ends all the same."""

    def get_remaining_time_in_millis(self):
        self.remaining_ms -= 10_000
        return self.remaining_ms


class Journey:
    """One run through everything; ``written`` is what it left behind, by place."""

    def __init__(self, stack, sources):
        self.stack, self.sources = stack, sources
        self.written, self.raised, self.exits = {}, [], {}

    def call(self, name, event, context=None):
        """What a function answers, or how it fails: both may be read by somebody."""
        try:
            self.raised.append(repr(getattr(self.stack, name).handler(event, context or Hurried())))
        except Exception as error:  # noqa: BLE001 - it is looked into
            self.raised.append(repr(error) + str(error) + repr(error.__context__))

    def poll(self):
        now = datetime.now(UTC)
        for number, way in enumerate((*WAYS, "answered")):  # the last that is said is a success
            self.sources.way = way
            at = now + timedelta(hours=number * 7)
            self.stack.dispatch.datetime = Clock(at)
            self.stack.poll.poller.clock = lambda at=at: at
            self.call("dispatch", sqs_event("{}"))
            for body in self.stack.drain(self.stack.polls_url):
                self.call("poll", sqs_event(body))
            self.written |= {f"{way}: {k}": v for k, v in canary.stored(self.stack).items()}
        self.stack.dispatch.datetime, self.stack.poll.poller.clock = datetime, lambda: now

    def push(self):
        """Pushes that are signed, forged, too old, and no posts at all."""
        now = datetime.now(UTC)
        with patch.dict(pushes.KEYS, canary.OF_INGEST):
            good = pushes.signed_push()
            for sign in (pushes.own, pushes.slack, pushes.zendesk):
                self.call("ingest", pushes.signed_push({"posts": 7}, sign))
                self.call("ingest", pushes.signed_push(sign=sign, at=now - timedelta(hours=1)))
                forged = pushes.signed_push(sign=sign)
                self.call("ingest", {**forged, "body": forged["body"] + " "})
        self.call("ingest", good)
        self.call("ingest", good)
        for body in self.stack.drain(self.stack.posts_url):
            self.call("poll", sqs_event(body))

    def refresh(self):
        now = datetime.now(UTC)
        posts = [
            a_post(kind=kind, source_id=f"{kind}-1", channel=kind, fetched_at=now,
                   published_at=now - timedelta(minutes=16))
            for kind in canary.OF_KINDS
        ]  # fmt: skip
        earlier = now - timedelta(days=2)
        posts.append(a_post(source_id="earlier", published_at=earlier, fetched_at=earlier))
        self.stack.poll.store.keep([a_mention(post) for post in posts], now)
        for way in WAYS:
            self.sources.way = way
            self.call("refresh", sqs_event("{}"))

    def tell(self):
        """Alerts, digests, exports, and links that are good, forged and none."""
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        for _ in range(2):
            self.call("assess", sqs_event("{}"))
            self.call("notify", sqs_event("{}"))
        self.stack.digest.datetime = Clock(hour + timedelta(minutes=15))
        self.call("digest", sqs_event("{}"))
        self.call("notify", sqs_event("{}"))
        self.call("export", sqs_event("{}"), Context(900_000))
        now = datetime.now(UTC)
        wish = {"since": (now - timedelta(hours=9)).isoformat(), "until": now.isoformat()}
        self.call("export", wish, Context(900_000))
        browser = Browser(self.stack)
        browser.alert()
        for path in ("/", "/t.1.2.3", "/%00"):
            self.call("acknowledge", pushes.request(b"", {}, "GET") | {"rawPath": path})

    def denied(self):
        """AWS gives no secret, or one that cannot be read."""

        def refuses(*_given, **_more):
            error = {"Code": "AccessDeniedException", "Message": "not authorized"}
            raise ClientError({"Error": error}, "GetSecretValue")

        manager = boto3.client("secretsmanager")
        for kind, held in canary.OF_KINDS.items():
            manager.put_secret_value(SecretId=f"earwitness/{kind}", SecretString=str(held))
        self.stack.poll.secrets._held.clear()
        self.stack.dispatch.datetime = Clock(datetime.now(UTC) + timedelta(days=9))
        self.call("dispatch", sqs_event("{}"))
        for body in self.stack.drain(self.stack.polls_url):
            self.call("poll", sqs_event(body))
        with patch.object(StackKey, "__call__", refuses):
            for name in ("notify", "refresh", "digest"):
                self.call(name, sqs_event("{}"))

    def command(self, folder):
        file = folder / "watchlist.yaml"
        file.write_text(WATCHLIST + canary.channels(), "utf-8")
        with reached(self.stack, file) as commands:
            for words in commands:
                done = CliRunner().invoke(app, words)
                self.written[" ".join(words)] = done.output + repr(done.exception)
                self.exits[" ".join(words)] = (done.exit_code, done.output[:300])
        for made in folder.glob("*.html"):
            self.written[made.name] = made.read_text("utf-8")


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    sources, logged = Sources(), []
    heard = logging.Handler(logging.INFO)
    heard.emit = lambda line: logged.append(heard.format(line))
    with deployed() as stack, patch.object(Fetcher, "_exchange", sources.exchange):
        canary.put()
        stack.push(WATCHLIST + canary.channels())
        logging.getLogger().addHandler(heard)
        try:
            going = Journey(stack, sources)
            for part in (going.poll, going.push, going.refresh, going.tell):
                part()
            going.command(tmp_path_factory.mktemp("canary"))
            going.denied()
        finally:
            logging.getLogger().removeHandler(heard)
        going.written |= canary.stored(stack)
        going.written |= {"logs": stack.log.getvalue(), "other logs": "\n".join(logged)}
        going.written["answers and errors"] = "\n".join(going.raised)
        yield going


def test_a13_every_path_was_gone(journey):
    """Or else nothing is proven by what is not found: each secret was used, each place filled."""
    used = {one for some in canary.OF_KINDS.values() for one in some.values()}
    sent = {
        one for one in used if any(form in journey.sources.heard for form in canary.spelled(one))
    }
    assert used - sent == set()
    written = journey.written
    assert {"http_401", "http_429", "timeout"} <= {
        word for word in ("http_401", "http_429", "timeout") if word in written["logs"]
    }
    assert any(place.startswith("exports/mentions/") for place in written)
    assert any(place.startswith("reports/digests/") for place in written)
    assert "Northwind Air" in "".join(v for k, v in written.items() if k.endswith("queue alerts"))
    assert {words: code for words, code in journey.exits.items() if code[0] not in (0, 1)} == {}
    assert "'statusCode': 202" in written["answers and errors"]
    assert "'statusCode': 401" in written["answers and errors"]


def test_a13_the_canary_of_every_secret_appears_nowhere(journey):
    assert canary.found(journey.written) == set()


@pytest.mark.parametrize("secret", canary.ALL)
def test_a13_a_secret_that_leaks_would_be_seen(secret):
    for form in canary.spelled(secret):
        assert canary.found({"somewhere": f"a line with {form} in it"})


def test_a13_a_secret_in_what_is_packed_would_be_seen(journey):
    now = datetime.now(UTC)
    leak = a_post(canary.ALL[0], source_id="leak", published_at=now, fetched_at=now)
    journey.stack.digest.store.keep([a_mention(leak)], now)
    assert ("table", canary.ALL[0]) in canary.found(canary.stored(journey.stack))
