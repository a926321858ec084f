"""`make bench`: a million mentions to a file, in each format, beside pandas at the same job.

All take the same stream of rows, no two alike, and write the same columns to a file on disk;
pandas as people use it: the rows into a frame, the frame into a file. Each runs in a process of its
own, so that its peak memory is its own. Seconds are of processors, all threads together, since a
shared machine keeps processes waiting; what making the rows took is taken off. Rates and memory
are of this machine; only their ratios travel. A workbook is measured on a tenth, beside openpyxl
too: a million take pandas more memory than most machines have. (Ours goes on to a second sheet
after 1,048,575 mentions; pandas and openpyxl stop there.)

    python -m benchmarks.speed_exports [ROWS]
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from earwitness.exports.dictionary import Kind, dictionary
from earwitness.exports.formats import Format, write
from earwitness.exports.rows import Row, row_of
from earwitness.model import (
    Author,
    Engagement,
    Intent,
    Judgement,
    Match,
    Mention,
    Post,
    Priority,
    Reason,
    Role,
    Sentiment,
    Tier,
)
from earwitness.operations.costing import Charge, per_million_mentions, prices

ROWS = 1_000_000
WORKBOOK_SHARE = 10
TEXT = 270
LETTERS = "eeeeettttaaaooiinnsshhrrddlucmfwypvbgk"
AT_ONCE = 1_000
OURS, PEER, OTHER = "earwitness", "pandas", "openpyxl"
LEAST_SPEED, MOST_MEMORY = 1, 0.1  # of the peer's, for a million mentions
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
# Of a mention in the index that an export reads, projected attributes alone.
MENTION_IN_INDEX = 700
GB = 1.769  # of Lambda's memory: one processor
S3_MONTH, ATHENA = 0.023, 0.005  # dollars a GB


def main() -> None:
    """Print a line for each format and writer, what was aimed for, and what a million cost."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{'format':<9}{'writer':<12}{'rows':>10}{'rows/s':>10}{'peak MB':>9}{'file MB':>9}")
    found = {kind: compared(kind, count) for kind in Format}
    print(f"\n{'format':<9}{'beside':<10}{'speed':>8}{'aim':>7} {'met':<5}", end="")
    print(f"{'memory':>8}{'aim':>7} {'met':<4}")
    for kind, results in found.items():
        for peer in (one for one in results if one != OURS):
            print_aims(kind, peer, results[OURS], results[peer])
    if count < ROWS:
        print(f"(aims are for {ROWS:,} mentions: of fewer, libraries are most of the memory)")
    seconds, _, size = found[Format.PARQUET][OURS]
    print_cost(count, size, seconds)


def compared(kind: Format, count: int) -> dict[str, tuple[float, float, int]]:
    """Print and return what each writer of a format took: seconds, peak bytes, bytes of file."""
    told = count // WORKBOOK_SHARE if kind is Format.XLSX else count
    results = {}
    for who in (OURS, PEER, OTHER) if kind is Format.XLSX else (OURS, PEER):
        seconds, peak, size = results[who] = measured(who, kind, told)
        line = f"{kind:<9}{who:<12}{told:>10,}{told / seconds:>10,.0f}{peak / 1e6:>9,.0f}"
        print(f"{line}{size / 1e6:>9,.1f}", flush=True)
    return results


def print_aims(
    kind: Format, peer: str, ours: tuple[float, float, int], theirs: tuple[float, float, int]
) -> None:
    """One line: how fast beside the peer and with how much of its memory, and the aims."""
    speed, memory = theirs[0] / ours[0], ours[1] / theirs[1]
    line = f"{kind:<9}{peer:<10}{speed:>7.2f}x"
    if peer == OTHER:  # which streams, too: nothing was aimed for
        print(f"{line}{'':>13}{memory:>8.1%}")
        return
    met = ["yes" if one else "no" for one in (speed >= LEAST_SPEED, memory <= MOST_MEMORY)]
    print(f"{line}{LEAST_SPEED:>6}x {met[0]:<5}{memory:>8.1%}{MOST_MEMORY:>7.0%} {met[1]:<4}")


