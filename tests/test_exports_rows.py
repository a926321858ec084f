"""Rows: one mention flat, in an order that does not change, with what became of it."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from earwitness.exports.rows import Row, Wanted, row_of, rows
from earwitness.model import (
    Author,
    Brand,
    Engagement,
    Incident,
    Intent,
    Priority,
    Reason,
    Role,
    Sentiment,
    Term,
)
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post
from tests.tables import Clock, a_store, a_table, empty_table

OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
THEIRS = Brand("Corvane Airways", Role.COMPETITOR, (Term("Corvane Airways"),))
HOUR = timedelta(hours=1)
SINCE, UNTIL = NOW - timedelta(days=1), NOW + HOUR


@pytest.fixture(scope="module")
def table():
    with a_table():
        yield


@pytest.fixture
def store(table):
    yield a_store(clock=Clock(NOW))
    empty_table()


def written(source_id, at, *, brand=OURS, judgement=None, **changes):
    post = a_post(source_id=source_id, published_at=at, fetched_at=NOW, **changes)
    return a_mention(post, judgement, brand=brand.name, role=brand.role)


def test_a_mention_is_one_flat_row():
    row = row_of(a_mention())
    assert (row.brand, row.channel_kind, row.native_id) == ("Northwind Air", "hackernews", "1")
    assert (row.author, row.followers, row.audience) == ("jroth", 1204, 1204)
    assert (row.domain, row.place) == ("news.example", "hackernews:jroth")
    assert row.reasons == ("complaint (lost, nobody answers)",)
    assert (row.surfaces, row.terms) == (("Nortwind Air",), ("Northwind Air",))
    assert (row.likes, row.reposts, row.alerted_at, row.incident_id) == (12, None, None, None)


def test_every_column_is_explained():
    explained = Row.__annotations__
    assert {field.name for field in fields(Row)} == set(explained)
    assert all("Column(" in told for told in explained.values())


def test_a_post_dated_in_the_future_counts_from_when_it_was_found():
    mention = a_mention(a_post(published_at=NOW + HOUR, fetched_at=NOW))
    assert row_of(mention).posted_at == NOW


def test_a_brand_named_by_its_handle_is_addressed():
    mention = a_mention(matches=(a_match(kind="exact"), a_match("@northwind", kind="handle")))
    assert row_of(mention).addressed
    assert not row_of(a_mention()).addressed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northwind Air lost my bag", "RT @jroth: Northwind Air lost my bag https://t.co/x"),
        ("Nowhere to be seen", "nowhere to be SEEN!"),
    ],
)
def test_what_sharing_adds_is_the_same_story(one, other):
    first, second = (row_of(a_mention(a_post(text))) for text in (one, other))
    assert first.story_id == second.story_id


def test_a_syndicated_headline_is_one_story():
    headline = "Northwind Air grounds its fleet over software"
    posts = [
        a_post(text, title=title, source_id=text, url=f"https://{text}.example/a")
        for text, title in (("one", headline), ("two", f"{headline} - The Two Times"))
    ]
    assert len({row_of(a_mention(post)).story_id for post in posts}) == 1


def by(handle, text, **changes):
    post = a_post(text, author=Author(handle=handle), source_id=f"{handle} {text}", **changes)
    return row_of(a_mention(post)).story_id


def test_the_same_few_words_of_two_people_are_two_stories():
    assert by("ada", "Thanks @northwindair!") != by("bob", "thanks @northwindair")
    assert by("ada", "Thanks @northwindair!") == by("ada", "thanks @northwindair")


def test_a_share_of_few_words_is_their_story():
    assert by("bob", "RT @ada: Thanks @northwindair!") == by("ada", "thanks @northwindair")


def test_more_words_alike_are_copied_whoever_says_them():
    assert by("ada", "Northwind Air: win a voucher") == by("bob", "northwind air: WIN a voucher")


def test_other_words_are_another_story():
    rows_ = [row_of(a_mention(a_post(text))) for text in ("Where is my bag", "Where is my seat")]
    assert rows_[0].story_id != rows_[1].story_id


def test_rows_come_brand_by_brand_in_the_order_of_time(store):
    mentions = [
        written("3", NOW - HOUR),
        written("1", NOW - 3 * HOUR),
        written("2", NOW - 3 * HOUR),
        written("9", NOW, brand=THEIRS),
    ]
    store.keep(reversed(mentions), NOW)
    found = list(rows(store, [OURS, THEIRS], SINCE, UNTIL))
    told = [(row.brand, row.posted_at, row.mention_id) for row in found]
    assert told == sorted(told)
    assert len(told) == 4


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), {"a", "b", "c"}),
        (Wanted(roles=["competitor"]), {"c"}),
        (Wanted(channels=["hn"]), {"a", "c"}),
        (Wanted(channels=["hackernews"]), {"a", "b", "c"}),
        (Wanted(languages=["de"]), {"b"}),
        (Wanted(priorities=["normal"], sentiments=["positive"]), {"b"}),
    ],
)
def test_rows_can_be_narrowed(store, wanted, expected):
    praise = a_judgement(
        Priority.NORMAL, Intent.PRAISE, language="de", sentiment=Sentiment.POSITIVE
    )
    store.keep(
        [
            written("a", NOW),
            written("b", NOW, judgement=praise, channel="front page"),
            written("c", NOW, brand=THEIRS),
        ],
        NOW,
    )
    found = rows(store, [OURS, THEIRS], SINCE, UNTIL, wanted)
    assert {row.native_id for row in found} == expected


def said(store, mention, *, incident=None, kind="complaint", after=timedelta(minutes=2)):
    """A group about a mention, said and recorded as assess does."""
    from earwitness.model import Group

    group = Group(
        group_id="feedfeedfeedfeed",
        brand=OURS.name,
        role=Role.OWN,
        kind=kind,
        priority=Priority.HIGH,
        opened_at=NOW,
        due_at=None,
        mention=mention,
        incident=incident,
        sequence=1,
        first_said_at=NOW + after,
        said_priority=Priority.HIGH,
        respond_by_at=NOW + HOUR,
    )
    group = store.save_group(group, NOW)
    store.record_response(group, NOW)
    return group


def test_an_answer_stands_beside_the_post_that_was_alerted(store):
    alerted, other = written("1", NOW), written("2", NOW, author=Author(handle="else"))
    store.keep([alerted, other], NOW)
    group = said(store, alerted)
    store.acknowledge(group.group_id, "Ada", NOW + timedelta(minutes=12))
    by_id = {row.native_id: row for row in rows(store, [OURS], SINCE, UNTIL)}
    assert by_id["1"].alerted_at == NOW + timedelta(minutes=2)
    assert by_id["1"].taken_at == NOW + timedelta(minutes=12)
    assert by_id["1"].response_seconds == 600.0
    assert by_id["1"].handled_at is None
    assert by_id["2"].alerted_at is None


def test_a_report_of_an_outage_names_the_incident_that_it_is_part_of(store):
    outage = a_judgement(Priority.CRITICAL, Intent.OUTAGE, reasons=(Reason("outage"),))
    reports = [
        written(str(n), NOW - n * HOUR, judgement=outage, engagement=Engagement()) for n in range(3)
    ]
    store.keep([*reports, written("praise", NOW)], NOW)
    incident = Incident(
        brand=OURS.name,
        role=Role.OWN,
        kinds=("outage",),
        opened_at=NOW - timedelta(minutes=90),
        opened_by="reports",
        reason=Reason("reports"),
        measured_at=NOW,
    )
    group = said(store, None, incident=incident, kind="incident")
    by_id = {row.native_id: row.incident_id for row in rows(store, [OURS], SINCE, UNTIL)}
    name = f"{group.group_id}-{group.window}"
    assert by_id == {"0": name, "1": name, "2": None, "praise": None}


def test_a_row_of_a_redacted_mention_is_gone(store):
    mention = written("1", NOW)
    store.keep([mention, written("2", NOW)], NOW)
    store.redact(mention.brand, mention.post.post_id, NOW)
    assert [row.native_id for row in rows(store, [OURS], SINCE, UNTIL)] == ["2"]


def test_an_edited_mention_says_its_version(store):
    mention = written("1", NOW)
    store.keep([mention], NOW)
    store.keep([replace(mention, post=replace(mention.post, text="Found it, thanks!"))], NOW)
    (row,) = rows(store, [OURS], SINCE, UNTIL)
    assert (row.text, row.version) == ("Found it, thanks!", 2)
