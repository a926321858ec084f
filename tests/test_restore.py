"""Restore, move and upgrade: what was in one table is in the next, whole, and nothing twice."""

from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest
from typer.testing import CliRunner

from earwitness.cli import app, deployment
from earwitness.model import Author
from earwitness.operations.copying import copy, take_key_over
from earwitness.store import TABLE, Store
from earwitness.store.codec import SCHEMA, Unreadable
from tests.installed import installed
from tests.posts import NOW, a_mention, a_post
from tests.tables import RETENTION_FOR, Clock

OLD, NEW = "earwitness-restored", "earwitness-new"


def a_store(client, table):
    return Store(table, client, RETENTION_FOR, lambda: b"secret", Clock(NOW))


@pytest.fixture
def tables():
    """Two tables: what was, and what is to be."""
    from moto import mock_aws

    with mock_aws():
        client = boto3.client("dynamodb")
        for name in (OLD, NEW):
            client.create_table(TableName=name, **TABLE)
        yield client


def mentions(count):
    return [a_mention(a_post(f"Northwind {n}", source_id=str(n))) for n in range(count)]


def copied(client):
    return copy(client, OLD, client, NEW, NOW.timestamp())


def held(client, table):
    store = a_store(client, table)
    return list(store.mentions("Northwind Air", NOW - timedelta(days=30), NOW + timedelta(days=1)))


def test_every_mention_is_read_from_the_new_table_as_from_the_old(tables):
    a_store(tables, OLD).keep(mentions(30), NOW)
    assert copied(tables).written >= 30
    assert held(tables, NEW) == held(tables, OLD) != []


def test_copying_twice_writes_nothing_twice(tables):
    a_store(tables, OLD).keep(mentions(3), NOW)
    first, again = copied(tables), copied(tables)
    assert (again.written, again.stood) == (0, first.written)


def test_what_is_newer_stays(tables):
    old, new = a_mention(a_post("before")), a_mention(a_post("after"))
    a_store(tables, OLD).keep([old], NOW)
    a_store(tables, NEW).keep([new], NOW)
    copied(tables)
    assert [one.post.text for one in held(tables, NEW)] == ["after"]


def test_what_was_erased_since_stays_erased(tables):
    (mention,) = mentions(1)
    a_store(tables, OLD).keep([mention], NOW)
    a_store(tables, NEW).keep([mention], NOW)
    a_store(tables, NEW).redact(mention.brand, mention.post.post_id, NOW)
    copied(tables)
    assert held(tables, NEW) == []


def test_what_has_expired_stays_behind(tables):
    a_store(tables, OLD).keep(mentions(2), NOW)
    later = (NOW + timedelta(days=365)).timestamp()
    done = copy(tables, OLD, tables, NEW, later)
    assert (done.written, done.expired) == (0, 2)


def test_a_post_that_is_offered_again_after_a_move_is_no_new_mention(tables):
    a_store(tables, OLD).keep(mentions(5), NOW)
    copied(tables)
    assert a_store(tables, NEW).keep(mentions(5), NOW).new == ()


def test_a_lease_that_was_copied_ends_by_itself(tables):
    store = a_store(tables, OLD)
    store.lease("c" * 16, "somebody", NOW, timedelta(minutes=1))
    copied(tables)
    later = NOW + timedelta(minutes=2)
    assert a_store(tables, NEW).lease("c" * 16, "another", later, timedelta(minutes=1))


def test_every_item_says_the_version_it_was_written_with(tables):
    a_store(tables, OLD).keep(mentions(2), NOW)
    items = tables.scan(TableName=OLD)["Items"]
    assert {int(item["v"]["N"]) for item in items} == {SCHEMA}


def test_what_newer_code_wrote_is_left_alone_and_said(tables):
    (mention,) = mentions(1)
    store = a_store(tables, OLD)
    store.keep([mention], NOW)
    (item,) = tables.scan(TableName=OLD)["Items"]
    item["v"] = {"N": str(SCHEMA + 1)}
    tables.put_item(TableName=OLD, Item=item)
    with pytest.raises(Unreadable, match=f"this code reads {SCHEMA}"):
        store.mention(mention.brand, mention.post.post_id)
    assert tables.scan(TableName=OLD)["Items"] == [item]


def test_the_command_copies_into_the_stack_and_never_onto_itself(monkeypatch):
    with installed() as site:
        client = site.client("dynamodb")
        client.create_table(TableName=OLD, **TABLE)
        now = site.now
        post = a_post(published_at=now, fetched_at=now)
        Store(OLD, client, author_key=lambda: b"secret").keep([a_mention(post)], now)

        @contextmanager
        def found(*_names):
            yield site

        monkeypatch.setattr(deployment, "installation", found)
        done = CliRunner().invoke(app, ["table", "copy", OLD])
        own = CliRunner().invoke(app, ["table", "copy", site.physical_id("Table")])
    assert done.stdout == "1 items written, 0 stood there already, 0 had expired\n"
    assert own.exit_code == 2


# --- the key that hides authors' names goes along ---

JANE = Author(handle="jane.example")


def of_key(client, table, name):
    """The table as functions read it that are given the secret ``name``."""
    secrets = boto3.client("secretsmanager")

    def key():
        return secrets.get_secret_value(SecretId=name)["SecretString"].encode()

    return Store(table, client, RETENTION_FOR, key, Clock(NOW))


@pytest.fixture
def secrets(tables):
    client = boto3.client("secretsmanager")
    for name in (OLD, NEW):
        client.create_secret(Name=name, SecretString=f"the key of {name}")
    return client


def erased_in_the_old(tables):
    """A person who was erased before the move, in a table that holds nothing else of theirs."""
    old = of_key(tables, OLD, OLD)
    old.log_erasure([old.author_erasure("feed", "", "jane.example")], "me", NOW)
    return a_mention(a_post(kind="feed", author=JANE))


def test_who_was_erased_stays_out_after_a_move_with_the_key(tables, secrets):
    mention = erased_in_the_old(tables)
    assert take_key_over(secrets, OLD, secrets, NEW)
    copied(tables)
    assert of_key(tables, NEW, NEW).keep([mention], NOW).redacted == (mention.mention_id,)


def test_without_its_key_the_log_of_erasures_keeps_nobody_out(tables, secrets):
    mention = erased_in_the_old(tables)
    copied(tables)
    assert of_key(tables, NEW, NEW).keep([mention], NOW).new == (mention.mention_id,)


def test_taking_the_key_over_twice_changes_nothing(tables, secrets):
    assert take_key_over(secrets, OLD, secrets, NEW)
    assert not take_key_over(secrets, OLD, secrets, NEW)


def test_a_table_of_another_region_is_not_copied_without_its_key():
    done = CliRunner().invoke(app, ["table", "copy", OLD, "--from-region", "eu-west-1"])
    assert done.exit_code == 2
    assert "--author-key" in done.stderr


def test_the_command_takes_the_key_along(monkeypatch):
    with installed() as site:
        site.client("dynamodb").create_table(TableName=OLD, **TABLE)
        site.client("secretsmanager").create_secret(Name=OLD, SecretString="theirs")

        @contextmanager
        def found(*_names):
            yield site

        monkeypatch.setattr(deployment, "installation", found)
        done = CliRunner().invoke(app, ["table", "copy", OLD, "--author-key", OLD])
        key = site.physical_id("AuthorKey")
        held = site.client("secretsmanager").get_secret_value(SecretId=key)["SecretString"]
    assert done.stdout.startswith("AuthorKey taken over\n")
    assert held == "theirs"
