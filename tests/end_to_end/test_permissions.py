"""Each function's calls work under its own role, and fail with any one statement removed (A14).

The calls are those that the functions were seen making, with names translated to the deployed
stack; what Lambda itself does for a function (taking work, logging) is added. Each is made by a
session of the function's role on an embedded AWS that enforces IAM: allowed as deployed, denied
while its statement is taken away by PutRolePolicy, allowed again once that is back.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.roles import as_role
from tests.expansion import TEMPLATE, expand
from tests.template_rules import as_list, of_type, target
from tests.test_template_permissions import EXAMPLES, QUEUES, seen, shown

pytestmark = pytest.mark.permissions
__all__ = ["seen"]  # a fixture

DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
)


# Here log-group:NAME is asked for, where AWS asks for log-group:NAME:log-stream:STREAM, which
# is what the policy's NAME:* allows: there nothing can be seen of it but its denial.
NOT_ALLOWED_HERE = "WriteLogs"

NOT_DEPLOYED = ("comprehend", "bedrock")  # policies: the stack judges by rules


class Call(NamedTuple):
    """One request of a function, as the embedded AWS takes it."""

    service: str
    operation: str
    parameters: dict[str, Any]


class Granted(NamedTuple):
    """A statement: whose role carries it, in which policy."""

    role: str
    policy: str
    sid: str
    statement: dict[str, Any]


def granted() -> list[Granted]:
    """Every statement of the template's roles."""
    template = expand(TEMPLATE)
    found = []
    for role, properties in of_type(template, "AWS::IAM::Role"):
        for policy in properties.get("Policies", []):
            found += [
                Granted(role, policy["PolicyName"], one["Sid"], one)
                for one in as_list(policy["PolicyDocument"]["Statement"])
            ]
    for _, properties in of_type(template, "AWS::IAM::Policy"):
        if properties["PolicyName"] in NOT_DEPLOYED:
            continue
        role = str(target(properties["Roles"][0]))
        found += [
            Granted(role, properties["PolicyName"], one["Sid"], one)
            for one in as_list(properties["PolicyDocument"]["Statement"])
        ]
    return found


GRANTED = granted()
IDS = [f"{one.role}-{one.sid}" for one in GRANTED]


def logical(function: str) -> str:
    return function.title()


def covers(one: Granted, action: str, resource: str) -> bool:
    """Whether a statement allows an action on a resource, in the template's words."""
    return action in as_list(one.statement["Action"]) and resource in [
        shown(where) for where in as_list(one.statement["Resource"])
    ]


def calls_of(one: Granted, stack: Any) -> list[Call]:
    """The calls that need a statement and are allowed by no other of its role."""
    others = [other for other in GRANTED if other.role == one.role and other.sid != one.sid]
    found = [
        _translated(stack, action, operation, parameters)
        for (function, action, resource), (operation, parameters) in EXAMPLES.items()
        if f"{logical(function)}Role" == one.role
        and covers(one, action, resource)
        and not any(covers(other, action, resource) for other in others)
    ]
    return found or list(_of_lambda(one, stack)) or list(_of_s3(one, stack))


def _of_lambda(one: Granted, stack: Any) -> Iterator[Call]:
    """What Lambda and Scheduler do in the name of a role."""
    actions = as_list(one.statement["Action"])
    queues = [stack.resources[name] for where in as_list(one.statement["Resource"])
              if (name := str(target(where))) in stack.resources]  # fmt: skip
    if "sqs:ReceiveMessage" in actions:
        yield Call("sqs", "receive_message", {"QueueUrl": queues[0]})
        yield Call("sqs", "get_queue_attributes", {"QueueUrl": queues[0]})
        yield Call("sqs", "delete_message", {"QueueUrl": queues[0], "ReceiptHandle": "none"})
    elif actions == ["sqs:SendMessage"]:
        for queue in queues:
            yield Call("sqs", "send_message", {"QueueUrl": queue, "MessageBody": "{}"})
    elif "logs:PutLogEvents" in actions:
        where = {"logGroupName": stack.resources["Logs"], "logStreamName": f"a/{time.time()}"}
        line = {"timestamp": round(time.time() * 1000), "message": "{}"}
        yield Call("logs", "create_log_stream", where)
        yield Call("logs", "put_log_events", {**where, "logEvents": [line]})


def _of_s3(one: Granted, stack: Any) -> Iterator[Call]:
    """Listing, which decides between "not there" and "not yours"; and what a browser is sent to."""
    actions = as_list(one.statement["Action"])
    if "s3:ListBucket" in actions:
        yield Call("s3", "list_objects_v2", {"Bucket": stack.watchlist_bucket})
    elif "s3:GetObject" in actions:
        bucket = stack.resources["ReportsBucket"]
        yield Call("s3", "get_object", {"Bucket": bucket, "Key": "digests/report"})