def measured(who: str, kind: Format, count: int) -> tuple[float, float, int]:
    """Seconds, peak bytes and bytes of the file, of one writer in a process of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"rows.{kind}")
        done = subprocess.run(  # noqa: S603 - our own interpreter on our own code
            [sys.executable, "-m", "benchmarks.speed_exports", "run", who, kind, str(count), path],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(done.stderr)
        seconds, peak = map(float, done.stdout.split())
        return seconds, peak, path.stat().st_size


def run(who: str, kind: Format, count: int, path: Path) -> None:
    """Write rows as one of the two does, and print seconds and the most memory ever held."""
    source = Source(count)
    started = time.process_time()
    with path.open("wb") as file:
        if who == OURS:
            write(source, Row, file, kind)
        elif who == PEER:
            write_by_pandas(source, kind, file)
        else:
            write_by_openpyxl(source, file)
    seconds = time.process_time() - started - source.seconds
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def write_by_pandas(source: Iterable[Row], kind: Format, file: IO[bytes]) -> None:
    """The same job in a few lines: nothing made harmless, no types, no dictionary."""
    import pandas as pd  # noqa: PLC0415 - its memory is its own

    columns = dictionary(Row)
    values = attrgetter(*(column.name for column in columns))
    frame = pd.DataFrame(map(values, source), columns=[column.name for column in columns])
    if kind is Format.PARQUET:
        frame.to_parquet(file, index=False, compression="zstd")
    elif kind is Format.CSV:
        frame.to_csv(file, index=False, lineterminator="\r\n")
    elif kind is Format.JSONL:
        frame.to_json(file, orient="records", lines=True, date_format="iso")
    else:
        for column in columns:
            if column.kind is Kind.TIME:  # Excel knows no zones, and pandas refuses them
                frame[column.name] = pd.to_datetime(frame[column.name]).dt.tz_localize(None)
        frame.to_excel(file, index=False, engine="xlsxwriter")


def write_by_openpyxl(source: Iterable[Row], file: IO[bytes]) -> None:
    """The same job in its write-only mode, which streams: nothing made harmless, no dictionary."""
    from openpyxl import Workbook  # noqa: PLC0415 - its memory is its own

    columns = dictionary(Row)
    values = attrgetter(*(column.name for column in columns))
    as_cell: dict[Kind, Callable[[Any], Any]] = {
        Kind.TEXT: str,
        Kind.TEXTS: "; ".join,
        Kind.TIME: lambda at: at.replace(tzinfo=None),
    }
    made = [as_cell.get(column.kind, lambda value: value) for column in columns]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("mentions")
    sheet.append([column.name for column in columns])
    for row in source:
        pairs = zip(made, values(row), strict=True)
        sheet.append([None if value is None else cell(value) for cell, value in pairs])
    book.save(file)


class Source:
    """Rows of some 280 letters as they come, and how many seconds it took to make them."""

    def __init__(self, count: int) -> None:
        self.seconds = 0.0
        self._count = count
        self._chance = random.Random(1)
        words = ["".join(self._chance.choices(LETTERS, k=1 + n % 8)) for n in range(20_000)]
        self._words = " ".join(self._chance.choices(words, k=1_500_000))
        self._row = row_of(mention())

    def __iter__(self) -> Iterator[Row]:
        like = {field.name: getattr(self._row, field.name) for field in fields(Row)}
        for first in range(0, self._count, AT_ONCE):
            started = time.process_time()
            numbers = range(first, min(first + AT_ONCE, self._count))
            some = [Row(**(like | self._own(number))) for number in numbers]
            self.seconds += time.process_time() - started
            yield from some

    def _own(self, number: int) -> dict[str, Any]:
        """What a row has of its own. Ids are hashes, which nothing makes smaller."""
        ids = f"{self._chance.getrandbits(384):096x}"
        author = f"someone{number}.example"
        start = int(self._chance.random() * (len(self._words) - TEXT))
        at = SINCE + timedelta(seconds=0.08 * number)
        return {
            "mention_id": ids[:32],
            "post_id": ids[32:64],
            "story_id": ids[64:],
            "native_id": str(number),
            "url": f"https://bsky.example/profile/{author}/post/{number}",
            "place": author,
            "author": author,
            "author_name": f"Some One {number}",
            "followers": number,
            "audience": number,
            "text": f"Nortwind Air {self._words[start : start + TEXT]}",
            "posted_at": at,
            "found_at": at + timedelta(minutes=5),
            "likes": number % 90,
        }


def mention() -> Mention:
    """What all rows have in common."""
    post = Post(
        kind="bluesky",
        source_id="0",
        text="",
        channel="Bluesky",
        url="https://bsky.example/profile/someone/post/0",
        author=Author("Some One", "someone.example", 0),
        published_at=SINCE,
        fetched_at=SINCE + timedelta(minutes=5),
        engagement=Engagement(0, 7, 11),
    )
    match = Match(
        "Northwind Air", "Northwind Air", "Nortwind Air", 0, 12, 1, "dropped", 0.97, Tier.SURE
    )
    judgement = Judgement(
        "en", Sentiment.NEGATIVE, Intent.COMPLAINT, Priority.HIGH,
        (Reason("complaint", ("lost", "nobody answers")),),
    )  # fmt: skip
    return Mention("Northwind Air", Role.OWN, post, (match,), judgement)


def print_cost(count: int, size: float, seconds: float) -> None:
    """Dollars for a million mentions, with the arithmetic; on Lambda as long as here."""
    per_million = 1e6 / count
    size_gb, seconds = size * per_million / 1e9, seconds * per_million
    reads = 1e6 * MENTION_IN_INDEX / 4096 / 2
    gb_second = prices()["prices"]["lambda_gb_second"]["price"]
    print(f"\nA million mentions at list prices of {prices()['as_of']}, {prices()['region']}:")
    sums = [(one.arithmetic, one.dollars) for one in per_million_mentions()]
    read = Charge(
        "export", "dynamodb_read", reads, f"1,000,000 x {MENTION_IN_INDEX} bytes / 4 KB / 2"
    )
    sums += [
        (read.arithmetic, read.dollars),
        (f"written: {seconds:,.0f} s x {GB} GB x ${gb_second}", seconds * GB * gb_second),
        (f"in S3: {size_gb:.3f} GB x ${S3_MONTH}, each month kept", size_gb * S3_MONTH),
        (f"all of it read by Athena: {size_gb:.3f} GB x ${ATHENA}", size_gb * ATHENA),
    ]
    for arithmetic, dollars in sums:
        print(f"  {dollars:8.4f}  {arithmetic}")
    print(f"  {sum(dollars for _, dollars in sums):8.4f}  together, kept for a month")


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        _, _, who, kind, count, path = sys.argv
        run(who, Format(kind), int(count), Path(path))
    else:
        main()
