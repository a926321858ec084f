"""A20, G6: who is forgotten is nowhere left, stays so, and leaves the counts."""

import io
import json
import zlib
from collections import Counter
from datetime import timedelta
from html import escape

import boto3
import pyarrow.parquet as pq
import pytest

from earwitness.alerting.caps import Budget
from earwitness.exports import days
from earwitness.exports.asked import Asked, export
from earwitness.exports_bucket import ExportsBucket
from earwitness.forgetting import forget
from earwitness.model import (
    Author,
    Brand,
    Channel,
    Digest,
    Entry,
    Event,
    Folded,
    Group,
    Priority,
    Role,
    Silence,
    Tally,
    Term,
    Watchlist,
)
from earwitness.store import Theirs
from earwitness.store.codec import _DICTIONARY
from earwitness.stories import KnownStory, signature
from earwitness.stories import keys as story_keys
from earwitness.stories.assign import story_id_of
from tests.alert_scenarios import an_alert
from tests.posts import NOW, a_mention, a_post
from tests.tables import Clock, a_store, a_table, items

SENTINEL = "sentinel-author"
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
WATCHED = Watchlist((OURS,), (Channel("hn", "hackernews", timedelta(minutes=10)),), "version")
LATER = NOW + timedelta(days=2)
AUTHOR = Theirs(channel="hackernews", author=f"@{SENTINEL.upper()}")


class World:
    """A table and two buckets in which a sentinel author is everywhere."""

    def __init__(self):
        self.store = a_store(clock=Clock(LATER))
        s3 = boto3.client("s3", region_name="eu-central-1")
        for bucket in ("exports", "reports"):
            s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        self.exports, self.reports = (ExportsBucket(b, s3) for b in ("exports", "reports"))
        self.theirs = a_mention(
            a_post("secret words of the sentinel", author=Author(SENTINEL, SENTINEL), url=None)
        )
        self.other = a_mention(a_post("of somebody else", source_id="2"))
        self.fill()

    def fill(self):
        store = self.store
        store.keep([self.theirs, self.other], NOW)
        store.open_notification(an_alert(mention=self.theirs), NOW, NOW)
        store.open_notification(a_digest(), NOW, NOW)
        store.save_group(a_group(self.theirs), NOW)
        mark = signature(self.theirs.post)
        story = KnownStory(story_id_of(self.theirs.post), mark, NOW)
        store.keep_story(story, story_keys(mark), NOW)
        store.add_silence(
            Silence("s", "spam", "Ada", NOW, LATER + timedelta(days=1), author=SENTINEL)
        )
        days.write_day(store, WATCHED, self.exports, NOW.date(), LATER)
        with io.BytesIO() as file:
            export(store, WATCHED, Asked(NOW, LATER), file)
            file.seek(0)
            self.exports.put("asked/x/mentions.csv", file, "text/csv")
        self.exports.put("queries/1.csv", io.BytesIO(SENTINEL.encode()), "text/csv")
        self.reports.put("digests/a.html", io.BytesIO(SENTINEL.encode()), "text/html")
        self.reports.put("digests/b.html", io.BytesIO(b"of others"), "text/html")

    def forget(self, theirs=AUTHOR):
        return forget(theirs, self.store, WATCHED, self.exports, self.reports, by="Ada", now=LATER)

    def hits(self, word):
        """Wherever a word is found: in items as they are and inflated, in keys, in files."""
        found = []
        for key, item in items().items():
            plain = json.dumps(item, default=inflated).casefold()
            if word in plain:
                found.append(key)
        for bucket in (self.exports, self.reports):
            found += [
                name
                for name in bucket.keys("")
                if word in shown(name, bucket.read(name)).casefold()
            ]
        return found


def inflated(held):
    try:
        return zlib.decompressobj(zdict=_DICTIONARY).decompress(bytes(held)).decode()
    except zlib.error:
        return repr(held)


def shown(name, body):
    if name.endswith(".parquet"):
        return str(pq.read_table(io.BytesIO(body)).to_pylist())
    return name + body.decode()


def a_digest():
    entry = Entry("secret words", "https://site.example", "hn", NOW, by=SENTINEL)
    kept = Entry("other words", "https://site.example", "hn", NOW, by="somebody")
    held = Digest("Northwind Air", "daily", NOW, LATER, (), stories=(entry, kept))
    return an_alert(alert_id="digest-1-1", mention=None, digest=held, event=Event.DIGEST)


def a_group(mention):
    return Group(
        group_id="feedfeedfeedfeed",
        brand=mention.brand,
        role=mention.role,
        kind="complaint",
        priority=Priority.HIGH,
        opened_at=NOW,
        due_at=NOW,
        mention=mention,
        posts=Tally().counted("a").counted("b"),
        authors=Tally().counted("a").counted("b"),
    )