def _translated(stack: Any, action: str, operation: str, parameters: Any) -> Call:
    """A call that was made on moto, in the names of the deployed stack."""
    buckets = {f"{name}s": f"{name.title()}sBucket" for name in ("report", "export")}
    buckets["watchlist"] = "WatchlistBucket"
    given = dict(parameters)
    if given.get("TableName"):
        given["TableName"] = stack.table_name
    if "RequestItems" in given:
        given["RequestItems"] = {stack.table_name: given["RequestItems"]["table"]}
    if "Bucket" in given:
        given["Bucket"] = stack.resources[buckets[given["Bucket"]]]
        given.pop("IfNoneMatch", None)
    if "Body" in given:
        given["Body"] = b""  # the file that was sent is closed
    if "QueueUrl" in given:
        given["QueueUrl"] = stack.resources[QUEUES[given["QueueUrl"].rpartition("/")[2]]]
    if "TopicArn" in given:
        given["TopicArn"] = stack.topic_arn
    for key, name in (("signing-key", "SigningKey"), ("author-key", "AuthorKey")):
        if key in given.get("SecretId", ""):
            given["SecretId"] = stack.resources[name]
    service = action.partition(":")[0]
    return Call(service, _snake(operation), given)


def _snake(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")


@contextmanager
def removed(stack: Any, one: Granted) -> Iterator[None]:
    """The stack with one statement taken out of a role, for a while."""
    iam, role = stack.aws.client("iam"), stack.resources[one.role]
    (name,) = [
        name for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        if one.policy in name
    ]  # fmt: skip
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    document = json.loads(document) if isinstance(document, str) else document
    left = [held for held in document["Statement"] if held["Sid"] != one.sid]
    assert len(left) == len(document["Statement"]) - 1
    if left:
        iam.put_role_policy(RoleName=role, PolicyName=name,
                            PolicyDocument=json.dumps({**document, "Statement": left}))  # fmt: skip
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def trust_root(stack: Any, role: str) -> None:
    """Let the embedded AWS's root assume a role that trusts a service on a condition."""
    iam, name = stack.aws.client("iam"), stack.resources[role]
    document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    document = json.loads(document) if isinstance(document, str) else document
    root = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    told = {**document, "Statement": [*document["Statement"], root]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(told))


def is_denied(client: Any, call: Call) -> bool:
    """Whether IAM refuses a call. Any other answer, an error too, says that it was let through."""
    try:
        getattr(client, call.operation)(**call.parameters)
    except ClientError as error:
        return error.response["Error"]["Code"] in DENIED
    return False


@pytest.fixture(scope="module")
def outcomes(seen: Any, stack: Any) -> dict[str, list[tuple[Call, bool, bool, bool]]]:
    """Of each statement: its calls, and whether each was denied as deployed, without, and after."""
    trust_root(stack, "TicksRole")
    keys = {"Name": "earwitness/ingest", "SecretString": "{}"}  # AWS ends a secret's ARN in -XXXXXX
    stack.aws.client("secretsmanager").create_secret(**keys)
    found = defaultdict(list)
    clients: dict[tuple[str, str], Any] = {}
    for one, name in zip(GRANTED, IDS, strict=True):
        for call in calls_of(one, stack):
            key = (one.role, call.service)
            client = clients.get(key) or clients.setdefault(key, as_role(stack, *key))
            before = is_denied(client, call)
            with removed(stack, one):
                without = is_denied(client, call)
            found[name].append((call, before, without, is_denied(client, call)))
    for client in clients.values():
        client.close()
    _print(found)
    return found


def _print(found: dict[str, list[tuple[Call, bool, bool, bool]]]) -> None:
    """The table of results."""
    out = ["", f"{'role and statement':52} calls  allowed  denied without"]
    for name in IDS:
        held = found.get(name, [])
        allowed, denied = sum(not row[1] for row in held), sum(row[2] for row in held)
        out.append(f"{name:52} {len(held):5}  {allowed:7}  {denied:14}")
    print("\n".join(out))


@pytest.mark.parametrize("name", IDS)
def test_every_statement_was_tried(name: str, outcomes: Any) -> None:
    assert outcomes[name]


@pytest.mark.parametrize("name", [name for name in IDS if NOT_ALLOWED_HERE not in name])
def test_what_a_function_does_is_allowed_by_its_own_role(name: str, outcomes: Any) -> None:
    assert [call for call, before, _, after in outcomes[name] if before or after] == []


@pytest.mark.parametrize("name", IDS)
def test_without_its_statement_it_is_denied(name: str, outcomes: Any) -> None:
    assert [call for call, _, without, _ in outcomes[name] if not without] == []
