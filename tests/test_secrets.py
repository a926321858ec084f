"""Credentials are read by the name of their secret, and a secret that cannot be read says why."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from earwitness.model import Channel
from earwitness.secrets import KEPT_FOR, SecretMissing, Secrets, SecretsUnavailable

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
CANARY = "canary-5cb1f0"


@pytest.fixture
def secrets():
    with mock_aws():
        yield Secrets()


def put(name, value):
    text = value if isinstance(value, str) else json.dumps(value)
    if name.startswith("/"):
        ssm = boto3.client("ssm")
        ssm.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
        return
    manager = boto3.client("secretsmanager")
    try:
        manager.create_secret(Name=name, SecretString=text)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=name, SecretString=text)


NAMES = pytest.mark.parametrize("name", ["earwitness/x", "/earwitness/x"])


@NAMES
def test_a_secret_is_read_as_an_object_of_texts(secrets, name):
    put(name, {"bearer_token": CANARY, "port": 8080})
    assert secrets.read(name, NOW) == {"bearer_token": CANARY, "port": "8080"}


@NAMES
def test_a_secret_is_kept_for_minutes(secrets, name):
    put(name, {"token": "old"})
    secrets.read(name, NOW)
    put(name, {"token": "new"})
    assert secrets.read(name, NOW + KEPT_FOR - timedelta(seconds=1)) == {"token": "old"}
    assert secrets.read(name, NOW + KEPT_FOR) == {"token": "new"}


@NAMES
def test_f39_a_rotated_secret_can_be_read_anew_at_once(secrets, name):
    put(name, {"token": "old"})
    secrets.read(name, NOW)
    put(name, {"token": "new"})
    assert secrets.read_anew(name, NOW) == {"token": "new"}
    assert secrets.read(name, NOW) == {"token": "new"}


@NAMES
def test_a_missing_secret_says_which_and_where(secrets, name):
    with pytest.raises(SecretMissing, match=f"no secret '{name}' in (Secrets|SSM)"):
        secrets.read(name, NOW)


@NAMES
@pytest.mark.parametrize("text", [CANARY, f'["{CANARY}"]', f'{{"a": {{"b": "{CANARY}"}}}}', "{"])
def test_a13_a_secret_of_another_form_is_refused_without_repeating_it(secrets, name, text):
    put(name, text)
    with pytest.raises(SecretMissing, match="not a JSON object") as raised:
        secrets.read(name, NOW)
    assert CANARY not in str(raised.value)


class Refusing:
    """A client of either service whose every call fails."""

    def __init__(self, error):
        self.error = error

    def get_secret_value(self, **_):
        raise self.error

    get_parameter = get_secret_value


def failing(error):
    return Secrets(lambda _service, **_options: Refusing(error))


def coded(code):
    return ClientError({"Error": {"Code": code, "Message": "..."}}, "GetSecretValue")


@NAMES
def test_a_secret_that_is_not_ours_says_how_it_must_be_named(name):
    with pytest.raises(SecretMissing, match="must begin with the stack's parameter Credentials"):
        failing(coded("AccessDeniedException")).read(name, NOW)


@NAMES
@pytest.mark.parametrize(
    "error", [coded("ThrottlingException"), EndpointConnectionError(endpoint_url="https://aws")]
)
def test_aws_being_busy_is_no_missing_secret(name, error):
    with pytest.raises(SecretsUnavailable):
        failing(error).read(name, NOW)


def test_no_client_is_made_before_the_first_read():
    made = []
    Secrets(lambda service, **_: made.append(service))
    assert made == []


def channel(**options):
    return Channel("x", "x", timedelta(minutes=5), options=options)


@NAMES
def test_a_channel_is_lent_what_its_secret_holds_and_then_what_it_holds_by_now(secrets, name):
    put(name, {"token": "old"})
    lent = secrets.lend(channel(credentials=name), NOW)
    assert next(lent).credentials == {"token": "old"}
    put(name, {"token": "new"})
    assert [one.credentials for one in lent] == [{"token": "new"}]


def test_a_channel_is_lent_the_same_credentials_only_once(secrets):
    put("earwitness/x", {"token": "old"})
    assert len(list(secrets.lend(channel(credentials="earwitness/x"), NOW))) == 1


def test_a_channel_that_names_no_secret_is_lent_as_it_is(secrets):
    assert list(secrets.lend(channel(), NOW)) == [channel()]
