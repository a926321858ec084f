"""A20, G6: who is forgotten is nowhere left, stays so, and leaves the counts."""

import io
import json
from collections import Counter
from datetime import timedelta
from html import escape
from inspect import signature as signature_of
from unittest.mock import patch

import boto3
import pyarrow.parquet as pq
import pytest

from earwitness.alerting.caps import Budget
from earwitness.alerting.reports import Reports, Sighting, counted
from earwitness.alerting.wording import Setting, compose
from earwitness.exports import days
from earwitness.exports.asked import Asked, export
from earwitness.exports_bucket import ExportsBucket
from earwitness.forgetting import forget
from earwitness.model import (
    Alerting,
    Author,
    Brand,
    BrandCount,
    Channel,
    Correction,
    Digest,
    Entry,
    Event,
    Folded,
    Group,
    Incident,
    Mute,
    Priority,
    Reason,
    Role,
    Signal,
    Silence,
    Spelling,
    Tally,
    Term,
    Verdict,
    Watchlist,
)
from earwitness.signals import Reading
from earwitness.store import Theirs, index_keys, keys
from earwitness.store.forgetting import _SWEEPS, NOBODYS, kind_of
from earwitness.store.table import Key
from earwitness.stories import KnownStory, signature
from earwitness.stories import keys as story_keys
from earwitness.stories.assign import story_id_of
from tests.alert_scenarios import an_alert
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post
from tests.stored_words import inflated, shown
from tests.tables import Clock, a_store, a_table, items

SENTINEL = "sentinel-author"
# Whatever of a person may be found anywhere: handle, name, profile, words, ids, address.
SHOWN, PROFILE, POSTED = "Testa Personne", "profile-of-theirs", "posted-by-them"
WORDS, NATIVE_ID, HOUR = "secret words of", "native-id-of-theirs", timedelta(hours=1)
TRACES = (SENTINEL, SHOWN.casefold(), PROFILE, POSTED, WORDS, NATIVE_ID)
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
WATCHED = Watchlist((OURS,), (Channel("hn", "hackernews", timedelta(minutes=10)),), "version")
LATER = NOW + timedelta(days=2)
AUTHOR = Theirs(channel="hackernews", author=f"@{SENTINEL.upper()}")


def by_sentinel():
    """A post of theirs, in which all that is told of a person is told of them."""
    return a_post(
        f"Nortwind Air: {WORDS} the sentinel",
        source_id=NATIVE_ID,
        url=f"https://site.example/{POSTED}?b=1&c=2",
        author=Author(SHOWN, SENTINEL, url=f"https://site.example/{PROFILE}"),
    )


