"""Faults at the boundary of every AWS call, on top of moto.

An ``Injector`` is attached to each client of the code under test. It numbers calls as their
caller sees them: the sends that the SDK makes of one call share its number. At the numbers that
its plan names it lets a fault happen. What a call then did in AWS and what its caller came to
know are told apart: that difference is what crash safety is about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Literal

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber


class Killed(BaseException):
    """The process is gone: a time-out, a crash, a deployment. No ``except Exception`` helps."""


class Fault(StrEnum):
    """What happens at a call. Each says what took effect and what the caller learns."""

    KILLED_BEFORE = "killed before"  # no effect
    KILLED_AFTER = "killed after"  # the effect, and nobody to learn of it
    UNREACHABLE_ONCE = "unreachable once"  # no effect, then the SDK's next send succeeds
    UNREACHABLE = "unreachable"  # no effect, however often it is sent
    ANSWER_LOST_ONCE = "answer lost once"  # the effect twice: the SDK sends again
    ANSWERS_LOST = "answers lost"  # the effect at every send, then an error
    LAST_ANSWER_LOST = "last answer lost"  # the effect once, then an error
    THROTTLED_ONCE = "throttled once"  # no effect, then the SDK's next send succeeds
    THROTTLED = "throttled"  # no effect, and the service's error
    FAILED_AFTER = "failed after"  # the effect and a 500: the SDK sends again
    HALF_DONE = "half done"  # of a batch; any other call goes through


@dataclass(frozen=True)
class Call:
    """One call: ``dynamodb``, ``PutItem``."""

    service: str
    operation: str


@dataclass
class Injector:
    """Lets the faults of ``plan`` happen, by number of call, from 0.

    ``calls`` are those seen; ``unknown`` those that took effect without their caller learning
    of it; ``before_call`` runs before each call, in the caller's thread.
    """

    plan: Mapping[int, Fault] = field(default_factory=dict)
    before_call: Callable[[Call], None] = lambda _: None
    calls: list[Call] = field(default_factory=list)
    fired: list[tuple[Call, Fault]] = field(default_factory=list)
    unknown: list[Call] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def attach(self, client: Any) -> Any:
        """Stand between ``client`` and moto.

        botocore runs every handler and then takes the first answer, so moto's must go, or it
        would carry out the call behind an injected error.
        """
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send", self)
        return client

    def reset(self, plan: Mapping[int, Fault]) -> None:
        """Begin anew, with another plan."""
        self.plan = plan
        for seen in (self.calls, self.fired, self.unknown, self._numbers):
            seen.clear()

    def __call__(self, event_name: str, request: AWSRequest, **_: Any) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        call = Call(service, operation)
        attempt = str(request.headers["amz-sdk-invocation-id"])
        is_first = attempt not in self._numbers
        if is_first:
            self.before_call(call)
            self._numbers[attempt] = len(self.calls)
            self.calls.append(call)
        fault = self.plan.get(self._numbers[attempt])
        send = partial(botocore_stubber, event_name, request)
        if fault is None:
            return send()
        if is_first:
            self.fired.append((call, fault))
        if fault is Fault.HALF_DONE:
            return _halved(call, request, send)
        nature = _NATURES[fault]
        if not is_first and not nature.at_every_send:
            return send()
        if nature.effect == "every" or (nature.effect == "first" and is_first):
            self.unknown.append(call)
            send()
        return nature.end(call, request)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Between its sends the SDK sleeps; a simulation has no time for that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda _: None)
        yield


def _kill(call: Call, _: AWSRequest) -> AWSResponse:
    raise Killed(call)


def _not_reach(_: Call, request: AWSRequest) -> AWSResponse:
    raise ConnectTimeoutError(endpoint_url=request.url)


def _not_answer(_: Call, request: AWSRequest) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=request.url)


def _throttle(call: Call, request: AWSRequest) -> AWSResponse:
    code = {"dynamodb": "ThrottlingException", "sqs": "RequestThrottled", "sns": "Throttling"}
    return _error(call, request, code[call.service], 400)


def _fail(call: Call, request: AWSRequest) -> AWSResponse:
    return _error(call, request, "InternalServerError", 500)


@dataclass(frozen=True)
class _Nature:
    """At which sends of a call the effect takes place, and how a send ends."""

    effect: Literal["never", "first", "every"]
    end: Callable[[Call, AWSRequest], AWSResponse]
    at_every_send: bool


_NATURES = {
    Fault.KILLED_BEFORE: _Nature("never", _kill, at_every_send=True),
    Fault.KILLED_AFTER: _Nature("every", _kill, at_every_send=True),
    Fault.UNREACHABLE_ONCE: _Nature("never", _not_reach, at_every_send=False),
    Fault.UNREACHABLE: _Nature("never", _not_reach, at_every_send=True),
    Fault.ANSWER_LOST_ONCE: _Nature("every", _not_answer, at_every_send=False),
    Fault.ANSWERS_LOST: _Nature("every", _not_answer, at_every_send=True),
    Fault.LAST_ANSWER_LOST: _Nature("first", _not_answer, at_every_send=True),
    Fault.THROTTLED_ONCE: _Nature("never", _throttle, at_every_send=False),
    Fault.THROTTLED: _Nature("never", _throttle, at_every_send=True),
    Fault.FAILED_AFTER: _Nature("every", _fail, at_every_send=False),
}


def _halved(call: Call, request: AWSRequest, send: Callable[[], AWSResponse]) -> AWSResponse:
    """Do the first half of a batch and answer as AWS does that the rest is not done."""
    match call.operation:
        case "BatchGetItem":
            return _half_read(request, send)
        case "SendMessageBatch":
            return _half_sent(request, send)
        case _:
            return send()


def _half_read(request: AWSRequest, send: Callable[[], AWSResponse]) -> AWSResponse:
    asked = json.loads(request.body)["RequestItems"]
    done, left = {}, {}
    for table, wanted in asked.items():
        keys = wanted["Keys"]
        half = len(keys) // 2
        left[table] = {**wanted, "Keys": keys[half:]}
        if half:
            done[table] = {**wanted, "Keys": keys[:half]}
    answer = {"Responses": {}}
    if done:
        request.body = json.dumps({"RequestItems": done}).encode()
        answer = json.loads(send().content)
    return _response(request, 200, {**answer, "UnprocessedKeys": left})


def _half_sent(request: AWSRequest, send: Callable[[], AWSResponse]) -> AWSResponse:
    asked = json.loads(request.body)
    entries = asked["Entries"]
    half = len(entries) // 2
    answer: dict[str, list[dict[str, Any]]] = {"Successful": []}
    if half:
        request.body = json.dumps({**asked, "Entries": entries[:half]}).encode()
        answer = json.loads(send().content)
    failed = [
        {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError", "Message": "injected"}
        for entry in entries[half:]
    ]
    return _response(request, 200, {**answer, "Failed": failed})


def _error(call: Call, request: AWSRequest, code: str, status: int) -> AWSResponse:
    if call.service == "sns":
        told = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>injected</Message></Error>"
        body = f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode()
        return AWSResponse(request.url, status, {"content-type": "text/xml"}, MockRawResponse(body))
    return _response(request, status, {"__type": f"com.amazonaws#{code}", "message": "injected"})


def _response(request: AWSRequest, status: int, answer: Mapping[str, Any]) -> AWSResponse:
    headers = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, MockRawResponse(json.dumps(answer).encode()))
