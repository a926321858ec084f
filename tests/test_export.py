"""The export function over moto: days in files, written anew when they change, and links."""

import hashlib
import io
import json
import urllib.parse
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from botocore.client import BaseClient

from earwitness import accepted
from earwitness.exports import days
from earwitness.exports.asked import Asked, OutOfTime, Unaskable, as_event, read
from earwitness.exports.hours import HourRow
from earwitness.exports.rows import Row
from earwitness.model import (
    Author,
    Brand,
    Channel,
    Group,
    Health,
    Poll,
    Priority,
    Role,
    Sentiment,
    Term,
    Tier,
    Watchlist,
)
from earwitness.store import TABLE, index_keys
from tests.posts import a_judgement, a_match, a_mention, a_post
from tests.stack import Context, deployed, sqs_event

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
YESTERDAY = datetime(2026, 3, 9, tzinfo=UTC)
LONG = Context(900_000)
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
THEIRS = Brand("Corvane Airways", Role.COMPETITOR, (Term("Corvane Airways"),))
A_DAY = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}
HN = Channel("hn", "hackernews", timedelta(minutes=10))
WATCHED = Watchlist((OURS, THEIRS), (HN,), "version")


class Night:
    """A deployed stack whose clock stands where the test sets it."""

    def __init__(self, stack):
        self.stack = stack
        self.store = stack.export.store
        self.store._clock = lambda: self.now
        self.store._author_key = stack.poll.store._author_key  # it keeps what poll would
        stack.export.watchlists._etags.clear()
        self.now = TODAY
        for number in range(2, 9):
            self.store.exported(YESTERDAY.date() - number * DAY, TODAY, None)
        body = accepted.dump(WATCHED).encode()
        stack.s3.put_object(Bucket="watchlist", Key="accepted/watchlist.json", Body=body)

    def keep(self, *mentions, at=None):
        kept = self.store.keep(mentions, at or self.now)
        assert len(kept.new) + len(kept.updated) == len(mentions)

    def run(self, now=None, context=LONG):
        self.now = now or self.now
        night = self

        class Clock(datetime):
            @classmethod
            def now(cls, zone):
                return night.now

        with patch.object(self.stack.export, "datetime", Clock):
            return self.stack.export.handler(sqs_event("{}"), context)

    def files(self, prefix=""):
        listed = self.stack.s3.list_objects_v2(Bucket="exports", Prefix=prefix)
        return {one["Key"]: self.body(one["Key"]) for one in listed.get("Contents", [])}

    def body(self, key):
        return self.stack.s3.get_object(Bucket="exports", Key=key)["Body"].read()

    def rows(self, table="mentions", day=YESTERDAY):
        found = self.files(f"{table}/date={day:%Y-%m-%d}/")
        return [
            row for body in found.values() for row in pq.read_table(io.BytesIO(body)).to_pylist()
        ]


@pytest.fixture(scope="module")
def stack():
    """With one shard an hour: moto takes its time for every query."""
    shards = patch.object(index_keys, "_BRAND_SHARDS", (("0000-00-00T00", 1),))
    with shards, deployed() as stack:
        yield stack


@pytest.fixture
def night(stack):
    yield Night(stack)
    for name in ("exports", "watchlist"):
        for found in stack.s3.list_objects_v2(Bucket=name).get("Contents", []):
            stack.s3.delete_object(Bucket=name, Key=found["Key"])
    stack.dynamodb.delete_table(TableName="table")
    stack.dynamodb.create_table(TableName="table", **TABLE)
    stack.export.store._noted.clear()
    stack.export.store._unread_for = {}


def said(
    source_id="1", at=YESTERDAY + 9 * HOUR, brand=OURS, judgement=None, tier=Tier.SURE, **post
):
    post = a_post(source_id=source_id, published_at=at, fetched_at=at + HOUR, **post)
    match = a_match(text=post.text, tier=tier)
    return a_mention(post, judgement, (match,), brand=brand.name, role=brand.role)


def test_yesterday_is_written_and_nothing_else(night):
    night.keep(said("1"), said("2", YESTERDAY - HOUR), said("3", TODAY - timedelta(minutes=1)))
    night.run()
    mentions = {key for key in night.files() if key.startswith("mentions/")}
    assert "mentions/date=2026-03-09/part-0000.parquet" in mentions
    assert [row["native_id"] for row in night.rows()] == ["1"]
    assert not [key for key in mentions if "2026-03-10" in key]


def test_the_manifest_names_every_file_with_its_hash(night):
    night.keep(said())
    night.run()
    manifest = json.loads(night.body("manifests/date=2026-03-09.json"))
    parts = [*manifest["mentions"], *manifest["hourly"]]
    assert [part["rows"] for part in parts] == [1, 48]
    for part in parts:
        body = night.body(part["key"])
        assert part["sha256"] == hashlib.sha256(body).hexdigest()
        assert part["bytes"] == len(body)


