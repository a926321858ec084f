"""``earwitness spikes``: a stream of counts judged row by row, by the past only."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Annotated

import typer

from earwitness.cli import exits, files
from earwitness.signals import BadLine, Sensitivity, as_json
from earwitness.signals import spikes as judged

EXAMPLES = f"""\b
In, a row at a fixed step from a minute to a day; a first line of names is passed over:
  timestamp,count
  2026-03-01 12:00:00,17
  2026-03-01T12:05:00Z,21

\b
Out, a line of JSON for each row:
  {{"at": "2026-03-01T12:05:00+00:00", "count": 21, "expected": 18.2, "score": 0.11,
   "fired": false}}
A score of 0.5 is the line at which a row fires.

\b
Examples:
  earwitness spikes < counts.csv
  earwitness spikes --sensitivity fewer counts.csv | jq -c 'select(.fired)'

{exits.EXPLAINED}"""


def spikes(
    counts: Annotated[
        Path,
        typer.Argument(
            metavar="[FILE]", callback=files.readable,
            help="Rows of timestamp,count. Default -, standard input.",
        ),
    ] = Path("-"),
    sensitivity: Annotated[
        Sensitivity, typer.Option(help="How readily a row fires.")
    ] = Sensitivity.BALANCED,
) -> None:  # fmt: skip
    """Judge counts over time: which rows stand out from all that came before them.

    A line that is no row is reported on standard error with its number; the rest goes on, and
    the exit status is 1.
    """
    with files.opened(counts) as stream:
        lines = (line.decode("utf-8", "replace") for line in stream)
        bad = run(lines, files.name(counts), sensitivity, sys.stdout)
    raise typer.Exit(exits.PROBLEMS if bad else exits.OK)


def run(lines: Iterable[str], source: str, sensitivity: Sensitivity, out: IO[str]) -> int:
    """Write a verdict for each row as it comes; return how many lines were no row."""
    bad = 0
    for verdict in judged(lines, sensitivity):
        if isinstance(verdict, BadLine):
            bad += 1
            typer.echo(f"{source}:{verdict.number}: {verdict.problem}: {verdict.text!r}", err=True)
        else:
            out.write(as_json(verdict) + "\n")
            out.flush()  # whoever feeds rows as they happen wants each answer at once
    return bad
