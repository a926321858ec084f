"""What CloudWatch has measured, as series of (time, value)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

_AT_ONCE = 500  # queries of one GetMetricData


class Measure(NamedTuple):
    """A metric of one thing, and how its values of a period are put together."""

    namespace: str
    metric: str
    dimension: tuple[str, str]
    statistic: str


class Point(NamedTuple):
    """A value, and when its period began."""

    at: datetime
    value: float


def series(
    client: Any, wanted: Sequence[Measure], now: datetime, back_for: timedelta, every_for: timedelta
) -> Mapping[Measure, list[Point]]:
    """The points of each measure in the last ``back_for``, the oldest first; no value, no point."""
    found: dict[Measure, list[Point]] = {measure: [] for measure in wanted}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[
                _query(f"q{number}", measure, every_for) for number, measure in enumerate(some)
            ],
            StartTime=now - back_for,
            EndTime=now,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                points = zip(result["Timestamps"], result["Values"], strict=True)
                found[some[int(result["Id"][1:])]] += [Point(at, value) for at, value in points]
    return {measure: sorted(points) for measure, points in found.items()}


def _query(name: str, measure: Measure, every_for: timedelta) -> dict[str, Any]:
    dimension, value = measure.dimension
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": measure.namespace,
                "MetricName": measure.metric,
                "Dimensions": [{"Name": dimension, "Value": value}],
            },
            "Period": round(every_for.total_seconds()),
            "Stat": measure.statistic,
        },
    }
