"""How well spikes and stories are told: ``python -m benchmarks.quality_signals``."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks import clumped, nab
from benchmarks.story_pairs import Pair, decide, load
from earwitness.model import Signal
from earwitness.signals import Detector, History, Sensitivity, volume
from earwitness.signals.streaming import LINE
from earwitness.stories import Relation
from earwitness.text import words

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "series" / "nab"
LINES = tuple(round(0.8 + 0.05 * n, 2) for n in range(17))
HOUR = timedelta(hours=1)
Z_DAYS = 7
SHAPES = tuple(
    clumped.Shape(step, per_hour, clump, days)
    for step, days in ((1, 21), (5, 35), (60, 63), (1440, 301))
    for per_hour in (1.0, 20.0)
    for clump in (3.0, 1.0)
)
STREAMS = {1: 3, 5: 6, 60: 20, 1440: 20}  # per shape: rows cost time


@dataclass(frozen=True, slots=True)
class Series:
    """One brand's labelled counts."""

    rows: list[tuple[datetime, int]]
    windows: list[nab.Window]


def load_series() -> dict[str, Series]:
    """The five series by name, with their windows as row numbers."""
    windows = json.loads((DATA / "windows.json").read_text("utf-8"))
    loaded = {}
    for path in sorted(DATA.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [
                (datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC), int(row["value"]))
                for row in csv.DictReader(lines)
            ]
        place = {at: n for n, (at, _) in enumerate(rows)}
        labelled = windows[f"realTweets/{path.name}"]
        edges = [[datetime.fromisoformat(t).replace(tzinfo=UTC) for t in w] for w in labelled]
        name = path.stem.rpartition("_")[2]
        loaded[name] = Series(rows, [(place[first], place[last]) for first, last in edges])
    return loaded


def detected(rows: Sequence[tuple[datetime, int]], line: float | None = None) -> list[int]:
    """The rows that the detector fires at, by the balanced line or another."""
    detector = Detector()
    detector.line = line or LINE[Sensitivity.BALANCED]
    return [n for n, (at, count) in enumerate(rows) if detector.step(at, count).fired]


def by_the_hour(rows: Sequence[tuple[datetime, int]], sensitivity: Sensitivity) -> list[int]:
    """The rows that end an hour in which the volume rule fires."""
    totals: dict[datetime, int] = {}
    last_row: dict[datetime, int] = {}
    for n, (at, count) in enumerate(rows):
        hour = at.replace(minute=0, second=0, microsecond=0)
        totals[hour] = totals.get(hour, 0) + count
        last_row[hour] = n
    fired: list[int] = []
    earlier: list[Signal] = []
    for hour in totals:
        signal = volume("", hour, History(totals), sensitivity=sensitivity, earlier=earlier[-50:])
        if signal.fired or signal.reason.name == "settled":
            earlier.append(signal)
        if signal.fired:
            fired.append(last_row[hour])
    return fired


def z_scores(counts: Sequence[int], window: int) -> NDArray[np.float64]:
    """How many standard deviations each count lies above the mean of ``window`` rows before it."""
    values = np.asarray(counts, float)
    sums, squares = (np.concatenate([[0.0], np.cumsum(v)]) for v in (values, values**2))
    end = np.arange(len(values))
    start = np.maximum(0, end - window)
    rows = np.maximum(1, end - start)
    mean = (sums[end] - sums[start]) / rows
    spread = np.sqrt(np.maximum((squares[end] - squares[start]) / rows - mean**2, 0))
    return np.where(rows < 12, 0.0, (values - mean) / np.maximum(spread, 1.0))


