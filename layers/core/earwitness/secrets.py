"""Credentials by the name of their secret: in Secrets Manager or, where it begins with /, in SSM.

What is read is never written down: not in a log, not in an error, not in a repr.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from earwitness.model import Channel

KEPT_FOR = timedelta(minutes=5)  # a poll a minute must not pay for a read a minute
_SOON = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
_GONE = ("ResourceNotFoundException", "ParameterNotFound", "InvalidRequestException")
_DENIED = ("AccessDeniedException", "AccessDenied", "DecryptionFailure", "KMSAccessDeniedException")


class SecretMissing(Exception):
    """There are no credentials to be had under a name; the message says why and what to do."""


class SecretsUnavailable(Exception):
    """AWS did not answer. Try later."""


class Secrets:
    """Reads secrets, each a JSON object of texts. Keep one for the life of a function.

    ``client`` makes the client of a service by its name. It is asked for at the first read, since
    a client costs a tenth of a second that a stack without credentials need not pay.
    """

    def __init__(self, client: Callable[..., Any] = boto3.client) -> None:
        self._client = client
        self._clients: dict[str, Any] = {}
        self._held: dict[str, tuple[datetime, Mapping[str, str]]] = {}

    def lend(self, channel: Channel, now: datetime) -> Iterator[Channel]:
        """The channel with its credentials, then with newer ones if there are: ask until it works.

        So a secret that was rotated costs one failed request. A channel that names none comes as
        it is. Raises as ``read_anew``.
        """
        name = channel.options.get("credentials")
        if not isinstance(name, str):
            yield channel
            return
        held = self.read(name, now)
        yield replace(channel, credentials=held)
        renewed = self.read_anew(name, now)
        if renewed != held:
            yield replace(channel, credentials=renewed)

    def read(self, name: str, now: datetime) -> Mapping[str, str]:
        """What the secret ``name`` holds, at most five minutes old. Raises as ``read_anew``."""
        held = self._held.get(name)
        if held is None or now - held[0] >= KEPT_FOR:
            return self.read_anew(name, now)
        return held[1]

    def read_anew(self, name: str, now: datetime) -> Mapping[str, str]:
        """What the secret ``name`` holds at this moment.

        Raises:
            SecretMissing: no such secret, not ours to read, or no JSON object of texts.
            SecretsUnavailable: AWS cannot be reached or is too busy.
        """
        self._held.pop(name, None)
        values = _values(name, self._fetched(name))
        self._held[name] = (now, values)
        return values

    def _fetched(self, name: str) -> str:
        try:
            if name.startswith("/"):
                ssm = self._of("ssm")
                answer = ssm.get_parameter(Name=name, WithDecryption=True)
                return str(answer["Parameter"]["Value"])
            answer = self._of("secretsmanager").get_secret_value(SecretId=name)
        except ClientError as error:
            raise _explained(name, str(error.response["Error"].get("Code"))) from None
        except BotoCoreError as error:
            raise SecretsUnavailable(
                f"{_place(name)} did not answer: {type(error).__name__}"
            ) from None
        return str(answer.get("SecretString", ""))

    def _of(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._client(service, config=_SOON)
        return self._clients[service]


def _explained(name: str, code: str) -> Exception:
    if code in _GONE:
        return SecretMissing(f"there is no secret {name!r} in {_place(name)}: create it")
    if code in _DENIED:
        return SecretMissing(
            f"not allowed to read the secret {name!r}: its name must begin with the stack's "
            "parameter CredentialsPrefix, and a key of your own must let the function decrypt"
        )
    return SecretsUnavailable(f"{_place(name)} answered {code}")


def _values(name: str, text: str) -> Mapping[str, str]:
    """The texts of a JSON object. An error must not repeat what it could not read."""
    try:
        raw = json.loads(text)
    except ValueError:
        raw = None
    if not isinstance(raw, dict) or not all(isinstance(v, str | int) for v in raw.values()):
        wanted = 'a JSON object of texts such as {"token": "..."}'
        raise SecretMissing(f"the secret {name!r} is not {wanted}")
    # Whoever pastes a token takes a line's end along, which no header can hold.
    return {key: str(value).strip() for key, value in raw.items()}


def _place(name: str) -> str:
    return "SSM Parameter Store" if name.startswith("/") else "Secrets Manager"