def test_f40_a_rerun_writes_the_same_bytes(night):
    night.keep(*(said(str(n), YESTERDAY + n * HOUR) for n in range(20)))
    night.run()
    first = night.files()
    for key in first:
        night.stack.s3.delete_object(Bucket="exports", Key=key)
    night.store.note_change(YESTERDAY, night.now)
    night.run(TODAY + 2 * HOUR)
    assert {key: body for key, body in night.files().items() if "03-09" in key} == {
        key: body for key, body in first.items() if "03-09" in key
    }


@contextmanager
def killed_at(call):
    """S3 is gone from the ``call``th write on."""
    make, seen = BaseClient._make_api_call, []

    def dying(client, operation, parameters):
        if operation in ("PutObject", "DeleteObjects") and parameters["Bucket"] == "exports":
            seen.append(operation)
            if len(seen) >= call:
                raise ConnectionError
        return make(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", dying):
        yield


@pytest.mark.parametrize("call", [1, 2, 3])
def test_f40_a_partial_export_has_no_manifest_and_is_mended_by_the_next(night, call):
    night.keep(said())
    with killed_at(call), pytest.raises(RuntimeError):
        night.run()
    assert "manifests/date=2026-03-09.json" not in night.files()
    night.run()
    assert "manifests/date=2026-03-09.json" in night.files()
    assert len(night.rows()) == 1


@pytest.mark.parametrize("change", ["late", "edit", "deletion", "answer"])
def test_a_day_is_written_anew_when_it_changes(night, change):
    mention = said("1")
    night.keep(mention, said("2"), at=YESTERDAY + 10 * HOUR)
    night.run()
    later = TODAY + DAY
    night.now = later - HOUR
    if change == "late":
        night.keep(said("3"))
    if change == "edit":
        night.keep(replace(mention, post=replace(mention.post, text="Found it!")))
    if change == "deletion":
        night.store.redact(mention.brand, mention.post.post_id, night.now)
    if change == "answer":
        answer(night.store, mention, night.now)
    night.run(later)
    by_id = {row["native_id"]: row for row in night.rows()}
    assert {
        "late": set(by_id) == {"1", "2", "3"},
        "edit": by_id.get("1", {}).get("text") == "Found it!",
        "deletion": set(by_id) == {"2"},
        "answer": (by_id.get("1", {}).get("response_seconds") or 0) > 0,
    }[change]


def answer(store, mention, now):
    group = Group(
        group_id="feedfeedfeedfeed",
        brand=mention.brand,
        role=mention.role,
        kind="complaint",
        priority=Priority.HIGH,
        opened_at=YESTERDAY,
        due_at=None,
        mention=mention,
        first_said_at=YESTERDAY + 10 * HOUR,
    )
    store.save_group(group, now)
    store.acknowledge(group.group_id, "Ada", now)


def test_a_day_that_did_not_change_is_left_alone(night):
    night.keep(said(), at=YESTERDAY + 10 * HOUR)
    night.run()
    for key in night.files("mentions/"):
        night.stack.s3.delete_object(Bucket="exports", Key=key)
    night.run(TODAY + DAY)
    assert night.rows() == []


def test_the_last_post_of_a_day_leaves_no_file_of_mentions(night):
    mention = said()
    night.keep(mention, at=YESTERDAY + 10 * HOUR)
    night.run()
    night.store.redact(mention.brand, mention.post.post_id, TODAY + HOUR)
    night.run(TODAY + DAY)
    assert night.files("mentions/date=2026-03-09/") == {}
    assert json.loads(night.body("manifests/date=2026-03-09.json"))["mentions"] == []


def test_what_its_source_lets_us_hold_for_two_days_is_in_no_file_after_that(night):
    night.store._unread_for = {"reddit": timedelta(days=2)}
    post = a_post(kind="reddit", source_id="short", published_at=YESTERDAY + 20 * HOUR)
    short = a_mention(replace(post, fetched_at=YESTERDAY + 20 * HOUR))
    night.keep(short, said("long"), at=YESTERDAY + 20 * HOUR)
    night.run()
    assert {row["native_id"] for row in night.rows()} == {"short", "long"}
    night.run(TODAY + DAY)
    assert {row["native_id"] for row in night.rows()} == {"long"}


def test_a_day_beyond_retention_has_no_file_left(night):
    night.keep(said(), at=YESTERDAY + 10 * HOUR)
    night.run()
    night.run(TODAY + timedelta(days=88))
    assert night.files("mentions/date=2026-03-09/")
    night.run(TODAY + timedelta(days=89))
    assert night.files("mentions/date=2026-03-09/") == {}


def test_nights_that_were_missed_are_made_up_for(night):
    night.keep(said(), at=YESTERDAY + 10 * HOUR)
    night.run(TODAY + timedelta(days=3))
    assert [row["native_id"] for row in night.rows()] == ["1"]


def test_a_day_that_fails_stops_no_other_and_is_due_again(night):
    night.keep(said("1"), said("2", YESTERDAY - HOUR), at=TODAY)
    write_day = days.write_day

    def failing(store, watchlist, bucket, day, *when, **given):
        if day == YESTERDAY.date():
            raise OSError("no space")
        return write_day(store, watchlist, bucket, day, *when, **given)

    with patch.object(days, "write_day", failing), pytest.raises(RuntimeError, match="1 days"):
        night.run()
    assert night.rows(day=YESTERDAY - DAY)
    assert not night.rows()
    night.run()
    assert night.rows()


def test_without_time_it_asks_to_go_on(night):
    night.keep(said())
    night.run(context=Context(60_000))
    assert night.rows() == []
    assert night.stack.drain(night.stack.export_url) == ["{}"]


def test_before_the_first_watchlist_there_is_nothing_to_export(night):
    night.stack.s3.delete_object(Bucket="watchlist", Key="accepted/watchlist.json")
    night.run()
    assert night.files() == {}


def test_rows_of_a_day_have_every_column(night):
    night.keep(said())
    night.run()
    assert list(night.rows()[0]) == [field.name for field in fields(Row)]
    assert list(night.rows("hourly")[0]) == [field.name for field in fields(HourRow)]


def test_more_rows_than_a_file_takes_go_on_in_the_next(night):
    night.keep(*(said(str(n), YESTERDAY + n * HOUR) for n in range(5)))
    with patch.object(days, "MOST_ROWS", 2):
        night.run()
    files = night.files("mentions/date=2026-03-09/")
    assert [key.rpartition("/")[2] for key in files] == [f"part-000{n}.parquet" for n in range(3)]
    assert [row["native_id"] for row in night.rows()] == [str(n) for n in range(5)]
    for number in range(1, 5):
        mention = said(str(number), YESTERDAY + number * HOUR)
        night.store.redact(mention.brand, mention.post.post_id, TODAY + HOUR)
    night.run(TODAY + DAY)
    assert len(night.files("mentions/date=2026-03-09/")) == 1


def poll(store, at, health):
    lease = store.lease(HN.channel_id, f"{at}", at, timedelta(seconds=1))
    store.advance(lease, Poll((), None, health), at)


def test_an_hour_without_a_good_poll_is_a_gap_and_not_a_zero(night):
    for hour in range(5, 24):
        poll(night.store, YESTERDAY + hour * HOUR, Health.TRANSIENT if hour == 7 else Health.OK)
    angry = a_judgement(Priority.CRITICAL)
    happy = a_judgement(Priority.NORMAL, sentiment=Sentiment.POSITIVE)
    night.keep(
        said("1", judgement=angry),
        said("2", YESTERDAY + 9.5 * HOUR, judgement=happy),
        said("3", tier=Tier.DOUBTFUL),
    )
    night.run()
    hours = {row["hour_at"].hour: row for row in night.rows("hourly") if row["brand"] == OURS.name}
    assert [hours[n]["covered"] for n in (4, 5, 7, 9)] == [None, True, False, True]
    assert (hours[7]["polls_ok"], hours[7]["polls_failed"]) == (0, 1)
    counted = ("mentions", "negative", "positive", "critical", "high", "doubtful")
    assert [hours[9][name] for name in counted] == [2, 1, 1, 1, 0, 1]
    assert {hours[n]["mentions"] for n in range(24) if n != 9} == {0}


def test_distinct_stories_and_authors_stand_beside_the_hour_s_mentions(night):
    ada, bob = Author(handle="ada"), Author(name="Bob")
    night.keep(
        said("1", author=ada),
        said("2", author=bob),
        said("3", author=bob, text="Nortwind Air has lost all of my bags"),
        said("4", author=Author()),
        said("5", tier=Tier.DOUBTFUL, author=Author(handle="eve")),
    )
    night.run()
    (row,) = [row for row in night.rows("hourly") if row["mentions"]]
    assert (row["mentions"], row["stories"], row["authors"]) == (4, 2, 2)


def test_a_channel_that_was_dropped_is_counted_without_coverage(night):
    night.keep(said(channel="gone", kind="feed"))
    night.run()
    (row,) = [row for row in night.rows("hourly") if row["channel"] == "gone"]
    assert (row["mentions"], row["covered"]) == (1, None)


def in_use(night, *versions):
    """The watchlists in use are those, each since then."""
    return patch.object(night.stack.export.watchlists, "versions", lambda _: versions)


def test_a_brand_that_was_renamed_stays_in_its_days(night):
    night.keep(said("1"), said("2", brand=THEIRS), at=YESTERDAY + 10 * HOUR)
    night.run()
    renamed = replace(WATCHED, brands=(replace(OURS, name="Northwind"), THEIRS))
    body = accepted.dump(renamed).encode()
    night.stack.s3.put_object(Bucket="watchlist", Key="accepted/watchlist.json", Body=body)
    night.store.note_change(YESTERDAY, TODAY + HOUR)
    with in_use(night, (YESTERDAY - DAY, WATCHED), (TODAY + HOUR, renamed)):
        night.run(TODAY + DAY)
    assert {row["brand"] for row in night.rows()} == {OURS.name, THEIRS.name}
    assert OURS.name in {row["brand"] for row in night.rows("hourly")}
    assert OURS.name not in {row["brand"] for row in night.rows("hourly", YESTERDAY + 2 * DAY)}


def test_g5_an_hour_in_which_a_brand_was_not_looked_for_is_a_gap_of_its_own(night):
    for hour in range(24):
        poll(night.store, YESTERDAY + hour * HOUR, Health.OK)
    before = replace(WATCHED, brands=(OURS,))
    with in_use(night, (YESTERDAY - DAY, before), (YESTERDAY + 9.5 * HOUR, WATCHED)):
        night.run()
    covered = {(row["brand"], row["hour_at"].hour): row["covered"] for row in night.rows("hourly")}
    assert [covered[THEIRS.name, hour] for hour in (8, 9, 10)] == [None, True, True]
    assert [covered[OURS.name, hour] for hour in (8, 9, 10)] == [True] * 3


def ask(night, **changes):
    wish = Asked(**{"since": YESTERDAY, "until": YESTERDAY + DAY, **changes})
    return night.stack.export.handler(as_event(wish), LONG)


def test_an_export_on_demand_is_one_file_behind_a_link(night):
    night.keep(said("1"), said("2", brand=THEIRS))
    made = ask(night, brands=(OURS.name,), bom=True)
    (key,) = night.files("asked/")
    assert made["mentions"] == 1
    assert made["bytes"] == len(night.body(key))
    assert night.body(key).startswith(b"\xef\xbb\xbfmention_id,")
    assert key in urllib.parse.unquote(made["link"])


def test_a17_a_link_opens_one_object_for_an_hour_at_the_most(night):
    link = urllib.parse.urlsplit(ask(night)["link"])
    query = urllib.parse.parse_qs(link.query)
    assert 0 < int(query["X-Amz-Expires"][0]) <= 3600
    assert link.path.endswith(".csv")
    assert night.stack.export.bucket.link("asked/x", 10**6).count("X-Amz-Expires=3600") == 1


def test_the_same_wish_gives_the_same_file(night):
    night.keep(said())
    ask(night)
    first = night.files("asked/")
    ask(night)
    assert night.files("asked/") == first


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ({}, "missing required field `since`"),
        ({"since": "yesterday", "until": "2026-03-02T00:00:00Z"}, r"\$.since"),
        (
            {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z", "format": "pdf"},
            "pdf",
        ),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-02T00:00:00Z"}, "before it begins"),
        ({"since": "2026-03-01T00:00:00", "until": "2026-03-02T00:00:00"}, "time zone"),
        (
            {
                "since": "2026-03-01T00:00:00Z",
                "until": "2026-03-02T00:00:00Z",
                "brands": ["Nobody"],
            },
            "no brand 'Nobody' is watched; those that are: Corvane Airways, Northwind Air",
        ),
    ],
)
def test_a_wish_that_cannot_be_met_says_why(night, event, problem):
    with pytest.raises(Unaskable, match=problem):
        night.stack.export.handler(event, LONG)


def test_a_wish_goes_through_its_event_unharmed():
    wish = Asked(YESTERDAY, TODAY, brands=("a",), bom=True)
    assert read(json.loads(json.dumps(as_event(wish)))) == wish


def test_what_cannot_be_written_in_time_is_no_file(night):
    night.keep(said())
    event = as_event(Asked(YESTERDAY, TODAY))
    with pytest.raises(OutOfTime):
        night.stack.export.handler(event, Context(60_000))
    assert night.files("asked/") == {}


def test_a20_the_log_names_nobody(night):
    night.keep(said(author=Author(handle="sentinel-author"), text="sentinel text"))
    night.run()
    ask(night)
    assert "sentinel" not in night.stack.log.getvalue()
    assert "exported" in night.stack.log.getvalue()
