"""Faults at the boundary of every AWS call, between the SDK and what answers in AWS's place.

An ``Injector`` is attached to each client of the code under test. It numbers calls as their
caller sees them: the sends that the SDK makes of one call share its number. At the numbers that
its plan names it lets a fault happen. What a call then did in AWS and what its caller came to
know are told apart: that difference is what crash safety is about.
"""

from __future__ import annotations

import json
import sys
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
    CONFLICT = "conflict"  # no effect: another's transaction holds the item
    HALF_DONE = "half done"  # of a batch; any other call goes through
    # These go through. What happens around them is for ``around`` to play.
    OVERTAKEN = "overtaken"  # another worker with the same work runs through first
    STALLED = "stalled"  # the world goes on for minutes, then the call is made
    OUT_OF_TIME = "out of time"  # from here on little time is left


_AROUND = (Fault.OVERTAKEN, Fault.STALLED, Fault.OUT_OF_TIME)
_WITHOUT_EFFECT = (
    Fault.KILLED_BEFORE,
    Fault.UNREACHABLE_ONCE,
    Fault.UNREACHABLE,
    Fault.THROTTLED_ONCE,
    Fault.THROTTLED,
    *_AROUND,
)
_BATCHES = ("BatchGetItem", "BatchWriteItem", "SendMessageBatch")


@dataclass(frozen=True)
class Call:
    """One call: ``dynamodb``, ``PutItem``. ``site`` is where our code made it.

    ``site`` names the functions on the stack with their lines, the outermost first.
    """

    service: str
    operation: str
    function: str = field(default="", compare=False)
    site: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.function}: {' > '.join(self.site)} > {self.operation}"

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that it makes no odds whether it took effect."""
        return self.operation.startswith(("Get", "BatchGet", "Query", "Scan", "Head", "List"))


def fitting(call: Call) -> list[Fault]:
    """The faults that can happen to a call."""
    faults = list(_WITHOUT_EFFECT) if call.reads else [f for f in Fault if f is not Fault.HALF_DONE]
    if call.service != "dynamodb" and Fault.CONFLICT in faults:
        faults.remove(Fault.CONFLICT)
    return [*faults, Fault.HALF_DONE] if call.operation in _BATCHES else faults


@dataclass
class Injector:
    """Lets the faults of ``plan`` happen, by number of call, from 0.

    ``calls`` are those seen; ``unknown`` those that took effect without their caller learning
    of it; ``before_call`` runs before each call, in the caller's thread, ``after_effect`` each
    time one took effect, and ``around`` plays the faults that are no answer. ``aws`` answers:
    moto, unless it is told otherwise. ``function`` names who runs.
    """

    plan: Mapping[int, Fault] = field(default_factory=dict)
    before_call: Callable[[Call], None] = lambda _: None
    after_effect: Callable[[Call, AWSRequest], None] = lambda _call, _request: None
    around: Callable[[Call, Fault], None] = lambda _call, _fault: None
    aws: Callable[[str, AWSRequest], AWSResponse] = botocore_stubber
    function: Callable[[], str] = str
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
        call = Call(service, operation, self.function(), _site())
        attempt = str(request.headers["amz-sdk-invocation-id"])
        is_first = attempt not in self._numbers
        if is_first:
            self.before_call(call)
            self._numbers[attempt] = len(self.calls)
            self.calls.append(call)
        fault = self.plan.get(self._numbers[attempt])
        send = partial(self._send, event_name, request, call)
        if fault is None:
            return send()
        if is_first:
            self.fired.append((call, fault))
        if fault in _AROUND:
            if is_first:
                self.around(call, fault)
            return send()
        if fault is Fault.HALF_DONE:
            return _halved(call, request, send)
        nature = _NATURES[fault]
        if not is_first and not nature.at_every_send:
            return send()
        if nature.effect == "every" or (nature.effect == "first" and is_first):
            self.unknown.append(call)
            send()
        return nature.end(call, request)

    def _send(self, event_name: str, request: AWSRequest, call: Call) -> AWSResponse:
        answer = self.aws(event_name, request)
        if answer.status_code < 300:
            self.after_effect(call, request)
        return answer


def _site() -> tuple[str, ...]:
    """Our own functions on the stack, from the handler or the store's verb down."""
    found: list[str] = []
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_name != "invoke":
        path = frame.f_code.co_filename
        if "earwitness/" in path or "functions/" in path:
            module = path.rpartition("/")[2].removesuffix(".py")
            found.append(f"{module}.{frame.f_code.co_name}:{frame.f_lineno}")
        frame = frame.f_back
    return tuple(reversed(found))


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


_THROTTLING = {"sqs": "RequestThrottled", "sns": "Throttling", "s3": "SlowDown"}


def _throttle(call: Call, request: AWSRequest) -> AWSResponse:
    code = _THROTTLING.get(call.service, "ThrottlingException")
    return _error(call, request, code, 503 if call.service == "s3" else 400)


def _fail(call: Call, request: AWSRequest) -> AWSResponse:
    return _error(call, request, "InternalServerError", 500)


def _conflict(call: Call, request: AWSRequest) -> AWSResponse:
    return _error(call, request, "TransactionConflictException", 400)


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
    Fault.CONFLICT: _Nature("never", _conflict, at_every_send=True),
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
    if call.service == "s3":
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
        return AWSResponse(request.url, status, {}, MockRawResponse(body))
    if call.service == "sns":
        told = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>injected</Message></Error>"
        body = f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode()
        return AWSResponse(request.url, status, {"content-type": "text/xml"}, MockRawResponse(body))
    return _response(request, status, {"__type": f"com.amazonaws#{code}", "message": "injected"})


def _response(request: AWSRequest, status: int, answer: Mapping[str, Any]) -> AWSResponse:
    headers = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, MockRawResponse(json.dumps(answer).encode()))
