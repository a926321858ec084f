"""A Page on Facebook from poll to refresh: what is deleted there leaves the table, nothing else."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.graph_server import NOW, Graph, named
from tests.loopback import serving
from tests.stack import Context, deployed, sqs_event

WATCHLIST = """
brands: [{{name: Northwind Air, terms: [Northwind Air]}}]
channels:
  - {{name: page, kind: facebook, url: "{url}", page: n, every: 10m, credentials: earwitness/meta}}
"""


@pytest.fixture
def graph():
    graph = Graph("facebook")
    minutes = int((NOW - datetime.now(UTC)).total_seconds() // 60) + 16
    for number in (1, 2):
        graph.publish(number, minutes=minutes)
    return graph


@pytest.fixture
def stack(graph):
    with serving(graph) as server, deployed() as stack:
        secret = json.dumps({"access_token": "hush"})
        boto3.client("secretsmanager").create_secret(Name="earwitness/meta", SecretString=secret)
        stack.push(WATCHLIST.format(url=server.url))
        stack.tick()
        yield stack


def texts(stack):
    """What is kept, in words; a post that was erased has none."""
    now = datetime.now(UTC)
    mentions = stack.refresh.store.mentions("Northwind Air", now - timedelta(hours=1), now)
    return sorted((mention.post.source_id, mention.post.text) for mention in mentions)


def test_a_post_that_was_deleted_is_erased_and_an_edited_one_is_kept_as_it_is_now(stack, graph):
    graph.delete(named("facebook", 1))
    graph.posts[named("facebook", 2)]["message"] = "Northwind Air is in time"
    stack.refresh.handler(sqs_event("{}"), Context())
    assert texts(stack) == [("1_2", "Northwind Air is in time")]


def test_a_token_that_lost_its_permission_erases_nothing(stack, graph):
    before = texts(stack)
    graph.unreadable |= graph.posts.keys()
    graph.unlisted |= graph.posts.keys()
    stack.refresh.handler(sqs_event("{}"), Context())
    assert (texts(stack), len(before)) == (before, 2)


def test_a_channel_whose_token_ran_out_is_left_alone_for_an_hour(stack, graph):
    graph.refusals["*"] = (400, {"code": 190, "message": "expired"})
    stack.refresh.handler(sqs_event("{}"), Context())
    graph.asked.clear()
    stack.refresh.handler(sqs_event("{}"), Context())
    assert (graph.asked, len(texts(stack))) == ([], 2)
