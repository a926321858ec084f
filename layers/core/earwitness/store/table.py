"""The calls to DynamoDB. Items are plain here and typed on the wire; nothing is decided."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Value = str | int | bytes
Item = Mapping[str, Value]

FETCH_AT_ONCE = 100  # BatchGetItem's limit
_GET_ATTEMPTS = 5
# Four sends of at most three seconds each: a stuck call ends well inside a 30-second function.
_CONFIG = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 4}
)


class Key(NamedTuple):
    """The primary key of an item."""

    PK: str
    SK: str


class Refused(Exception):
    """The condition of a write did not hold. ``item`` is what stands there, None: nothing."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the write did not hold")
        self.item = item


class Throttled(Exception):
    """DynamoDB left keys of a batch unread, attempt after attempt. Try the whole call later."""


class Table:
    """One table. Throttling and other failures reach the caller as botocore's ClientError."""

    def __init__(self, name: str, client: DynamoDBClient | None = None) -> None:
        self._name = name
        self._client = client or boto3.client("dynamodb", config=_CONFIG)

    def get(self, key: Key) -> Item | None:
        """Read one item as it is now."""
        answer = self._client.get_item(
            TableName=self._name, Key=_typed(key._asdict()), ConsistentRead=True
        )
        return _plain(answer["Item"]) if "Item" in answer else None

    def fetch(self, keys: Collection[Key], *, consistent: bool = True) -> dict[Key, Item]:
        """Read items by their keys; those that do not exist are absent from the answer.

        Raises:
            Throttled: some keys stayed unread.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), FETCH_AT_ONCE):
            found |= self._fetch_batch(wanted[start : start + FETCH_AT_ONCE], consistent=consistent)
        return found

    def _fetch_batch(self, keys: list[Key], *, consistent: bool) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        unread: Any = [_typed(key._asdict()) for key in keys]
        for attempt in range(_GET_ATTEMPTS):
            if attempt:
                time.sleep(0.05 * 2**attempt)
            answer = self._client.batch_get_item(
                RequestItems={self._name: {"Keys": unread, "ConsistentRead": consistent}}
            )
            for item in map(_plain, answer["Responses"].get(self._name, [])):
                found[key_of(item)] = item
            if self._name not in answer["UnprocessedKeys"]:
                return found
            unread = answer["UnprocessedKeys"][self._name]["Keys"]
        raise Throttled(f"{len(unread)} of {len(keys)} items stayed unread")

    def create(self, item: Item) -> None:
        """Put an item where none is.

        Raises:
            Refused: one is there.
        """
        self._conditional(
            self._client.put_item, Item=_typed(item), ConditionExpression="attribute_not_exists(PK)"
        )

    def put(self, item: Item) -> None:
        """Put an item in the place of whatever is there."""
        self._client.put_item(TableName=self._name, Item=_typed(item))

    def update(self, key: Key, change: str, given: Item, *, when: str) -> Item:
        """Change an item and return it as it is then.

        ``change`` and ``when`` are DynamoDB's expressions in which every attribute is written
        ``#name`` and every value ``:name``, with the values under their names in ``given``.

        Raises:
            Refused: ``when`` did not hold.
        """
        names = sorted(set(re.findall(r"#(\w+)", f"{change} {when}")))
        values = {f":{name}": _one(value) for name, value in given.items()}
        answer = self._conditional(
            self._client.update_item,
            Key=_typed(key._asdict()),
            UpdateExpression=change,
            ConditionExpression=when,
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ReturnValues="ALL_NEW",
            **({"ExpressionAttributeValues": values} if values else {}),  # none may not be empty
        )
        return _plain(answer["Attributes"])

    def query(  # noqa: PLR0913 - the shape of a range query
        self,
        index: str | None,
        partition: str,
        *,
        since: str = " ",
        until: str = "~",
        backward: bool = False,
        page: int = 1000,
    ) -> Iterator[Item]:
        """Read an index's partition in the order of its sort key, from ``since`` to ``until``.

        Both ends are included. ``page`` items are read at a time, as they are asked for. Without
        an index it is the table's own partition, as it is now.
        """
        pk, sk = (f"{index}pk", f"{index}sk") if index else ("PK", "SK")
        where = {"IndexName": f"{index}-index"} if index else {"ConsistentRead": True}
        request: dict[str, Any] = {
            "TableName": self._name,
            **where,
            "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :since AND :until",
            "ExpressionAttributeNames": {"#pk": pk, "#sk": sk},
            "ExpressionAttributeValues": _typed(
                {":pk": partition, ":since": since, ":until": until}
            ),
            "ScanIndexForward": not backward,
            "Limit": page,
        }
        while True:
            answer = self._client.query(**request)
            yield from map(_plain, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def delete(self, key: Key) -> None:
        """Delete an item. Harmless when it is not there."""
        self._client.delete_item(TableName=self._name, Key=_typed(key._asdict()))

    def scan(self) -> Iterator[Item]:
        """Every item, as it is now: the whole table is read."""
        request: dict[str, Any] = {"TableName": self._name, "ConsistentRead": True}
        while True:
            answer = self._client.scan(**request)
            yield from map(_plain, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _conditional(self, write: Any, **request: Any) -> Any:
        """Write; only a failed condition on this very key is an answer, all else an error."""
        try:
            return write(
                TableName=self._name, ReturnValuesOnConditionCheckFailure="ALL_OLD", **request
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            standing: Any = error.response.get("Item")
            raise Refused(_plain(standing) if standing else None) from error


def key_of(item: Item) -> Key:
    """The primary key of an item read."""
    return Key(str(item["PK"]), str(item["SK"]))


def whole(table: Table, found: Iterator[Item]) -> Iterator[Item]:
    """The items that entries of an index stand for, as they are now, in the same order."""
    while some := [key_of(entry) for entry in islice(found, FETCH_AT_ONCE)]:
        items = table.fetch(some)
        yield from (items[key] for key in some if key in items)


def _one(value: Value) -> Any:
    if isinstance(value, int):
        return {"N": str(value)}
    return {"B": value} if isinstance(value, bytes) else {"S": str(value)}


def _typed(item: Item) -> dict[str, Any]:
    return {name: _one(value) for name, value in item.items()}


def _plain(item: Mapping[str, Any]) -> Item:
    return {name: _untyped(*typed.items()) for name, typed in item.items()}


def _untyped(typed: tuple[str, Any]) -> Value:
    kind, value = typed
    return int(value) if kind == "N" else value