def coarser(series: Series, rows: int) -> Series:
    """The same series with so many rows summed into one."""
    starts = range(0, len(series.rows), rows)
    summed = [(series.rows[n][0], sum(c for _, c in series.rows[n : n + rows])) for n in starts]
    return Series(summed, [(first // rows, last // rows) for first, last in series.windows])


def thinner(series: Series, share: float) -> Series:
    """The same series when only this share of the mentions is found."""
    dice = np.random.default_rng(1)
    counts = dice.binomial([count for _, count in series.rows], share)
    thinned = [(at, int(n)) for (at, _), n in zip(series.rows, counts, strict=True)]
    return Series(thinned, series.windows)


def score(series: dict[str, Series], fired: dict[str, list[int]]) -> list[nab.SeriesScore]:
    """Every series scored by the standard profile."""
    return [nab.score_series(fired[n], len(s.rows), s.windows) for n, s in series.items()]


def line_of(name: str, scores: Sequence[nab.SeriesScore]) -> str:
    """One row of the table."""
    found = sum(hit is not None for one in scores for hit in one.hits)
    windows = sum(one.windows for one in scores)
    alarms = " ".join(f"{one.false_alarms:3d}" for one in scores)
    return f"{name:44} {nab.normalised(scores):6.1f}  {found:2d}/{windows}   {alarms}"


def leave_one_out(series: dict[str, Series]) -> tuple[list[nab.SeriesScore], list[float]]:
    """Each series at the line that scores best on the other four, of ``LINES``; and the lines."""
    table = {
        line: dict(
            zip(series, score(series, {n: detected(s.rows, line) for n, s in series.items()}),
                strict=True)
        )
        for line in LINES
    }  # fmt: skip
    left_out, lines = [], []
    for name in series:
        best = max(
            LINES,
            key=lambda line: nab.normalised([s for n, s in table[line].items() if n != name]),
        )
        lines.append(best)
        left_out.append(table[best][name])
    return left_out, lines


def report_series() -> None:
    """The five labelled series: our detector, the hourly rule and a rolling z-score."""
    print("## Volume spikes on five brands' mentions per 5 minutes, labelled windows")
    if not DATA.is_dir():
        print(f"skipped: {DATA} is absent\n")
        return
    series = load_series()
    print("score: NAB standard profile, 0 = silent, 100 = perfect; found: windows; then false")
    print("alarms of each series in about 55 days, the first 750 rows unscored.")
    print(f"{'':44} {'score':>6}  {'found':5}   {' '.join(f'{n:>3.3}' for n in series)}")
    rows = {name: s.rows for name, s in series.items()}
    ours = {name: detected(r) for name, r in rows.items()}
    print(line_of("detector, balanced (line tuned on these)", score(series, ours)))
    left_out, lines = leave_one_out(series)
    print(line_of("detector, each series by the others' line", left_out), f"  lines {lines}")
    changed = {"summed to 15 minutes": (3, 1.0), "summed to hours": (12, 1.0)}
    changed |= {"half of the mentions": (1, 0.5), "a tenth of the mentions": (1, 0.1)}
    for label, (summed, share) in changed.items():
        other = {n: coarser(thinner(s, share), summed) for n, s in series.items()}
        fired = {name: detected(s.rows) for name, s in other.items()}
        print(line_of(f"detector, {label}", score(other, fired)))
    for line in (LINE[Sensitivity.MORE], 1.1, 1.2, 1.3, LINE[Sensitivity.FEWER]):
        fired = {name: detected(r, line) for name, r in rows.items()}
        print(line_of(f"detector, line {line}", score(series, fired)))
    for sensitivity in Sensitivity:
        hourly = {name: by_the_hour(r, sensitivity) for name, r in rows.items()}
        print(line_of(f"hourly volume rule, {sensitivity}", score(series, hourly)))
    zs = {n: list(z_scores([c for _, c in r], Z_DAYS * 288)) for n, r in rows.items()}
    windows = {name: s.windows for name, s in series.items()}
    best = nab.best_threshold(zs, windows)
    scores = list(nab.at_threshold(zs, windows, best).values())
    print(line_of(f"rolling z-score over {Z_DAYS} days, tuned to {best:.1f}", scores), "\n")


def report_synthetic() -> None:
    """Clumped counts at four steps: false alarms, planted bursts found, and how soon."""
    print("## Volume spikes on synthetic clumped counts, day, night and weekend")
    print(
        "false: alarms per 30 quiet days after two weeks (60 days for daily rows); found: planted"
    )
    print("bursts of 6 times the usual for 3 h (one row where longer); delay: median, minutes.")
    print("z: a rolling z-score at 6, one alarm a day, in the same run.")
    print("step   per h  clump   false  found    delay |  z: false  found    delay")
    for shape in SHAPES:
        ours, peer = _Tally(), _Tally()
        for seed in range(STREAMS[shape.step]):
            rows = clumped.quiet(shape, seed)
            burst, where = clumped.with_burst(rows, shape, 6.0, seed + 1000)
            ours.add(shape, rows, detected(rows), detected(burst), where)
            peer.add(shape, rows, _z_alarms(rows, shape), _z_alarms(burst, shape), where)
        print(f"{shape.step:4d} {shape.per_hour:7g} {shape.clump:6g}   {ours} |     {peer}")
    print()


def _z_alarms(rows: Sequence[tuple[datetime, int]], shape: clumped.Shape) -> list[int]:
    window = max(28, Z_DAYS * 1440 // shape.step)
    alarms: list[int] = []
    for place in np.flatnonzero(z_scores([count for _, count in rows], window) >= 6):
        n = int(place)
        if not alarms or rows[n][0] - rows[alarms[-1]][0] >= timedelta(days=1):
            alarms.append(n)
    return alarms


class _Tally:
    """False alarms, bursts found and delays of one detector over streams of one shape."""

    def __init__(self) -> None:
        self.false = self.days = self.found = self.streams = 0
        self.delays: list[int] = []

    def add(
        self,
        shape: clumped.Shape,
        rows: Sequence[tuple[datetime, int]],
        quiet: list[int],
        burst: list[int],
        where: range,
    ) -> None:
        warm = 60 if shape.step >= 1440 else 14
        self.false += sum(rows[n][0] - clumped.START >= timedelta(days=warm) for n in quiet)
        self.days += shape.days - warm
        hit = next((n for n in burst if n in where), None)
        self.streams += 1
        if hit is not None:
            self.found += 1
            self.delays.append((hit - where.start + 1) * shape.step)

    def __str__(self) -> str:
        delay = f"{median(self.delays):7.0f}" if self.delays else "      -"
        found = f"{self.found}/{self.streams}"
        return f"{self.false / self.days * 30:5.2f}  {found:>5}  {delay}"


def report_stories() -> None:
    """Pairs of posts labelled by us: copy or not, ours against equal text and against likeness."""
    print("## Stories: whether the second of two posts is a copy of the first (labelled by us)")
    print("precision, recall; a pair whose keys do not meet counts as no copy. Baselines: the same")
    print("folded words; a Jaccard index of words >= 0.5 without any other rule.")
    for name, label in (("pairs.jsonl", "tuned on"), ("pairs_held_out.jsonl", "held out")):
        pairs = load(name)
        copies = sum(pair.copy for pair in pairs)
        print(f"{label}: {len(pairs)} pairs, {copies} copies")
        verdicts = {
            "stories": [decide(pair).relation is Relation.COPY for pair in pairs],
            "same words": [_jaccard(pair) == 1.0 for pair in pairs],
            "Jaccard >= 0.5": [_jaccard(pair) >= 0.5 for pair in pairs],
        }
        for method, said in verdicts.items():
            right = sum(pair.copy and yes for pair, yes in zip(pairs, said, strict=True))
            print(f"  {method:16} {right / max(1, sum(said)):.3f}  {right / copies:.3f}")
        for pair, yes in _wrong(pairs, verdicts["stories"]):
            print(f"    {'false copy' if yes else 'missed'}: {pair.case}: {pair.second.text[:60]}")
    print()


def _wrong(pairs: list[Pair], said: list[bool]) -> Iterator[tuple[Pair, bool]]:
    return ((pair, yes) for pair, yes in zip(pairs, said, strict=True) if yes != pair.copy)


def _jaccard(pair: Pair) -> float:
    one, other = (
        {word for word, _, _ in words(f"{post.title or ''} {post.text}")}
        for post in (pair.first, pair.second)
    )
    return len(one & other) / len(one | other) if one | other else 0.0


def main() -> None:
    """Print every figure with its data, definition and baseline."""
    report_series()
    report_synthetic()
    report_stories()


if __name__ == "__main__":
    main()
