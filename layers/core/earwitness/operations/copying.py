"""Items of one table into another: after a restore, or a move to another region.

Only what is missing is written, each item under the condition that nothing stands in its place. So
it may be repeated and interrupted, a newer item is never overwritten by an older one, and neither
is the tombstone of a mention that was erased since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from earwitness.store import TTL_ATTRIBUTE

_STANDS = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of the items of the source."""

    written: int = 0
    stood: int = 0  # there already, newer or the same
    expired: int = 0


def copy(source: Any, source_table: str, target: Any, target_table: str, now: float) -> Copied:
    """Write every item of ``source_table`` that ``target_table`` lacks.

    ``source`` and ``target`` are clients of DynamoDB, maybe of two regions; ``now`` in epoch
    seconds: what has expired stays behind.

    Raises:
        ClientError: AWS refuses, or a table is not there. What was written until then stays.
    """
    written = stood = expired = 0
    for item in _items(source, source_table):
        if TTL_ATTRIBUTE in item and float(item[TTL_ATTRIBUTE]["N"]) <= now:
            expired += 1
        elif _write(target, target_table, item):
            written += 1
        else:
            stood += 1
    return Copied(written, stood, expired)


def take_key_over(source: Any, source_key: str, target: Any, target_key: str) -> bool:
    """Put the key that hid authors' names in the other table in the place of the stack's own.

    Both clients are of Secrets Manager. Without it nobody's history is found in what is copied,
    and nobody who was erased there is kept out here. False: it was the same key already.

    Raises:
        ClientError: AWS does not give it, or does not take it.
    """
    theirs = source.get_secret_value(SecretId=source_key)["SecretString"]
    if target.get_secret_value(SecretId=target_key)["SecretString"] == theirs:
        return False
    target.put_secret_value(SecretId=target_key, SecretString=theirs)
    return True


def _items(client: Any, table: str) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _write(client: Any, table: str, item: Mapping[str, Any]) -> bool:
    try:
        client.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(PK)")
    except ClientError as error:
        if error.response["Error"]["Code"] == _STANDS:
            return False
        raise
    return True