def their_mention():
    post = by_sentinel()
    judgement = a_judgement(reasons=(Reason("complaint", (f"{WORDS} the",)),))
    velocity = Signal("velocity", post.post_id, NOW, True, Reason("spreads"), 9)  # noqa: FBT003
    match = a_match(text=post.text, surface=f"Air: {WORDS}")
    return a_mention(post, judgement, (match,), velocity=velocity)


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
        self.theirs = their_mention()
        self.other = a_mention(a_post("of somebody else", source_id="2"))
        self.fill()

    def fill(self):
        self.store.keep([self.theirs, self.other], NOW)
        self.fill_alerts()
        self.fill_lists()
        self.fill_measurements()
        self.fill_rulings()
        self.fill_buckets()

    def fill_alerts(self):
        store, theirs = self.store, self.theirs
        reasons = (*theirs.judgement.reasons, Reason("matched", (theirs.matches[0].surface,)))
        store.open_notification(an_alert(mention=theirs, reasons=reasons), NOW, NOW)
        store.open_notification(a_digest(theirs), NOW, NOW)
        incident = an_incident(theirs)
        alert = an_alert(alert_id="incident-1-1", incident=incident, reasons=(incident.reason,))
        store.open_notification(alert, NOW, NOW)
        group = store.save_group(a_group(theirs), NOW)
        store.record_response(group, NOW)
        store.acknowledge(group.group_id, "Ada", NOW)
        store.keep_incident(incident, NOW)
        folded = (("alert-1", Folded(OURS.name, "complaint", "hn", theirs.post.url)),)
        budget = Budget("2026-03-01", folded=folded, folded_count=1, lone=alert)
        store.save_budget(budget, NOW)

    def fill_lists(self):
        store, mark = self.store, signature(self.theirs.post)
        store.keep_story(
            KnownStory(story_id_of(self.theirs.post), mark, NOW), story_keys(mark), NOW
        )
        about = signature(a_post(f"they say so: {self.theirs.post.url}", source_id="3"))
        store.keep_story(KnownStory("about", about, NOW), ["about"], NOW)
        until = LATER + timedelta(days=1)
        store.add_silence(Silence("s", "spam", "Ada", NOW, until, author=SENTINEL))
        store.add_silence(Silence("t", "spam", "Ada", NOW, until, word=f"by @{SENTINEL}"))
        store.add_silence(Silence("u", f"{SHOWN} again", "Ada", NOW, until, kind="complaint"))
        store.add_silence(Silence("v", "too many", "Ada", NOW, until, kind="praise"))

    def fill_measurements(self):
        store, post = self.store, self.theirs.post
        store.keep_reading(post, "channel", HOUR, Reading(HOUR, 12), NOW)
        store.keep_reading(self.other.post, "channel", HOUR, Reading(HOUR, 7), NOW)
        store.read_again(post, "channel", [self.theirs.mention_id], NOW)
        sighting = Sighting(f"{post.kind}:{SENTINEL}", NOW, "outage")
        store.save_reports(counted(Reports(OURS.name, since=NOW), [sighting], NOW), NOW)
        volume = Signal("volume", OURS.name, NOW, True, Reason("spike"), 9)  # noqa: FBT003
        store.keep_signal(volume, NOW, self.theirs)

    def fill_rulings(self):
        theirs, given = self.theirs, {"by": "Ada", "at": NOW}
        store = self.store
        store.correct(Correction(theirs.mention_id, OURS.name, judged=theirs.judgement, **given))
        for surface in (f"{SENTINEL} air", "Nortwind"):
            store.rule(Spelling(OURS.name, OURS.name, surface, Verdict.OURS, **given))

    def fill_buckets(self):
        days.write_day(self.store, WATCHED, self.exports, NOW.date(), LATER)
        with io.BytesIO() as file:
            export(self.store, WATCHED, Asked(NOW, LATER), file)
            file.seek(0)
            self.exports.put("asked/x/mentions.csv", file, "text/csv")
        self.exports.put("queries/1.csv", io.BytesIO(SENTINEL.encode()), "text/csv")
        pages = {"digest-1-1": WORDS, "b": "of others", "c": f"@{SENTINEL}"}
        pages["d"] = f'<a href="{escape(self.theirs.post.url)}">link</a>'
        for name, body in pages.items():
            self.reports.put(f"digests/{name}.html", io.BytesIO(body.encode()), "text/html")

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


def a_digest(theirs):
    """Digests say who wrote by the name as shown, and which post it was by its mention."""
    entry = Entry(WORDS, "", "hn", NOW, by=SHOWN, mention_id=theirs.mention_id)
    linked = Entry(WORDS, theirs.post.url, "hn", NOW)
    kept = Entry("other words", "https://site.example", "hn", NOW, by="somebody")
    held = Digest(
        OURS.name, "daily", NOW, LATER, (BrandCount(OURS.name, Role.OWN),),
        stories=(entry, kept), unanswered=(linked,), unanswered_count=3,
    )  # fmt: skip
    return an_alert(alert_id="digest-1-1", mention=None, digest=held, event=Event.DIGEST)


