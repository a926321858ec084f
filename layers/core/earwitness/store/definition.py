"""What the table is: the one definition that tests create and that template.yaml is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        CreateTableInputTypeDef,
        GlobalSecondaryIndexTypeDef,
        ProjectionTypeDef,
    )

TTL_ATTRIBUTE = "expires_at"  # epoch seconds; all other times are ISO 8601

# What a mention is read from without touching the table. Flags stay out: moving one would
# write this index too.
_MENTION_ATTRIBUTES = ["d", "v", "version", TTL_ATTRIBUTE]


def _index(name: str, projection: ProjectionTypeDef) -> GlobalSecondaryIndexTypeDef:
    return {
        "IndexName": f"{name}-index",  # a name of two letters is refused
        "KeySchema": [
            {"AttributeName": f"{name}pk", "KeyType": "HASH"},
            {"AttributeName": f"{name}sk", "KeyType": "RANGE"},
        ],
        "Projection": projection,
    }


# The parameters of CreateTable, without the table's name.
TABLE: CreateTableInputTypeDef = {  # type: ignore[typeddict-item]
    "KeySchema": [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("PK", "SK", "g1pk", "g1sk", "g2pk", "g2sk", "g3pk", "g3sk")
    ],
    "GlobalSecondaryIndexes": [
        _index("g1", {"ProjectionType": "INCLUDE", "NonKeyAttributes": _MENTION_ATTRIBUTES}),
        _index("g2", {"ProjectionType": "KEYS_ONLY"}),
        _index("g3", {"ProjectionType": "KEYS_ONLY"}),
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
