"""Whether functions run: when each succeeded last, what switches one off, what ticks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from earwitness.operations.finding import Finding, note, ok, wrong
from earwitness.operations.installation import Installation
from earwitness.operations.measures import Measure, Point, series
from earwitness.operations.runbook import what_to_do

AREA = "functions"
_LOOKS_BACK_FOR = timedelta(hours=24)
_PERIOD_FOR = timedelta(minutes=5)
_MISSED_TICKS = 3
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_QUARTERS = re.compile(r"cron\(\S+/(\d+) ")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def check(site: Installation) -> Iterator[Finding]:
    """Each function, what hands it work, and what ticks it."""
    ticks = dict(_schedules(site))
    yield from (finding for finding, _ in ticks.values())
    functions = dict(site.of_kind("AWS::Lambda::Function"))
    runs = {name: _measure(physical, "Invocations") for name, physical in functions.items()}
    errors = {name: _measure(physical, "Errors") for name, physical in functions.items()}
    points = series(
        site.client("cloudwatch"),
        [*runs.values(), *errors.values()],
        site.now,
        _LOOKS_BACK_FOR,
        _PERIOD_FOR,
    )
    for name, physical in functions.items():
        every_for = ticks[f"{name}Ticks"][1] if f"{name}Ticks" in ticks else None
        yield (
            _switched_off(site, name, physical)
            or _ran(site.now, name, points[runs[name]], points[errors[name]], every_for)
        )
    yield from _mappings(site)


def _measure(function: str, metric: str) -> Measure:
    return Measure("AWS/Lambda", metric, ("FunctionName", function), "Sum")


def _ran(
    now: datetime,
    name: str,
    runs: list[Point],
    errors: list[Point],
    every_for: timedelta | None,
) -> Finding:
    """How a function fared in the last day; one that ticks must have succeeded lately."""
    failed: Mapping[datetime, float] = dict(errors)
    good = [at for at, count in runs if count > failed.get(at, 0)]
    total, bad = round(sum(p.value for p in runs)), round(sum(p.value for p in errors))
    last_ok = max(good) if good else None
    told = f"{total} runs, {bad} failed in 24 h"
    late_after = _MISSED_TICKS * every_for + 2 * _PERIOD_FOR if every_for else None
    seen_lately = late_after is not None and late_after < _LOOKS_BACK_FOR  # else: too rare to tell
    if late_after and seen_lately and (last_ok is None or now - last_ok > late_after):
        return wrong(
            AREA,
            name,
            f"no good run lately: {told}",
            last_ok,
            do="look at its ERROR lines in the log group; is its schedule on, has its queue "
            "work, has the account executions left?",
        )
    if bad and (last_ok is None or max(at for at, count in errors if count) >= last_ok):
        return wrong(AREA, name, f"fails: {told}", last_ok, do=what_to_do(f"{name}Errors"))
    if not total:
        return note(AREA, name, "had nothing to do in 24 h")
    return ok(AREA, name, told)


def _switched_off(site: Installation, name: str, physical: str) -> Finding | None:
    client = site.client("lambda")
    held = client.get_function_concurrency(FunctionName=physical)
    if held.get("ReservedConcurrentExecutions") == 0:
        return wrong(
            AREA,
            name,
            "is switched off: its reserved concurrency is 0",
            do=f"`aws lambda delete-function-concurrency --function-name {physical}`",
        )
    state = client.get_function_configuration(FunctionName=physical)
    if state.get("State", "Active") not in ("Active", "Inactive"):
        reason = state.get("StateReason", "")
        return wrong(AREA, name, f"is {state['State']}: {reason}", do="`sam deploy` again")
    return None


def _mappings(site: Installation) -> Iterator[Finding]:
    client = site.client("lambda")
    for name, uuid in site.of_kind("AWS::Lambda::EventSourceMapping"):
        held = client.get_event_source_mapping(UUID=uuid)
        if held["State"] in ("Enabled", "Enabling", "Updating", "Creating"):
            yield ok(AREA, name, "hands work over")
        else:
            yield wrong(
                AREA,
                name,
                f"hands no work over: {held['State']}",
                held.get("LastModified"),
                do=f"`aws lambda update-event-source-mapping --uuid {uuid} --enabled`",
            )


def _schedules(site: Installation) -> Iterator[tuple[str, tuple[Finding, timedelta]]]:
    """Each schedule by name: what is to be said of it, and its period."""
    client = site.client("scheduler")
    for name, physical in site.of_kind("AWS::Scheduler::Schedule"):
        try:
            held: dict[str, Any] = client.get_schedule(Name=physical)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            gone = wrong(AREA, name, "was deleted: nothing ticks", do="`sam deploy` again")
            yield name, (gone, timedelta())
            continue
        if held["State"] == "ENABLED":
            yield name, (ok(AREA, name, held["ScheduleExpression"]), _period(held))
        else:
            off = wrong(
                AREA,
                name,
                "is switched off: nothing ticks",
                held.get("LastModificationDate"),
                do="`sam deploy` again, or enable it in the console",
            )
            yield name, (off, _period(held))


def _period(schedule: dict[str, Any]) -> timedelta:
    """How often a schedule ticks; a day where its expression does not say it simply."""
    expression = schedule["ScheduleExpression"]
    if rate := _RATE.fullmatch(expression):
        return int(rate[1]) * _UNITS[rate[2]]
    if part := _QUARTERS.match(expression):
        return timedelta(minutes=int(part[1]))
    return timedelta(days=1)