def an_incident(theirs):
    return Incident(
        OURS.name, Role.OWN, ("outage",), NOW, "reports", Reason("many_authors", ("9 authors",)),
        NOW, posts=9, authors=9, first=theirs, fastest=theirs, closed_at=LATER,
    )  # fmt: skip


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
    """With one shard an hour: moto takes its time for every query."""
    with patch.object(index_keys, "_BRAND_SHARDS", (("0000-00-00T00", 1),)), a_table():
        yield World()


@pytest.mark.parametrize("by", ["author", "name of the channel", "post"])
def test_g6_a20_who_is_forgotten_is_found_nowhere(world, by):
    theirs = {
        "author": AUTHOR,
        "name of the channel": Theirs(channel="hn", author=SENTINEL),
        "post": Theirs(post_id=world.theirs.post.post_id),
    }[by]
    traces = [one for one in TRACES if by != "post" or one in (POSTED, WORDS, NATIVE_ID)]
    assert all(len(world.hits(one)) >= 2 for one in traces)
    report = world.forget(theirs)
    assert [one for one in traces if world.hits(one)] == []
    assert report.proved


def test_a20_ids_stay_as_hashes_where_the_post_must_be_known_again(world):
    world.forget()
    held = {key[0].partition("#")[0] for key in world.hits(world.theirs.mention_id)}
    assert held == {"M", "SG", "V"}  # a tombstone, a signal's example, a correction
    assert world.hits(world.theirs.post.post_id) == []
    world.forget(Theirs(post_id=world.theirs.post.post_id))
    assert world.hits(world.theirs.post.post_id) == [(f"E#P#{world.theirs.post.post_id}", "E")]


def test_the_report_says_what_was_found_where(world):
    report = world.forget()
    stories = report.table.pop("stories")
    assert stories >= 2
    assert report.table == {
        "mentions": 1, "alerts": 3, "groups": 1, "folded alerts": 1, "silences": 3,
        "readings": 2, "spellings": 1,
    }  # fmt: skip
    assert report.days == [NOW.date()]
    assert report.files == 5


def test_a20_whoever_was_stopped_midway_can_run_it_again(world, monkeypatch):
    forget_day = days.write_day
    monkeypatch.setattr(days, "write_day", stopped)
    with pytest.raises(Stopped):
        world.forget()
    monkeypatch.setattr(days, "write_day", forget_day)
    assert world.forget().proved
    assert [one for one in TRACES if world.hits(one)] == []


def test_a20_mentions_go_last_for_by_them_the_rest_is_known(world, monkeypatch):
    monkeypatch.setattr("earwitness.store.forgetting.tombstone", stopped)
    with pytest.raises(Stopped):
        world.forget()
    monkeypatch.undo()
    assert world.store.mention(world.theirs.brand, world.theirs.post.post_id) is not None
    assert world.forget().proved
    assert [one for one in TRACES if world.hits(one)] == []


class Stopped(Exception):
    pass


def stopped(*_, **__):
    raise Stopped


def test_a20_every_kind_of_item_is_gone_through_or_holds_nobody(world):
    kinds = {kind_of(key) for key in every_key()}
    assert kinds == {("M", "M")} | _SWEEPS.keys() | NOBODYS.keys()
    assert {kind_of(Key(*key)) for key in items()} <= kinds


def every_key():
    """A key of each kind: whatever a function of ``store.keys`` gives."""
    given = {"str": "x", "datetime": NOW, "timedelta": HOUR, "int": 1, "float": 1.0, "bytes": b""}
    for function in vars(keys).values():
        if callable(function) and getattr(function, "__annotations__", {}).get("return") == "Key":
            types = [one.annotation for one in signature_of(function).parameters.values()]
            yield function(*(given[one] for one in types))


def test_a_kind_of_item_that_nobody_knows_is_no_proof(world):
    world.store._table.put({"PK": "NEW#1", "SK": "NEW"})
    report = world.forget()
    assert not report.proved
    assert report.table["unknown"] > 0


