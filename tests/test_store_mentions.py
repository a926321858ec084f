"""Mentions are kept once, found again, and owed a look until they got it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.model import Author, Engagement, Priority
from tests.posts import NOW, a_judgement, a_mention, a_post
from tests.tables import RETENTION_FOR, Clock, a_client, a_store, a_table, items

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    with a_table():
        yield a_store(clock=clock)


def written(mention, **changes):
    return replace(mention, post=replace(mention.post, **changes))


def judged(mention, priority):
    return replace(mention, judgement=a_judgement(priority))


def numbered(number, **changes):
    return a_mention(a_post(source_id=str(number), **changes))


def test_a_new_mention_is_kept_as_it_was_offered(store):
    mention = a_mention()
    kept = store.keep([mention], NOW)
    assert kept.new == (mention.mention_id,)
    assert store.mention(mention.brand, mention.post.post_id) == mention


def test_a_mention_offered_again_is_known_and_writes_nothing(store):
    store.keep([a_mention()], NOW)
    before = items()
    kept = store.keep([a_mention()], NOW + HOUR)
    assert kept.known == (a_mention().mention_id,)
    assert items() == before


def test_g1_a_mention_offered_twice_in_one_page_is_kept_once(store):
    kept = store.keep([a_mention(), a_mention()], NOW)
    assert (len(kept.new), len(kept.known)) == (1, 1)
    assert len(items()) == 1


def test_a_redated_post_is_no_new_mention(store):
    store.keep([a_mention()], NOW)
    kept = store.keep([written(a_mention(), published_at=NOW + DAY)], NOW + DAY)
    assert (kept.new, len(kept.known)) == ((), 1)


def test_more_mentions_than_one_batch_are_all_kept(store):
    mentions = [numbered(n) for n in range(230)]
    assert len(store.keep(mentions, NOW).new) == 230
    assert len(store.keep(mentions, NOW).known) == 230


def test_f26_an_edit_bumps_the_version_and_owes_no_second_look(store):
    store.keep([a_mention()], NOW)
    store.assessed(a_mention())
    edited = written(a_mention(), text="Nortwind Air lost my bag. EDIT: found", edited_at=NOW)
    kept = store.keep([edited], NOW + HOUR)
    assert (kept.updated, kept.flagged) == ((a_mention().mention_id,), ())
    assert store.mention(edited.brand, edited.post.post_id) == replace(edited, version=2)
    assert list(store.flagged(10)) == []


def test_an_edit_that_raises_the_priority_owes_another_look(store):
    store.keep([a_mention()], NOW)
    store.assessed(a_mention())
    worse = judged(written(a_mention(), text="Nortwind Air leaked my data"), Priority.CRITICAL)
    kept = store.keep([worse], NOW + HOUR)
    assert list(store.flagged(10)) == [replace(worse, version=2)] == list(kept.flagged)


def test_an_edit_keeps_the_place_in_time_of_the_first_sight(store):
    store.keep([a_mention()], NOW)
    edited = written(
        a_mention(), text="other", published_at=NOW + DAY, fetched_at=NOW + DAY, channel="hn too"
    )
    store.keep([edited], NOW + DAY)
    [found] = store.mentions("Northwind Air", NOW, NOW + HOUR)
    assert found == replace(written(a_mention(), text="other"), version=2)


def test_new_engagement_is_kept_without_a_second_look(store):
    store.keep([a_mention()], NOW)
    store.assessed(a_mention())
    grown = written(a_mention(), engagement=Engagement(likes=900, replies=3))
    store.keep([grown], NOW + HOUR)
    assert store.mention(grown.brand, grown.post.post_id).post.engagement.likes == 900
    assert list(store.flagged(10)) == []


def test_grown_engagement_owes_another_look_when_asked(store):
    store.keep([a_mention()], NOW)
    store.assessed(a_mention())
    grown = written(a_mention(), engagement=Engagement(likes=900, replies=3))
    store.keep([grown], NOW + HOUR, flag_grown=True)
    assert list(store.flagged(10)) == [replace(grown, version=2)]


def test_shrunk_engagement_owes_no_look_when_asked(store):
    store.keep([a_mention()], NOW)
    store.assessed(a_mention())
    shrunk = written(a_mention(), engagement=Engagement(likes=11, replies=3))
    store.keep([shrunk], NOW + HOUR, flag_grown=True)
    assert list(store.flagged(10)) == []


def test_a_channel_that_offers_no_counts_wipes_none(store):
    store.keep([a_mention()], NOW)
    kept = store.keep([written(a_mention(), engagement=Engagement())], NOW)
    assert len(kept.known) == 1


def test_an_edit_between_reading_and_assessed_keeps_its_flag(store):
    store.keep([a_mention()], NOW)
    [read] = store.flagged(10)
    edited = written(a_mention(), text="edited while being assessed")
    store.keep([edited], NOW)
    assert not store.assessed(read)
    [again] = store.flagged(10)
    assert again.version == 2
    assert store.assessed(again)
    assert list(store.flagged(10)) == []


def test_assessed_moves_a_mention_to_the_inbox_of_its_brand_and_priority(store):
    store.keep([a_mention()], NOW)
    assert store.assessed(a_mention())
    [item] = items().values()
    brand, _, priority = item["g3pk"]["S"].removeprefix("INBOX#").split("#")
    assert (brand, priority) == ("Northwind Air", "high")


def test_assessed_twice_is_assessed_once(store):
    store.keep([a_mention()], NOW)
    assert [store.assessed(a_mention()), store.assessed(a_mention())] == [True, True]


def test_a_mention_unknown_is_not_assessed(store):
    assert not store.assessed(a_mention())
    assert items() == {}


def test_flagged_gives_the_critical_first_then_the_oldest(store):
    offered = [
        judged(numbered(n, published_at=NOW - minutes * timedelta(minutes=1)), priority)
        for n, (priority, minutes) in enumerate(
            [
                (Priority.NORMAL, 9),
                (Priority.HIGH, 1),
                (Priority.CRITICAL, 1),
                (Priority.HIGH, 5),
                (Priority.CRITICAL, 2),
            ]
        )
    ]
    store.keep(offered, NOW)
    assert [one.post.source_id for one in store.flagged(10)] == ["4", "2", "3", "1", "0"]


def test_f34_what_comes_late_waits_behind_what_is_of_now(store):
    ages = (timedelta(hours=5), timedelta(0), timedelta(hours=20), timedelta(minutes=50))
    late = [
        a_mention(a_post(source_id=str(n), published_at=NOW - age), a_judgement(Priority.CRITICAL))
        for n, age in enumerate(ages)
    ]
    high = a_mention(a_post(source_id="high"), a_judgement(Priority.HIGH))
    store.keep([*late, high], NOW)
    assert [one.post.source_id for one in store.flagged(10)] == ["3", "1", "2", "0", "high"]


def test_flagged_gives_no_more_than_its_limit(store):
    store.keep([numbered(n) for n in range(30)], NOW)
    assert len(list(store.flagged(12))) == 12


def test_mentions_come_by_brand_in_the_order_of_time(store):
    minutes = [0, 59, 60, 61, 200, 1500]
    offered = [
        numbered(n, published_at=NOW - m * timedelta(minutes=1)) for n, m in enumerate(minutes)
    ]
    store.keep([*offered, a_mention(brand="Southwind")], NOW)
    found = list(store.mentions("Northwind Air", NOW - 3 * HOUR, NOW + HOUR))
    assert [one.post.source_id for one in found] == ["3", "2", "1", "0"]


def test_a_stretch_of_time_includes_its_start_and_not_its_end(store):
    store.keep([numbered(n, published_at=NOW + n * HOUR) for n in (-1, 0)], NOW)
    found = list(store.mentions("Northwind Air", NOW - HOUR, NOW))
    assert [one.post.source_id for one in found] == ["-1"]


def test_a_post_dated_in_the_future_counts_from_when_it_was_kept(store):
    store.keep([a_mention(a_post(published_at=NOW + 3 * DAY))], NOW)
    assert len(list(store.mentions("Northwind Air", NOW, NOW + HOUR))) == 1


def test_an_author_has_a_history_with_the_newest_first(store):
    store.keep([numbered(n, published_at=NOW - n * DAY) for n in range(6)], NOW)
    store.keep([numbered(9, author=Author(handle="someone"))], NOW)
    history = store.author_history("hackernews", Author(handle="JRoth"), limit=3)
    assert [one.post.source_id for one in history] == ["0", "1", "2"]


def test_an_author_without_a_name_has_no_history(store):
    store.keep([a_mention(a_post(author=Author()))], NOW)
    assert store.author_history("hackernews", Author(), limit=3) == ()


def test_no_author_is_named_in_a_key(store):
    store.keep([a_mention()], NOW)
    [item] = items().values()
    keys = [value["S"] for name, value in item.items() if name.endswith(("pk", "sk", "PK", "SK"))]
    assert len(keys) == 8
    assert not any("jroth" in key for key in keys)


def test_f27_a_post_about_to_expire_is_refused(store):
    old = a_mention(a_post(published_at=NOW - RETENTION_FOR + 6 * DAY))
    assert store.keep([old], NOW).too_old == (old.mention_id,)
    assert items() == {}


def test_f27_a_post_that_resurfaces_after_its_purge_alerts_no_second_time(store):
    store.keep([a_mention()], NOW)
    for key in items():
        a_client().delete_item(
            TableName="earwitness", Key={"PK": {"S": key[0]}, "SK": {"S": key[1]}}
        )
    kept = store.keep([a_mention()], NOW + RETENTION_FOR)
    assert len(kept.too_old) == 1
    assert items() == {}
    assert list(store.flagged(10)) == []


@pytest.mark.parametrize("undated", [{"published_at": None}, {"dated_by_us": True}])
def test_f27_an_undated_post_offered_for_ever_is_new_once(store, undated):
    news = 0
    for day in range(0, 400, 6):
        now = NOW + day * DAY
        offered = a_mention(a_post(fetched_at=now, published_at=now))
        offered = written(offered, **undated)
        news += len(store.keep([offered], now).new)
        expire(now)
    assert news == 1


def expire(now):
    """Delete what has expired, as DynamoDB does."""
    for (pk, sk), item in items().items():
        if int(item.get("expires_at", {"N": "9" * 12})["N"]) <= now.timestamp():
            a_client().delete_item(TableName="earwitness", Key={"PK": {"S": pk}, "SK": {"S": sk}})


@pytest.mark.parametrize(
    "read",
    [
        lambda store: store.mention("Northwind Air", a_post().post_id),
        lambda store: list(store.mentions("Northwind Air", NOW, NOW + HOUR)),
        lambda store: list(store.flagged(10)),
        lambda store: store.author_history("hackernews", a_post().author, 5),
    ],
    ids=["mention", "mentions", "flagged", "author_history"],
)
def test_f37_what_has_expired_is_not_read(store, clock, read):
    store.keep([a_mention()], NOW)
    assert read(store)
    clock.now = NOW + RETENTION_FOR
    assert not read(store)


def test_a20_a_redacted_mention_is_gone_and_stays_gone(store):
    store.keep([a_mention()], NOW)
    store.redact("Northwind Air", a_post().post_id, NOW)
    assert store.keep([a_mention()], NOW).redacted == (a_mention().mention_id,)
    assert store.mention("Northwind Air", a_post().post_id) is None
    assert list(store.mentions("Northwind Air", NOW, NOW + HOUR)) == []
    assert list(store.flagged(10)) == []


def test_a_tombstone_holds_nothing_of_the_post_and_never_expires(store):
    store.keep([a_mention()], NOW)
    store.redact("Northwind Air", a_post().post_id, NOW)
    [item] = items().values()
    assert set(item) == {"PK", "SK", "v", "tombstone_at"}


def test_a_mention_that_cannot_be_read_hides_no_other(store, caplog):
    store.keep([numbered(1), numbered(2)], NOW)
    [unreadable, readable] = items().values()
    a_client().put_item(TableName="earwitness", Item=unreadable | {"v": {"N": "99"}})
    [found] = store.flagged(10)
    assert found.mention_id == readable["PK"]["S"].removeprefix("M#")
    assert "schema 99, this code reads 1" in caplog.text


def test_a_post_with_half_a_character_is_kept_and_known(store):
    broken = a_mention(a_post(text="Nortwind Air \ud83d", title="\udc00"))
    store.keep([broken], NOW)
    found = store.mention(broken.brand, broken.post.post_id)
    assert (found.post.text, found.post.title) == ("Nortwind Air \ufffd", "\ufffd")
    assert len(store.keep([broken], NOW).known) == 1


def test_a_standing_mention_that_cannot_be_read_is_left_alone_and_stops_no_page(store, caplog):
    store.keep([numbered(1)], NOW)
    [(key, item)] = items().items()
    newer = item | {"v": {"N": "99"}}
    a_client().put_item(TableName="earwitness", Item=newer)
    kept = store.keep([numbered(1), numbered(2)], NOW)
    assert (len(kept.known), len(kept.new)) == (1, 1)
    assert items()[key] == newer


def test_a_stretch_that_ends_before_it_begins_is_empty(store):
    store.keep([a_mention()], NOW)
    assert list(store.mentions("Northwind Air", NOW + timedelta(minutes=5), NOW)) == []
