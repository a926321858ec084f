"""Alarms that are on, and alarms that cannot tell anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from earwitness.operations.finding import Finding, note, ok, wrong
from earwitness.operations.installation import Installation
from earwitness.operations.runbook import what_to_do

AREA = "alarms"
_AT_ONCE = 100  # names of one DescribeAlarms


def check(site: Installation) -> Iterator[Finding]:
    """Each alarm that is not at rest; how many are, in one line."""
    names = {physical: name for name, physical in site.of_kind("AWS::CloudWatch::Alarm")}
    rest = 0
    for alarm in _alarms(site, list(names)):
        finding = _alarm(names[alarm["AlarmName"]], alarm)
        rest += finding is None
        if finding:
            yield finding
    if rest:
        yield ok(AREA, f"{rest} alarms", "at rest")


def _alarms(site: Installation, names: list[str]) -> Iterator[dict[str, Any]]:
    client = site.client("cloudwatch")
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        yield from client.describe_alarms(AlarmNames=some, MaxRecords=_AT_ONCE)["MetricAlarms"]


def _alarm(name: str, alarm: dict[str, Any]) -> Finding | None:
    state, since = alarm["StateValue"], alarm.get("StateUpdatedTimestamp")
    if state == "ALARM":
        return wrong(AREA, name, alarm.get("StateReason") or "on", since, do=what_to_do(name))
    if not alarm.get("ActionsEnabled", True):
        return wrong(
            AREA,
            name,
            "its actions are switched off: nobody would hear",
            do=f"`aws cloudwatch enable-alarm-actions --alarm-names {alarm['AlarmName']}`",
        )
    if state == "INSUFFICIENT_DATA":
        return note(AREA, name, "has measured nothing yet", since)
    return None
