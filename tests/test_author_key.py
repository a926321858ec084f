"""The key that hides authors' names: made by the stack, read late, by those who need it alone."""

import hashlib
import hmac
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from earwitness import stack_key
from earwitness.cli import deployment
from earwitness.model import Author
from earwitness.stack_key import StackKey
from earwitness.store import AuthorKeyMissing, Store
from tests.expansion import TEMPLATE, expand
from tests.posts import NOW, a_mention, a_post
from tests.stack import deployed
from tests.tables import NAME, a_client, a_store, a_table, items
from tests.template_rules import identity_statements, target

JANE = Author(handle="@Jane.Example")


def told_by(secret: bytes) -> str:
    """The name as a key shows it, to whoever knows the secret."""
    return hmac.new(secret, b"\x00@jane.example", hashlib.sha256).hexdigest()[:32]


def shown_in(stored: dict) -> str:
    (author,) = {item["g2pk"]["S"] for item in stored.values() if "g2pk" in item}
    return author.split("#")[2]


def test_a_deployed_function_hides_names_by_the_stacks_own_key():
    with deployed() as stack:
        now = datetime.now(UTC)
        post = a_post(author=JANE, published_at=now, fetched_at=now)
        stack.poll.store.keep([a_mention(post)], now)
        found = stack.dynamodb.scan(TableName="table")["Items"]
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=stack.author_key_arn)
    shown = shown_in({item["PK"]["S"]: item for item in found})
    assert shown == told_by(secret["SecretString"].encode())
    assert shown != told_by(b"")


def test_who_does_not_know_the_key_cannot_tell_a_name_by_guessing():
    with a_table():
        a_store().keep([a_mention(a_post(author=JANE))], NOW)
        assert shown_in(items()) == told_by(b"secret") != told_by(b"")


def test_a_store_without_the_key_says_so_instead_of_hiding_names_badly():
    with a_table():
        store = Store(NAME, a_client())
        with pytest.raises(AuthorKeyMissing, match="author_key"):
            store.author_history("feed", JANE, 5)
        with pytest.raises(AuthorKeyMissing):
            store.keep([a_mention(a_post(author=JANE))], NOW)
        assert items() == {}


class Counting:
    """Secrets Manager that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def get_secret_value(self, **_: str) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": f"value {self.asked}"}


def test_the_key_is_read_late_and_once_in_five_minutes(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(stack_key.time, "monotonic", lambda: clock[0])
    secrets = Counting()
    key = StackKey("arn", lambda _: secrets)
    assert secrets.asked == 0
    assert [key(), key()] == [b"value 1"] * 2
    clock[0] += 300
    assert key() == b"value 2"


def test_functions_read_the_key_only_where_they_deal_with_authors():
    statements = identity_statements(expand(TEMPLATE))
    readers = {name for name, one in statements if target(one["Resource"]) == "AuthorKey"}
    assert readers == {"PollPolicy", "RefreshPolicy", "NotifyPolicy", "DigestPolicy"}


def test_the_key_outlives_the_stack_since_the_log_of_erasures_does():
    key = expand(TEMPLATE)["Resources"]["AuthorKey"]
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert key["Properties"]["GenerateSecretString"]["PasswordLength"] >= 32


@contextmanager
def a_stack_that_keeps_its_key():
    """A stack whose key the person at the command line may not read."""
    template = """{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}, "Outputs": {
        "WatchlistBucketName": {"Value": {"Ref": "B"}}, "TableName": {"Value": "t"},
        "AuthorKeyArn": {"Value": "author-key"}}}"""

    def denied(client, **_):
        error = {"Code": "AccessDeniedException", "Message": "User me is not authorized"}
        raise ClientError({"Error": error}, "GetSecretValue")

    with mock_aws(), pytest.MonkeyPatch.context() as patched:
        boto3.client("cloudformation").create_stack(StackName="earwitness", TemplateBody=template)
        patched.setattr(StackKey, "__call__", denied)
        yield


def test_who_may_not_read_the_key_is_told_what_is_missing():
    with (
        a_stack_that_keeps_its_key(),
        pytest.raises(deployment.Unreachable) as told,
        deployment.deployed("earwitness", "eu-central-1", None) as found,
    ):
        found.store.author_history("feed", JANE, 5)
    assert "secretsmanager:GetSecretValue" in str(told.value)
    assert "AuthorKey" in str(told.value)
    assert "User me is not authorized" in str(told.value)
