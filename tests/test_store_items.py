"""Items hold what they are given, take little room, and stay readable."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.model import Alert, Mention
from earwitness.store import TABLE, TTL_ATTRIBUTE, Unreadable
from earwitness.store.codec import clean, pack, stamp, unpack, unstamp
from earwitness.store.keeping import Outcome, Stored, decide
from tests.expansion import TEMPLATE, expand
from tests.posts import NOW, a_mention, a_post
from tests.tables import RETENTION_FOR, a_store, a_table, items

KEY = {"PK": "M#1", "SK": "M"}
# One mention as the first release wrote it.
FIRST_RELEASE = (
    "78f972b48e004304811fb058ca2807fa4ac131b38840cac399700c114907641ecc38851ca07e85dc4a85a4c474"
    "05a0750a79f949f92995406631383d2027b38c3c8c9406b2480f18d2402fa4c2f3b321b6f4e6959897a810945f"
    "92819cf2b28a200248e9cfd0c8c00447923330d635300a3134b63230b0822434cc1488a9066b623434424a83c6"
    "b8d21e7ac0435322ba30225d22872c662205598a2825a111862840d112aaf9604d98a0140314424b28c082b2b6"
    "1600fe23e0f5"
)

UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.datetimes(timezones=st.just(UTC))
st.register_type_strategy(str, UNICODE)
st.register_type_strategy(datetime, TIMES)
st.register_type_strategy(int, st.integers(-(2**53), 2**53))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=200)
@given(st.builds(Mention))
def test_a_mention_comes_back_as_it_was(mention):
    assert unpack(Mention, KEY | pack(mention)) == mention


@settings(max_examples=50)
@given(st.builds(Alert))
def test_an_alert_comes_back_as_it_was(alert):
    assert unpack(Alert, KEY | pack(alert)) == alert


@given(st.text())
def test_any_text_can_be_kept_and_its_offsets_hold(text):
    mention = a_mention(a_post(text))
    kept = unpack(Mention, KEY | pack(mention)).post.text
    assert kept == clean(text)
    assert len(kept) == len(text)


@given(TIMES, TIMES)
def test_stamps_are_in_the_order_of_time(one, other):
    assert (stamp(one) < stamp(other)) == (one < other)
    assert unstamp(stamp(one)) == one


def test_a_stamp_is_of_utc():
    assert stamp(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=3)))) == (
        "2025-12-31T22:00:00.000000Z"
    )


@pytest.mark.parametrize("item", [{"v": 2, "d": b""}, {"v": 1}, {"v": 1, "d": b"x"}, {}])
def test_an_item_of_another_making_is_named_not_guessed_at(item):
    with pytest.raises(Unreadable, match="item M#1 / M"):
        unpack(Mention, KEY | item)


def test_what_the_first_release_wrote_is_read():
    item = KEY | {"v": 1, "d": bytes.fromhex(FIRST_RELEASE)}
    assert unpack(Mention, item) == a_mention()


@pytest.mark.parametrize(("characters", "most"), [(280, 800), (800, 1024)])
def test_a_mention_takes_one_write_unit(characters, most):
    with a_table():
        a_store().keep([a_mention(a_post(varied(characters)))], NOW)
        [item] = items().values()
    assert size(item) <= most


def varied(characters):
    """Text that repeats itself no more than people do: the licence, which everyone has."""
    return (TEMPLATE.parent / "LICENSE").read_text().split("Definitions.")[1][:characters]


def size(item):
    """Bytes as DynamoDB counts them: names, text in UTF-8, a byte for two digits."""
    return sum(
        len(name) + (len(value) // 2 + 2 if kind == "N" else len(value))
        for name, typed in item.items()
        for kind, value in typed.items()
    )


def test_the_template_has_the_table_of_the_store():
    [table] = [
        resource["Properties"]
        for resource in expand(TEMPLATE)["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
    ]
    indexes = table["GlobalSecondaryIndexes"]
    for index in indexes:
        index.pop("OnDemandThroughput")
    assert {name: table[name] for name in TABLE} == TABLE
    assert table["TimeToLiveSpecification"] == {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}
    assert "StreamSpecification" not in table


@given(
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_f27_what_has_expired_is_never_new_again(age, later):
    published = NOW - age
    mention = a_mention(a_post(published_at=published))
    expired = NOW + later > published + RETENTION_FOR
    outcome = decide(mention, None, NOW + later, RETENTION_FOR, flag_grown=False).outcome
    assert not (expired and outcome is Outcome.NEW)


@given(st.builds(Mention))
def test_a_mention_compared_with_itself_is_known(mention):
    mention = replace(mention, post=replace(mention.post, published_at=NOW, dated_by_us=False))
    stored = Stored(mention, NOW + RETENTION_FOR)
    decision = decide(mention, stored, NOW, RETENTION_FOR, flag_grown=True)
    assert decision.outcome is Outcome.KNOWN
