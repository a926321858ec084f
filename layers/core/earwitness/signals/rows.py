"""Rows of counts as text: ``timestamp,count`` in, one verdict a row out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from earwitness.model import Sensitivity
from earwitness.signals.streaming import Detector, Verdict

EXPECTED = "expected 'timestamp,count', such as 2026-03-01 12:05:00,17"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be read. It is left out; the stream goes on."""

    number: int  # from 1
    text: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.problem}: {self.text!r}"


def spikes(
    lines: Iterable[str], sensitivity: Sensitivity = Sensitivity.BALANCED
) -> Iterator[Verdict | BadLine]:
    """Judge lines of ``timestamp,count`` as they come, one result a line, none looked ahead at.

    A timestamp is ISO 8601 or ``YYYY-MM-DD HH:MM:SS``; without an offset it is read as UTC. The
    first line may be a header. Blank lines are skipped; a bad line gives a BadLine.
    """
    detector = Detector(sensitivity)
    for number, line in enumerate(lines, start=1):
        text = line.strip().lstrip("\ufeff")
        if not text or (number == 1 and _is_header(text)):
            continue
        try:
            yield detector.step(*_row(text))
        except ValueError as problem:
            yield BadLine(number, text[:80], str(problem))


def as_json(verdict: Verdict) -> str:
    """One line of JSON: at, count, expected, score, fired."""
    count = int(verdict.count) if verdict.count.is_integer() else verdict.count
    return json.dumps(
        {
            "at": verdict.at.isoformat(),
            "count": count,
            "expected": round(verdict.expected, 3),
            "score": round(verdict.score, 6),
            "fired": verdict.fired,
        }
    )


def _is_header(text: str) -> bool:
    """A first line without a digit holds names, not a row."""
    return not any(character.isdigit() for character in text)


def _row(text: str) -> tuple[datetime, float]:
    fields = [field.strip().strip('"') for field in text.split(",")]
    if len(fields) != 2:
        raise ValueError(f"{len(fields)} fields, {EXPECTED}")
    try:
        at = datetime.fromisoformat(fields[0])
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC it may lie before the year 1, or behind 9999
        raise ValueError(f"unreadable timestamp, {EXPECTED}") from None
    try:
        count = float(fields[1])
    except ValueError:
        raise ValueError(f"the count is no number, {EXPECTED}") from None
    if not math.isfinite(count):
        raise ValueError(f"the count is not finite, {EXPECTED}")
    return at, count