@pytest.fixture
def world():
    with a_table():
        yield World()


def test_g6_a20_an_author_who_is_forgotten_is_found_nowhere(world):
    assert len(world.hits(SENTINEL)) >= 9
    report = world.forget()
    assert world.hits(SENTINEL) == []
    assert world.hits("secret words") == []
    assert report.proved


def test_the_report_says_what_was_found_where(world):
    report = world.forget()
    stories = report.table.pop("stories")
    assert stories >= 1
    assert report.table == Counter(mentions=1, alerts=2, groups=1, silences=1)
    assert report.days == [NOW.date()]
    assert report.files == 3


def test_g6_a20_a_poll_does_not_bring_them_back(world):
    world.forget()
    again = a_mention(a_post("new words", source_id="9", author=Author(handle=SENTINEL)))
    elsewhere = a_mention(world.theirs.post, brand="Corvane Airways")
    kept = world.store.keep([world.theirs, again, elsewhere], LATER)
    assert len(kept.redacted) == 3
    assert world.hits(SENTINEL) == []


def test_g6_what_others_said_stays(world):
    world.forget()
    assert world.store.mention(world.other.brand, world.other.post.post_id) == world.other
    assert world.reports.read("digests/b.html") == b"of others"
    rows = pq.read_table(
        io.BytesIO(world.exports.read(f"mentions/date={NOW.date()}/part-0000.parquet"))
    )
    assert rows.column("text").to_pylist() == ["of somebody else"]


def test_g2_g6_counts_stay(world):
    world.forget()
    group = world.store.groups(["feedfeedfeedfeed"])["feedfeedfeedfeed"]
    assert (group.posts.count, group.authors.count) == (2, 2)
    assert group.mention.judgement.priority == world.theirs.judgement.priority


def test_a_group_can_be_gone_on_with(world):
    world.forget()
    group = world.store.groups(["feedfeedfeedfeed"])["feedfeedfeedfeed"]
    assert world.store.save_group(group, LATER).version == group.version + 1


def test_one_post_can_be_forgotten_alone(world):
    second = a_mention(a_post("harmless", source_id="7", author=world.theirs.post.author))
    world.store.keep([second], NOW)
    report = world.forget(Theirs(post_id=world.theirs.post.post_id))
    assert report.proved
    assert world.hits("secret words of the sentinel") == []
    assert world.store.mention(second.brand, second.post.post_id) == second
    assert world.store.keep([world.theirs], LATER).redacted


@pytest.fixture
def linked(world):
    """A post that is told by its address alone: in a digest, its page, and a folded alert."""
    url = "https://site.example/a?b=1&c=2"
    post = a_post("linked words", source_id="8", url=url)
    world.store.keep([a_mention(post)], NOW)
    entry = Entry("linked words", url, "hn", NOW)
    digest = Digest(OURS.name, "daily", NOW, LATER, (), stories=(entry,))
    alert = an_alert(alert_id="digest-2-1", mention=None, digest=digest, event=Event.DIGEST)
    world.store.open_notification(alert, NOW, NOW)
    folded = (("alert-1", Folded(OURS.name, "complaint", "hn", url)),)
    world.store.save_budget(Budget("2026-03-01", folded=folded, folded_count=1), NOW)
    page = f'<a href="{escape(url)}">linked words</a>'.encode()
    world.reports.put("digests/c.html", io.BytesIO(page), "text/html")
    return post


def test_one_post_is_forgotten_where_its_address_alone_is_told(world, linked):
    assert len(world.hits("linked words")) + len(world.hits("site.example/a?b=1")) >= 4
    assert world.forget(Theirs(post_id=linked.post_id)).proved
    assert world.hits("linked words") == []
    assert world.hits("site.example/a?b=1") == []


def test_a_folded_alert_of_one_post_is_still_counted(world, linked):
    world.forget(Theirs(post_id=linked.post_id))
    assert world.store.budget().folded == (("alert-1", Folded(OURS.name, "complaint", "hn")),)


def test_forgetting_again_finds_nothing(world):
    world.forget()
    report = world.forget()
    assert (report.table, report.days, report.proved) == (Counter(), [], True)


def test_a20_the_log_names_nobody_and_never_expires(world):
    world.forget()
    (entry,) = [item for key, item in items().items() if key[0].startswith("E#")]
    assert SENTINEL not in json.dumps(entry)
    assert "expires_at" not in entry
    assert entry["by"]["S"] == "Ada"


def test_a_namesake_on_another_channel_is_somebody_else(world):
    report = world.forget(Theirs(channel="reddit", author=SENTINEL))
    assert "mentions" not in report.table
    assert world.store.mention(world.theirs.brand, world.theirs.post.post_id) is not None