def test_posts_by_others_that_name_the_author_stay_and_are_told(world):
    naming = a_mention(a_post(f"@{SENTINEL} is right", source_id="12"))
    alike = a_mention(a_post(f"{SENTINEL}ity is no name", source_id="13"))
    world.store.keep([naming, alike], NOW)
    report = world.forget()
    assert report.naming == [naming.post.post_id]
    assert world.store.mention(naming.brand, naming.post.post_id) == naming


def test_a_mute_in_the_watchlist_stays_and_is_told(world):
    muting = Alerting(mute=Mute(authors=(f"@{SENTINEL}",)))
    brand = Brand(OURS.name, Role.OWN, OURS.terms, alerting=muting)
    watched = Watchlist((brand,), WATCHED.channels, "version")
    report = forget(AUTHOR, world.store, watched, world.exports, world.reports, by="Ada", now=LATER)
    assert report.configured == ["brands > alerting > mute > authors"]
    assert report.proved


def test_an_alert_that_waits_can_still_be_told(world):
    world.forget()
    for alert_id in ("3fa9c1d2e4b5a697-1772456400-1", "incident-1-1", "digest-1-1"):
        alert = world.store.notification(alert_id).alert
        assert WORDS not in str(compose(alert, Setting(OURS)))


@pytest.mark.parametrize("channel", ["hackernews", "hn"])
def test_g6_a20_a_poll_does_not_bring_them_back(world, channel):
    world.forget(Theirs(channel=channel, author=SENTINEL))
    again = a_mention(a_post("new words", source_id="9", author=Author(handle=SENTINEL)))
    elsewhere = a_mention(world.theirs.post, brand="Corvane Airways")
    kept = world.store.keep([world.theirs, again, elsewhere], LATER)
    assert len(kept.redacted) == 3
    assert world.hits(SENTINEL) == []


def test_g6_what_others_said_stays(world):
    world.forget()
    assert world.store.mention(world.other.brand, world.other.post.post_id) == world.other
    assert list(world.reports.keys("digests/")) == ["digests/b.html"]
    assert [one.silence_id for one in world.store.silences(LATER)] == ["v"]
    (spelling,) = world.store.spellings(OURS.name, NOW)
    assert spelling.surface == "Nortwind"
    reading = world.store.readings({world.other.post.post_id: [HOUR]})
    assert reading == {world.other.post.post_id: {HOUR: Reading(HOUR, 7)}}
    rows = pq.read_table(
        io.BytesIO(world.exports.read(f"mentions/date={NOW.date()}/part-0000.parquet"))
    )
    assert rows.column("text").to_pylist() == ["of somebody else"]


def test_g2_g6_counts_stay(world):
    world.forget()
    group = world.store.groups(["feedfeedfeedfeed"])["feedfeedfeedfeed"]
    assert (group.posts.count, group.authors.count) == (2, 2)
    assert group.mention.judgement.priority == world.theirs.judgement.priority
    digest = world.store.notification("digest-1-1").alert.digest
    assert (digest.unanswered_count, len(digest.stories)) == (3, 1)
    assert world.store.reports(OURS.name, NOW).hours == ((NOW.isoformat(), 1),)
    assert list(world.store.corrections(NOW, LATER)) != []


def test_a_group_can_be_gone_on_with(world):
    world.forget()
    group = world.store.groups(["feedfeedfeedfeed"])["feedfeedfeedfeed"]
    assert world.store.save_group(group, LATER).version == group.version + 1


def test_one_post_can_be_forgotten_alone(world):
    second = a_mention(a_post("harmless", source_id="7", author=world.theirs.post.author))
    world.store.keep([second], NOW)
    report = world.forget(Theirs(post_id=world.theirs.post.post_id))
    assert report.proved
    assert world.store.mention(second.brand, second.post.post_id) == second
    assert world.store.keep([world.theirs], LATER).redacted


def test_a_folded_alert_of_one_post_is_still_counted(world):
    world.forget(Theirs(post_id=world.theirs.post.post_id))
    assert world.store.budget().folded == (("alert-1", Folded(OURS.name, "complaint", "hn")),)
    assert world.store.budget().folded_count == 1


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
