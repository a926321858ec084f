"""The demo's channel servers speak as the real ones do, also to our own channels."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo import algolia
from demo import day as days
from demo.algolia import Entry, search_by_date
from demo.day import Pace
from demo.servers import Servers
from earwitness.channels import KINDS
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health

RECORDED = Path(__file__).parents[2] / "shared/data/channels/hackernews/algolia-search-2026-08.json"
DAY = days.load()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENTRIES = [
    Entry(1, "ada", "Northwind Air lands", "", NOON),
    Entry(2, "ben", "", 'Nortwind "late" <again> a/b\n\nTruly', NOON + timedelta(seconds=10)),
    Entry(3, "cyd", "Something else", "north of here", NOON + timedelta(seconds=20)),
]


@pytest.fixture
def servers():
    """All of the day has appeared a while ago."""
    pace = Pace(days.now() - timedelta(seconds=120), timedelta(seconds=60))
    with Servers(DAY, pace) as servers:
        yield servers


def get(url, **headers):
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def polled(servers, name, cursor=None):
    kind = "hackernews" if name == "hn" else "feed"
    channel = Channel(name, kind, timedelta(seconds=5), url=servers.urls[name])
    return KINDS[kind].poll(channel, cursor, Fetcher(allow_loopback=True), days.now())


@pytest.mark.parametrize("name", ["aviation news", "travellers forum", "hn"])
def test_our_channel_reads_every_post_as_it_was_written(servers, name):
    posts = {post.source_id: post for post in polled(servers, name).posts}
    assert {
        (source_id, post.title or "", post.text, post.author.name)
        for source_id, post in posts.items()
    } == {(item.source_id, item.title, item.text, item.author) for item in DAY.of(name)}


@pytest.mark.parametrize("name", ["aviation news", "travellers forum", "hn"])
def test_a_second_poll_brings_nothing_again(servers, name):
    again = polled(servers, name, polled(servers, name).cursor)
    assert (again.health, again.posts) == (Health.OK, ())


def test_a_feed_that_did_not_change_answers_304_to_its_tag(servers):
    url = servers.urls["aviation news"]
    _, headers, _ = get(url)
    status, _, body = get(url, **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


def test_a_feed_that_did_not_change_answers_304_to_its_date(servers):
    url = servers.urls["aviation news"]
    _, headers, _ = get(url)
    assert get(url, **{"If-Modified-Since": headers["Last-Modified"]})[0] == 304


def test_a_tag_rules_over_a_date(servers):
    url = servers.urls["aviation news"]
    _, headers, _ = get(url)
    asked = {"If-None-Match": '"other"', "If-Modified-Since": headers["Last-Modified"]}
    assert get(url, **asked)[0] == 200


def test_a_date_that_is_none_is_passed_over(servers):
    assert get(servers.urls["aviation news"], **{"If-Modified-Since": "yesterday"})[0] == 200


def test_what_has_not_appeared_cannot_be_read():
    pace = Pace(days.now() + timedelta(hours=1), timedelta(seconds=60))
    with Servers(DAY, pace) as servers:
        assert polled(servers, "travellers forum").posts == ()


def test_other_paths_are_not_found(servers):
    assert get(f"{servers.address}/admin")[0] == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"query": ""}, [3, 2, 1]),
        ({"query": "northwind"}, [2, 1]),  # a typo is tolerated from four letters
        ({"query": "northwind", "typoTolerance": "false"}, [1]),
        ({"query": '"northwind air"', "advancedSyntax": "true"}, [1]),
        ({"query": '"nortwind air"', "advancedSyntax": "true"}, []),
        ({"query": "nor", "typoTolerance": "false"}, [3, 2, 1]),  # the last word may be a beginning
        ({"query": "nor lands", "typoTolerance": "false"}, []),
        ({"query": "northwind else", "optionalWords": "northwind else"}, [3, 2, 1]),
        ({"tags": "comment"}, [2]),
        ({"tags": "(story,comment)"}, [3, 2, 1]),
        ({"tags": "story,author_ada"}, [1]),
        ({"numericFilters": f"created_at_i>{int(NOON.timestamp())}"}, [3, 2]),
        ({"numericFilters": f"created_at_i<={int(NOON.timestamp())}"}, [1]),
        ({"hitsPerPage": "2"}, [3, 2]),
        ({"hitsPerPage": "2", "page": "1"}, [1]),
        ({"hitsPerPage": "2", "page": "2"}, []),
    ],
)
def test_the_search_finds_what_algolia_would(query, found):
    answer = search_by_date(ENTRIES, query)
    assert [int(hit["objectID"]) for hit in answer["hits"]] == found


def test_pages_are_counted():
    answer = search_by_date(ENTRIES, {"hitsPerPage": "2"})
    assert (answer["nbHits"], answer["nbPages"], answer["page"]) == (3, 2, 0)


def test_text_comes_escaped_as_hacker_news_does():
    (hit,) = search_by_date(ENTRIES, {"tags": "comment"})["hits"]
    escaped = "Nortwind &quot;late&quot; &lt;again&gt; a&#x2F;b<p>Truly"
    assert hit["comment_text"] == escaped


@pytest.mark.parametrize(
    "query",
    [{"hitsPerPage": "1001"}, {"page": "-1"}, {"numericFilters": "created_at_i~3"}],
)
def test_a_malformed_query_is_refused(query):
    with pytest.raises(algolia.BadRequest):
        search_by_date(ENTRIES, query)


def test_a_refusal_is_json_with_status_400(servers):
    status, _, body = get(f"{servers.urls['hn']}/search_by_date?hitsPerPage=0")
    assert (status, json.loads(body)["status"]) == (400, 400)


def test_hits_have_the_keys_of_a_recorded_answer():
    if not RECORDED.exists():
        pytest.skip(f"no recordings at {RECORDED.parent}")
    recorded = json.loads(RECORDED.read_text())
    answer = search_by_date(ENTRIES, {"tags": "story"})
    # not offered: timings, and the address that a story without one has not
    assert set(recorded) - set(answer) <= {"processingTimingsMS"}
    assert set(recorded["hits"][0]) - set(answer["hits"][0]) == {"url"}
