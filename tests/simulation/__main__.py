"""``make simulate``: every fault at every call of every function, and every mistake caught."""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from tests.simulation import sweeping
from tests.simulation.faults import Call
from tests.simulation.mutants import MUTANTS, Mutant, MutantStale
from tests.simulation.schedules import Schedule
from tests.simulation.stage import Stage, a_stage
from tests.simulation.sweeping import Violation

SEEDS = 100
MOTO_SEEDS = 6
PARTS = ("one-fault", "seeds", "moto", "mutants")
_stage: list[Stage] = []


@dataclass(frozen=True)
class Tried:
    """What a schedule came to, and the calls that it made if it failed."""

    violation: Violation | None = None
    calls: tuple[Call, ...] = ()


Part = tuple[str, list[Schedule], Callable[[Schedule], Tried]]


def main(arguments: list[str] | None = None) -> int:
    """Simulate; how many things are wrong."""
    asked = _asked(arguments)
    began = time.monotonic()
    calls = _clean_calls()
    sites = _tell_sites(calls)
    runs = wrong = missed = 0
    with ProcessPoolExecutor(asked.workers, initializer=_set_up) as pool:
        for name, schedules, play in _parts(asked, calls):
            wrong += _report(name, schedules, pool.map(play, schedules, chunksize=4))
            runs += len(schedules)
        tried = range(len(MUTANTS) if "mutants" in asked.parts else 0)
        missed = _tell_mutants(pool.map(_caught, tried))
    print(
        f"in all: {sites} call sites, {runs:,} runs, {wrong} violations, "
        f"{len(tried) - missed} of {len(tried)} mutants caught, "
        f"{(time.monotonic() - began) / 60:.1f} minutes on {asked.workers} cores"
    )
    return wrong + missed


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="all by default")
    parser.add_argument("--only", nargs="*", default=[], help="one fault, in these functions alone")
    parser.add_argument("--all-calls", action="store_true", help="not only the first of a site")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="random schedules (%(default)s)")
    parser.add_argument("--from-seed", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    return parser.parse_args(arguments)


def _parts(asked: argparse.Namespace, calls: list[Call]) -> Iterator[Part]:
    """What is tried: a name, the schedules, and how each is played."""
    if "one-fault" in asked.parts:
        every = sweeping.singles(calls, every=asked.all_calls)
        some = [one for one in every if not asked.only or _where(one, calls) in asked.only]
        yield "one fault", some, _try
    if "seeds" in asked.parts:
        seeds = range(asked.from_seed, asked.from_seed + asked.seeds)
        yield "seeds", [*sweeping.weathers(range(3)), *sweeping.seeded(calls, seeds)], _try
    if "moto" in asked.parts:
        yield "over moto", list(sweeping.sample(calls, MOTO_SEEDS)), _try_over_moto


def _where(schedule: Schedule, calls: list[Call]) -> str:
    return calls[schedule.faults[0][0]].function


def _clean_calls() -> list[Call]:
    with a_stage() as stage, redirect_stdout(StringIO()):
        world = stage.play(Schedule())
    if world.wrongs:
        raise SystemExit("wrong without any fault:\n" + "\n".join(world.wrongs))
    return list(stage.injector.calls)


def _tell_sites(calls: list[Call]) -> int:
    found = Counter(function for function, _, _ in sweeping.sites(calls))
    parts = ", ".join(f"{function} {count}" for function, count in found.most_common())
    print(f"call sites: {found.total()} ({parts}); calls in a run: {len(calls):,}", flush=True)
    return found.total()


def _report(name: str, schedules: list[Schedule], tried: Iterable[Tried]) -> int:
    violations = 0
    for one in tried:
        if one.violation is not None:
            violations += 1
            print(one.violation.told(one.calls), flush=True)
    print(f"{name}: {len(schedules):,} runs, {violations} violations", flush=True)
    return violations


def _tell_mutants(caught: Iterator[str]) -> int:
    missed = 0
    for mutant, how in zip(MUTANTS, caught, strict=False):
        missed += not how
        print(f"  {mutant.name}: {how or 'NOT CAUGHT'}", flush=True)
    return missed


def _set_up() -> None:
    warnings.simplefilter("ignore")  # metrics are off, and Powertools minds
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - where functions log
    context = a_stage()
    _stage.append(context.__enter__())
    _kept.append(context)


_kept: list[object] = []  # a context that is collected is left


def _try(schedule: Schedule) -> Tried:
    return _tried(_stage[0], schedule)


def _try_over_moto(schedule: Schedule) -> Tried:
    with a_stage(over_moto=True) as stage:
        return _tried(stage, schedule)


def _tried(stage: Stage, schedule: Schedule) -> Tried:
    violation = sweeping.tried(stage, schedule)
    if violation is None:
        return Tried()
    violation = sweeping.shortest(stage, violation)
    sweeping.tried(stage, violation.schedule)  # for the calls that it makes
    return Tried(violation, tuple(stage.injector.calls))


def _caught(number: int) -> str:
    """The first thing that is wrong with a mutant, where nothing is without its mistake."""
    mutant: Mutant = MUTANTS[number]
    stage = _stage[0]
    if mutant.aim is not None and stage.play(Schedule(), {}, mutant.aim).wrongs:
        return ""
    try:
        with mutant.made() as mistakes:
            wrongs = stage.play(Schedule(), mistakes, mutant.aim).wrongs
    except MutantStale as stale:
        print(stale, file=sys.stderr)
        return ""
    return wrongs[0] if wrongs else ""


if __name__ == "__main__":
    sys.exit(min(main(), 1))
