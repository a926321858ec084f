"""The resources of a deployed stack, by their names in the template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.subscriptions import Subscriptions
from earwitness.watchlist_bucket import WatchlistBucket


class Resource(NamedTuple):
    """A resource as CloudFormation lists it."""

    kind: str  # AWS::SQS::Queue, ...
    physical_id: str


@dataclass(frozen=True)
class Installation:
    """A stack: its resources by their logical ids, its parameters and outputs.

    ``client`` gives a boto3 client by the name of its service. ``now`` is when it is looked at.
    """

    stack: str
    resources: Mapping[str, Resource]
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    client: Callable[[str], Any]
    now: datetime

    def of_kind(self, kind: str) -> Iterator[tuple[str, str]]:
        """Logical and physical ids of the resources of a kind, in the order of their names."""
        for name, resource in sorted(self.resources.items()):
            if resource.kind == kind:
                yield name, resource.physical_id

    def physical_id(self, name: str) -> str:
        """What AWS calls the resource ``name`` of the template. KeyError: there is none."""
        return self.resources[name].physical_id

    @property
    def store(self) -> Store:
        """The table."""
        days = int(self.parameters.get("DataRetention", "90"))
        return Store(
            self.physical_id("Table"),
            self.client("dynamodb"),
            timedelta(days=days),
            StackKey(self.physical_id("AuthorKey"), self.client),
        )

    @property
    def bucket(self) -> WatchlistBucket:
        """The bucket of the watchlist."""
        return WatchlistBucket(self.physical_id("WatchlistBucket"), self.client("s3"))

    def topic(self, name: str) -> Subscriptions:
        """The subscriptions of a topic, by its name in the template."""
        return Subscriptions(self.physical_id(name), self.client("sns"))


def find(client: Callable[[str], Any], stack: str, now: datetime) -> Installation:
    """The stack of that name. ClientError: there is none, or it is not ours to look at."""
    formation = client("cloudformation")
    (told,) = formation.describe_stacks(StackName=stack)["Stacks"]
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    listed = [one for page in pages for one in page["StackResourceSummaries"]]
    return Installation(
        stack=stack,
        resources={
            one["LogicalResourceId"]: Resource(one["ResourceType"], one["PhysicalResourceId"])
            for one in listed
            if one.get("PhysicalResourceId")
        },
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in told.get("Parameters", ())},
        outputs={o["OutputKey"]: o["OutputValue"] for o in told.get("Outputs", ())},
        client=client,
        now=now,
    )
