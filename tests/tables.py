"""The store's table on moto, as the template defines it, with a clock that stands still."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from earwitness.store import TABLE, Store
from tests.posts import NOW

NAME = "earwitness"
RETENTION_FOR = timedelta(days=90)


@dataclass
class Clock:
    """Tells the time it is set to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def a_client(config=None):
    return boto3.client("dynamodb", region_name="eu-central-1", config=config)


@contextmanager
def a_table() -> Iterator[None]:
    """An empty table on moto, gone at the end."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        a_client().create_table(TableName=NAME, **TABLE)
        yield


def empty_table() -> None:
    """Make the table of ``a_table`` empty again, in a tenth of the time of a new one."""
    client = a_client()
    client.delete_table(TableName=NAME)
    client.create_table(TableName=NAME, **TABLE)


def a_store(client=None, clock=None, **changes):
    settings = {"retention_for": RETENTION_FOR, "author_key": lambda: b"secret", **changes}
    return Store(NAME, client or a_client(), clock=clock or Clock(), **settings)


def items(client=None):
    """Every item of the table, by its primary key."""
    found = (client or a_client()).scan(TableName=NAME, ConsistentRead=True)["Items"]
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in found}
