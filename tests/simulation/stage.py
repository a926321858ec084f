"""Where worlds are played: clients of a stand-in for AWS, and what a simulation needs patched."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import IO, Any
from unittest.mock import patch

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from moto import mock_aws
from moto.core.models import botocore_stubber

from earwitness import matching
from earwitness.channels import hackernews
from earwitness.exports import days
from earwitness.exports_bucket import ExportsBucket
from earwitness.fetching import Fetcher
from earwitness.secrets import Secrets
from earwitness.store import Store, index_keys
from earwitness.watchlist_bucket import PUSHED_KEY
from tests import pushes
from tests.simulation import oracle
from tests.simulation.faults import Injector, no_waiting
from tests.simulation.plain_aws import PlainAws
from tests.simulation.press import WATCHLIST
from tests.simulation.schedules import Aim, Schedule
from tests.simulation.world import World
from tests.stack import Stack

Mistakes = Mapping[str, Callable[[str], str]]
Aws = Callable[[str, AWSRequest], AWSResponse]

KEYS = {"earwitness/ingest": json.dumps(pushes.KEYS)}
PAGE = 3  # posts, so that a small world has pages; and nothing in it is spread over shards


@dataclass
class Stage:
    """Plays worlds, one after the other, each on an AWS of its own."""

    over_moto: bool = False
    injector: Injector = field(default_factory=Injector)
    runs: int = 0
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _indexes: dict[str, Any] = field(default_factory=dict)
    _aws: Aws = botocore_stubber

    def play(
        self, schedule: Schedule, mistakes: Mistakes | None = None, aim: Aim | None = None
    ) -> World:
        """A world that has lived through a schedule, and what is wrong with it."""
        self.runs += 1
        with ExitStack() as stack:
            environment = stack.enter_context(_moto()) if self.over_moto else self._plain()
            self.injector.aws = self._aws
            stack.enter_context(patch.dict("os.environ", environment))
            store = Store("table", self._clean_client("dynamodb"))
            exports = ExportsBucket("exports", self._clean_client("s3"))
            world = World(self.injector, store, exports, schedule, mistakes or {}, aim)
            store._clock = lambda: world.now
            stack.enter_context(
                patch.object(Fetcher, "__call__", lambda _, request: world.sources(request))
            )
            clock = SimpleNamespace(monotonic=world.seconds)
            stack.enter_context(patch("earwitness.stack_key.time", clock))
            world.live()
            world.wrongs = oracle.wrongs(world)
            return world

    def _plain(self) -> Mapping[str, str]:
        aws = PlainAws(KEYS)
        aws.objects["watchlist", PUSHED_KEY] = WATCHLIST
        self._aws = aws
        return {**_NAMES, **aws.environment}

    def client(self, service: str, config: Any = None, **_: Any) -> Any:
        """What ``boto3.client`` gives a function: made once, since that takes long."""
        key = (service, repr(config and config._user_provided_options))
        if key not in self._clients:
            self._clients[key] = self.injector.attach(self._made(service, config))
        return self._clients[key]

    def _clean_client(self, service: str) -> Any:
        if ("clean", service) not in self._clients:
            client = self._made(service)
            client.meta.events.unregister("before-send", botocore_stubber)
            client.meta.events.register("before-send", self._answer)
            self._clients["clean", service] = client
        return self._clients["clean", service]

    def _made(self, service: str, config: Config | None = None) -> Any:
        """A client as boto3 makes it. Over moto it looks at its parameters: a tenth of all time."""
        valid = Config(parameter_validation=self.over_moto)
        client = _make(service, config=config.merge(valid) if config else valid)
        if service == "s3":
            client.upload_fileobj = partial(_upload, client)
        return client

    def _answer(self, event_name: str, request: AWSRequest, **_: Any) -> AWSResponse:
        return self._aws(event_name, request)

    def index(self, build: Callable[[Any], Any], watchlist: Any) -> Any:
        """The index of a watchlist, built once for all workers."""
        if watchlist.version not in self._indexes:
            self._indexes[watchlist.version] = build(watchlist)
        return self._indexes[watchlist.version]


def _upload(s3: Any, file: IO[bytes], bucket: str, key: str, **more: Any) -> None:
    """What boto3 does with a small file, without its threads: those outlive who is killed."""
    s3.put_object(Bucket=bucket, Key=key, Body=file.read(), **more["ExtraArgs"])


_make = boto3.client
_sign = RequestSigner.sign
_NAMES = {
    "WATCHLIST_BUCKET": "watchlist",
    "REPORTS_BUCKET": "reports",
    "EXPORTS_BUCKET": "exports",
    "INGEST_KEYS": "earwitness/ingest",
    "ACKNOWLEDGE_URL": "https://page.example/",
    "SMS_PER_MONTH": "100",
    "ALLOW_LOOPBACK": "true",
}
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "POWERTOOLS_SERVICE_NAME": "earwitness",
    "POWERTOOLS_METRICS_NAMESPACE": "Earwitness",
    "POWERTOOLS_METRICS_DISABLED": "true",
}


@contextmanager
def a_stage(*, over_moto: bool = False) -> Iterator[Stage]:
    """Everything patched that a simulation needs patched, and put back."""
    stage = Stage(over_moto)
    logging.disable(logging.CRITICAL)
    try:
        with no_waiting(), pytest.MonkeyPatch.context() as patched:
            for name, value in _ENVIRONMENT.items():
                patched.setenv(name, value)
            patched.setattr(boto3, "client", stage.client)
            # A third of all time, and only moto reads it.
            patched.setattr(UserAgentString, "to_string", lambda _: "earwitness")
            patched.setattr(RequestSigner, "sign", _sign if over_moto else lambda *_, **__: None)
            patched.setattr(hackernews, "PAGE", PAGE)
            patched.setattr(hackernews, "MOST_REQUESTS", 1)
            patched.setattr(days, "MISSED_FOR", timedelta(days=1))
            patched.setattr(Secrets.__init__, "__defaults__", (stage.client,))
            patched.setattr(index_keys, "_BRAND_SHARDS", (("0000-00-00T00", 1),))
            patched.setattr(index_keys, "_WORK_SHARDS", 1)
            patched.setattr(matching, "build", partial(stage.index, matching.build))
            yield stage
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _moto() -> Iterator[Mapping[str, str]]:
    """The resources of the template on moto, and the variables that name them."""
    with mock_aws():
        with patch.object(boto3, "client", _make):  # what sets it up is no call of ours
            stack = Stack()
            pushes.put_keys()
            stack.push(WATCHLIST.decode())
        yield {**_NAMES, **stack.environment}
