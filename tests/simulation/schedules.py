"""What makes one run of the world what it is: its faults, its weather, its seed."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.faults import Call, Fault


@dataclass(frozen=True)
class Weather:
    """What goes on beside the faults of a schedule."""

    skewed: bool = False  # each worker's clock is off by up to 4,000 s either way
    duplicates: bool = False  # half of all messages come twice, the second up to 10 minutes later
    shuffled: bool = False  # queues keep no order
    flaky: bool = False  # sources fail now and then
    instances: int = 1  # workers to which each tick comes


@dataclass(frozen=True)
class Schedule:
    """All that makes one run what it is. ``faults`` are by number of AWS call, from 0."""

    faults: tuple[tuple[int, Fault], ...] = ()
    weather: Weather = Weather()
    seed: int = 0


@dataclass(frozen=True)
class Aim:
    """A fault at the call of that ``number``, from 1, whose site has all these words."""

    fault: Fault
    site: tuple[str, ...]
    number: int = 1

    def matches(self, call: Call) -> bool:
        """Whether a call is made at the site."""
        said = str(call)
        return all(word in said for word in self.site)
