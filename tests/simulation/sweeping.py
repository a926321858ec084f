"""Which schedules are tried, and the shortest that fails."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from tests.simulation.faults import Call, fitting
from tests.simulation.plain_aws import NotPlayed
from tests.simulation.schedules import Schedule, Weather
from tests.simulation.stage import Mistakes, Stage

CALM = Weather()
WEATHERS = (
    Weather(instances=3),
    Weather(duplicates=True),
    Weather(shuffled=True),
    Weather(skewed=True),
    Weather(flaky=True),
    Weather(duplicates=True, shuffled=True, instances=3),
)


@dataclass(frozen=True)
class Violation:
    """A schedule that fails, and what was wrong."""

    schedule: Schedule
    wrongs: tuple[str, ...]

    def told(self, calls: Sequence[Call]) -> str:
        """In words; ``calls`` are those of the failing run."""
        faults = [f"  {fault} at call {n}, {calls[n]}" for n, fault in self.schedule.faults]
        weather = f"  {self.schedule.weather}, seed {self.schedule.seed}"
        return "\n".join([*faults, weather, *(f"    {wrong}" for wrong in self.wrongs)])


def sites(calls: Sequence[Call]) -> dict[tuple[str, tuple[str, ...], str], list[int]]:
    """The numbers of the calls that each site of our code made, in order."""
    found: dict[tuple[str, tuple[str, ...], str], list[int]] = defaultdict(list)
    for number, call in enumerate(calls):
        found[call.function, call.site, call.operation].append(number)
    return found


def singles(calls: Sequence[Call], *, every: bool = False) -> Iterator[Schedule]:
    """Each fault that fits, at the first call that each site makes, or at ``every`` one."""
    for numbers in sites(calls).values():
        for number in numbers if every else numbers[:1]:
            for fault in fitting(calls[number]):
                yield Schedule(((number, fault),))


def sample(calls: Sequence[Call], count: int, seed: int = 0) -> Iterator[Schedule]:
    """Some of ``singles``, spread over the functions as the seed has it."""
    chance = random.Random(seed)
    by_function: dict[str, list[Schedule]] = defaultdict(list)
    for one in singles(calls):
        by_function[calls[one.faults[0][0]].function].append(one)
    names = sorted(by_function)
    for number in range(count):
        yield chance.choice(by_function[names[number % len(names)]])


def seeded(calls: Sequence[Call], seeds: Iterable[int]) -> Iterator[Schedule]:
    """Two or three faults anywhere, in any weather, as the seed has it."""
    for seed in seeds:
        chance = random.Random(seed)
        numbers = sorted(chance.sample(range(len(calls)), chance.choice((2, 3))))
        faults = tuple((n, chance.choice(fitting(calls[n]))) for n in numbers)
        weather = Weather(
            skewed=chance.random() < 0.5,
            duplicates=chance.random() < 0.3,
            shuffled=chance.random() < 0.5,
            flaky=chance.random() < 0.3,
            instances=chance.choice((1, 1, 3)),
        )
        yield Schedule(faults, weather, seed)


def weathers(seeds: Iterable[int]) -> Iterator[Schedule]:
    """No fault, in each kind of weather."""
    return (Schedule((), weather, seed) for seed in seeds for weather in WEATHERS)


def tried(stage: Stage, schedule: Schedule, mistakes: Mistakes | None = None) -> Violation | None:
    """What a schedule comes to; None: nothing is wrong. One that cannot be played is."""
    try:
        found = stage.play(schedule, mistakes).wrongs
    except (Exception, NotPlayed) as error:  # noqa: BLE001 - the other schedules are still tried
        found = [f"not played to its end: {error!r}"]
    return Violation(schedule, tuple(found)) if found else None


def shortest(stage: Stage, failing: Violation, mistakes: Mistakes | None = None) -> Violation:
    """The failing schedule with the fewest faults and the calmest weather that still fails."""
    for schedule in _smaller(failing.schedule):
        if (violation := tried(stage, schedule, mistakes)) is not None:
            return violation
    return failing


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    """Every schedule with a part of its faults, the smallest first, calm before not."""
    weathers = dict.fromkeys((CALM, *_calmer(schedule.weather), schedule.weather))
    for count in range(len(schedule.faults) + 1):
        for faults in combinations(schedule.faults, count):
            for weather in weathers:
                yield replace(schedule, faults=faults, weather=weather)


def _calmer(weather: Weather) -> Iterator[Weather]:
    """With one thing at a time."""
    for name in ("skewed", "duplicates", "shuffled", "flaky", "instances"):
        if getattr(weather, name) != getattr(CALM, name):
            yield replace(CALM, **{name: getattr(weather, name)})
