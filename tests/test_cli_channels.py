"""``earwitness channels`` and ``earwitness import``: what ops see, and history put in."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from earwitness.cli import app, deployment
from earwitness.model import Channel, Health, Poll
from earwitness.offers import posts_in
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket
from tests.posts import a_post
from tests.stack import Context, deployed, sqs_event

WATCHLIST = """
brands: [{name: Northwind Air, terms: [Northwind Air, "@northwind"]}]
channels:
  - {name: hn, kind: hackernews, every: 2m}
  - {name: videos, kind: youtube, every: 5m}
  - {name: news, kind: feed, url: "https://news.example/rss", every: 10m}
alerting: {group_wait: {critical: 0s, high: 0s}}
"""
COMPLAINT = "Northwnd Air lost my bag and nobody answers the phone, worst airline ever"


@pytest.fixture
def stack(monkeypatch):
    with deployed() as stack:
        stack.push(WATCHLIST)
        stack.dispatch.handler(sqs_event("{}"), Context())
        stack.drain(stack.polls_url)

        @contextmanager
        def found(*_names):
            bucket = WatchlistBucket("watchlist", stack.s3)
            yield deployment.Deployed(Store("table"), bucket, stack.ingest.offers)

        monkeypatch.setattr(deployment, "deployed", found)
        yield stack


@pytest.fixture
def watchlist(tmp_path):
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHLIST, encoding="utf-8")
    return str(path)


def earwitness(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def polled(name, **changes):
    at = datetime.now(UTC)
    channel_id = Channel(name, "feed", timedelta(0)).channel_id
    store = Store("table")
    lease = store.lease(channel_id, "test", at, timedelta(seconds=1))
    poll = Poll(**{"posts": (), "cursor": "c", "health": Health.OK, **changes})
    store.advance(lease, poll, at, mentions=len(poll.posts))


def test_status_shows_what_ops_ask_of_a_channel(stack):
    polled("hn", posts=(a_post(), a_post(source_id="2")), requests=3, quota_left=97)
    polled("videos", health=Health.DEAD, reason="http_403: the source refuses to talk to us")
    done = earwitness("channels", "status", "--json")
    hn, videos, news = json.loads(done.stdout)["channels"]
    counts = ("health", "posts", "mentions", "requests", "quota_left", "gap_hours", "stale")
    assert [hn[key] for key in counts] == ["ok", 2, 2, 3, 97, [], False]
    assert hn["lag_seconds"] < 60
    assert (videos["health"], news["health"]) == ("dead", "never polled")
    assert videos["reason"].startswith("http_403")
    assert done.exit_code == 1


def test_status_in_lines_says_why_a_channel_is_dead(stack):
    polled("videos", health=Health.DEAD, reason="http_403: the source refuses to talk to us")
    done = earwitness("channels", "status")
    assert "videos   youtube     dead" in done.stdout
    assert "\n  http_403: the source refuses to talk to us\n" in done.stdout


def test_the_next_poll_is_when_dispatch_would_send_it(stack):
    polled("hn")
    done = earwitness("channels", "status", "--json")
    hn = json.loads(done.stdout)["channels"][0]
    wait = datetime.fromisoformat(hn["next_poll_at"]) - datetime.now(UTC)
    assert timedelta(seconds=-2) <= wait <= timedelta(minutes=2)


def test_plan_shows_each_query_and_what_it_costs(watchlist):
    done = earwitness("channels", "plan", "-w", watchlist, "--json")
    hn, videos, news = json.loads(done.stdout)["channels"]
    assert '"Northwind Air"' in hn["queries"]
    assert (news["queries"], news["requests_a_day"], news["allowed_a_day"]) == ([], 144, None)
    assert videos["requests_a_day"] >= 288 > videos["allowed_a_day"] == 96


def test_plan_warns_of_a_quota_that_does_not_suffice(watchlist):
    done = earwitness("channels", "plan", "-w", watchlist)
    assert "of the 96 allowed a day: polled more rarely" in done.stdout
    assert done.exit_code == 1


def history(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def sent(stack):
    return [post for body in stack.drain(stack.posts_url) for post in posts_in(body)]


LINES = (
    '{"id": "1", "text": "Northwind Air, years ago", "published_at": "2026-01-01T00:00:00Z"}\n'
    '{"id": "2", "text": "no date"}\n'
    "nonsense\n"
    '{"id": 3, "text": "the last", "published_at": "2026-01-02", "channel": "forum"}\n'
)


def test_import_sends_the_good_lines_and_reports_the_bad(stack, tmp_path):
    done = earwitness("import", history(tmp_path, "posts.jsonl", LINES))
    assert [(post.source_id, post.channel) for post in sent(stack)] == [
        ("1", "import"),
        ("3", "forum"),
    ]
    assert "posts.jsonl:2: published_at: missing" in done.stderr
    assert "posts.jsonl:3: not JSON" in done.stderr
    assert "2 posts sent to stack earwitness, 2 bad rows" in done.stdout
    assert done.exit_code == 1


def test_a_post_that_is_too_long_to_import_holds_up_no_other(stack, tmp_path):
    line = '{{"id": "{}", "text": "{}", "published_at": "2026-01-01T00:00:00Z"}}\n'
    lines = [line.format(number, "x" * (250_000 if number == 2 else 9)) for number in range(5)]
    done = earwitness("import", history(tmp_path, "posts.jsonl", "".join(lines)))
    assert [post.source_id for post in sent(stack)] == ["0", "1", "3", "4"]
    assert "post '2' is longer than" in done.stderr
    assert "4 posts sent to stack earwitness, 1 bad rows" in done.stdout


def test_import_reads_columns_by_their_names(stack, tmp_path):
    table = (
        "\ufeffPost ID,Message,published_at,author,likes\n"
        '7,"Northwind Air, late\nagain",2026-01-01T00:00:00Z,Kim,12\n'
        "8,short\n"
        "9,Northwind Air,soon,Kim,\n"
        "10,Northwind Air,2026-01-01,Kim,many\n"
    )
    path = history(tmp_path, "export.csv", table)
    done = earwitness("import", path, "--column", "id=Post ID", "--column", "text=Message")
    (post,) = sent(stack)
    assert (post.source_id, post.text) == ("7", "Northwind Air, late\nagain")
    assert (post.author.name, post.engagement.likes) == ("Kim", 12)
    assert [line.split(": ", 1)[0].rpartition("/")[2] for line in done.stderr.splitlines()] == [
        "export.csv:4",
        "export.csv:5",
        "export.csv:6",
    ]
    assert done.exit_code == 1


def test_a_table_without_the_columns_of_posts_says_which(stack, tmp_path):
    path = history(tmp_path, "export.csv", "id,message\n1,hello\n")
    done = earwitness("import", path)
    assert "no column for text: name it by --column text=NAME" in done.stderr
    assert sent(stack) == []


def test_a_dry_run_sends_nothing(stack, tmp_path):
    done = earwitness("import", history(tmp_path, "posts.jsonl", LINES), "--dry-run")
    assert "2 posts can be imported, 2 bad rows" in done.stdout
    assert sent(stack) == []


def test_f34_imported_history_is_kept_and_pages_nobody(stack, tmp_path):
    at = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    line = json.dumps({"id": "1", "text": COMPLAINT, "published_at": at})
    for _twice in range(2):
        earwitness("import", history(tmp_path, "posts.jsonl", line))
    for body in stack.drain(stack.posts_url):
        stack.poll.handler(sqs_event(body), Context())
    stack.assess.handler(sqs_event("{}"), Context())
    stack.notify.handler(sqs_event("{}"), Context())
    items = stack.dynamodb.scan(TableName="table")["Items"]
    assert len([item for item in items if item["PK"]["S"].startswith("M#")]) == 1
    assert stack.alerts() == []
