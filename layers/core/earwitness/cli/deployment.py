"""The deployed stack as the command line finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from earwitness.model import Brand
from earwitness.offers import Offers
from earwitness.operations.installation import Installation, find
from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.subscriptions import Subscriptions
from earwitness.watchlist_bucket import WatchlistBucket

POSTS_OUTPUT = "IngestQueueUrl"
BUCKET_OUTPUT = "WatchlistBucketName"
TOPIC_OUTPUT = "AlertTopicArn"
TABLE_OUTPUT = "TableName"
KEY_OUTPUT = "AuthorKeyArn"
_NEEDED = (BUCKET_OUTPUT, TABLE_OUTPUT, KEY_OUTPUT)
_LONG = Config(connect_timeout=5, read_timeout=910, retries={"total_max_attempts": 1})
_SOON = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3})

_NOT_OURS = "still deploying, older than this command (deploy first), or not Earwitness"
_EXPIRED = "the AWS credentials have expired: sign in again, such as by `aws sso login`"
_DENIED = "not allowed to {operation} for stack {stack}: {message}"
_NO_KEY = (
    "stack {stack} does not give its AuthorKey, without which nobody's posts are found or erased "
    "by name: this needs secretsmanager:GetSecretValue on it ({message})"
)
_UNKNOWN = "AWS does not know these credentials ({code}): check AWS_PROFILE and the keys"
_OF_CODES = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "InvalidClientTokenId": _UNKNOWN,
    "InvalidAccessKeyId": _UNKNOWN,
    "SignatureDoesNotMatch": _UNKNOWN,
}
_SIGN_IN = "run `aws configure` or `aws sso login`, or set AWS_PROFILE"
_OF_ERRORS: dict[type[Exception], str] = {
    CredentialRetrievalError: f"the AWS credentials cannot be had: {_SIGN_IN} ({{error}})",
    NoCredentialsError: f"no AWS credentials: {_SIGN_IN}",
    NoRegionError: "no AWS region: give --region, or set AWS_REGION",
    PartialCredentialsError: f"the AWS credentials are not whole: {_SIGN_IN} ({{error}})",
    ProfileNotFound: "{error}: `aws configure list-profiles` names those there are",
    SSOError: "{error}: run `aws sso login`",
    TokenRetrievalError: "{error}: run `aws sso login`",
    EndpointConnectionError: "cannot connect to AWS: {error}",
    HTTPClientError: "cannot connect to AWS: {error}",
}


@dataclass(frozen=True)
class Deployed:
    """What commands work on: the table, and the bucket of the watchlist."""

    store: Store
    bucket: WatchlistBucket
    offers: Offers

    def brands(self) -> tuple[Brand, ...]:
        """The brands watched; none before the first watchlist."""
        watchlist = self.bucket.accepted()
        return watchlist.brands if watchlist else ()


class Unreachable(Exception):
    """The stack cannot be worked with; the message says why and what to do."""


@contextmanager
def watchlist_bucket(
    stack: str, region: str | None, profile: str | None
) -> Iterator[WatchlistBucket]:
    """The bucket of a stack's watchlist. AWS's errors inside the block become Unreachable."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        outputs = _outputs(session, stack)
        if BUCKET_OUTPUT not in outputs:
            raise Unreachable(f"stack {stack} has no output {BUCKET_OUTPUT}: {_NOT_OURS}")
        yield WatchlistBucket(outputs[BUCKET_OUTPUT], session.client("s3", config=_SOON))
    except (BotoCoreError, ClientError) as error:
        raise Unreachable(_explained(error, stack)) from error


@contextmanager
def deployed(stack: str, region: str | None, profile: str | None) -> Iterator[Deployed]:
    """A stack's table and bucket. AWS's errors inside the block become Unreachable."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        outputs = _outputs(session, stack)
        missing = [name for name in _NEEDED if name not in outputs]
        if missing:
            raise Unreachable(f"stack {stack} has no output {' and '.join(missing)}: {_NOT_OURS}")
        client = partial(session.client, config=_SOON)
        author_key = StackKey(outputs[KEY_OUTPUT], client)
        yield Deployed(
            Store(outputs[TABLE_OUTPUT], client("dynamodb"), author_key=author_key),
            WatchlistBucket(outputs[BUCKET_OUTPUT], session.client("s3", config=_SOON)),
            Offers(outputs.get(POSTS_OUTPUT, ""), session.client("sqs", config=_SOON)),
        )
    except (BotoCoreError, ClientError) as error:
        raise Unreachable(_explained(error, stack)) from error


@contextmanager
def topic(stack: str, region: str | None, profile: str | None) -> Iterator[Subscriptions]:
    """The topic of a stack's alerts. AWS's errors inside the block become Unreachable."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        outputs = _outputs(session, stack)
        if TOPIC_OUTPUT not in outputs:
            message = f"stack {stack} has no output {TOPIC_OUTPUT}: not Earwitness?"
            raise Unreachable(message)
        yield Subscriptions(outputs[TOPIC_OUTPUT], session.client("sns", config=_SOON))
    except (BotoCoreError, ClientError) as error:
        raise Unreachable(_explained(error, stack)) from error


@contextmanager
def installation(stack: str, region: str | None, profile: str | None) -> Iterator[Installation]:
    """Everything of a stack. AWS's errors inside the block become Unreachable."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        outputs = _outputs(session, stack)
        missing = [name for name in _NEEDED if name not in outputs]
        if missing:
            raise Unreachable(f"stack {stack} has no output {' and '.join(missing)}: {_NOT_OURS}")
        # An export that is asked for may take as long as its function may.
        configs = {"lambda": _LONG}
        client = cache(lambda service: session.client(service, config=configs.get(service, _SOON)))
        yield find(client, stack, datetime.now(UTC))
    except (BotoCoreError, ClientError) as error:
        raise Unreachable(_explained(error, stack)) from error


def _outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    client = session.client("cloudformation", config=_SOON)
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        where = client.meta.region_name
        message = (
            f"no stack {stack} in {where}: deploy it with `sam build && sam deploy --guided`, "
            "or name yours with --stack and --region"
        )
        raise Unreachable(message) from error
    return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", ())}


def _explained(error: BotoCoreError | ClientError, stack: str) -> str:
    if isinstance(error, ClientError):
        told = error.response["Error"]
        code = told.get("Code", "")
        if error.operation_name == "GetSecretValue":
            return _NO_KEY.format(stack=stack, message=told.get("Message", code))
        said = _OF_CODES.get(code, "AWS refused {operation} for stack {stack}: {message}")
        return said.format(
            operation=error.operation_name, stack=stack, message=told.get("Message", ""), code=code
        )
    kinds = (said for kind, said in _OF_ERRORS.items() if isinstance(error, kind))
    return next(kinds, "AWS cannot be used: {error}").format(error=error)
