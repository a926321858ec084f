"""The functions as Lambda runs them: each worker a module of its own, warm until it is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tests.stack import Context

FOLDER = Path(__file__).parents[2] / "functions"
PLENTY_MS, LITTLE_MS = 60_000, 1_000
EXPORT_MS = 900_000

Clock = Callable[[], datetime]


class Worker(Context):
    """One execution environment of a function, and the context of its invocations.

    ``skew`` is how far its clock is off.
    """

    def __init__(self, function: str, module: ModuleType, skew: timedelta) -> None:
        super().__init__(PLENTY_MS)
        self.function = function
        self.module = module
        self.skew = skew
        self.run = 0  # the number of its invocation
        self.event: Any = None
        self.shown: list[Any] = []  # what sources showed it in this invocation

    def invoke(self, event: Any, run: int) -> Any:
        """What Lambda does."""
        self.event, self.run, self.shown = event, run, []
        self.remaining_ms = EXPORT_MS if self.function == "export" else PLENTY_MS
        return self.module.handler(event, self)


class _Datetime:
    """Stands for ``datetime`` in a function, which asks it for nothing but the time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self, zone: tzinfo) -> datetime:
        return self._clock().astimezone(zone)


def hire(
    function: str,
    clock: Clock,
    skew: timedelta,
    mistakes: Mapping[str, Callable[[str], str]],
) -> Worker:
    """A cold start. ``mistakes`` change the source of the functions that they name."""
    path = FOLDER / f"{function}.py"
    source = path.read_text(encoding="utf-8")
    change = mistakes.get(f"functions.{function}")
    module = ModuleType(f"functions.{function}")
    exec(_compiled(change(source) if change else source, str(path)), module.__dict__)  # noqa: S102
    names: dict[str, Any] = module.__dict__

    def now() -> datetime:
        return clock() + skew

    names["datetime"] = _Datetime(now)
    names["store"]._clock = now
    if "poller" in names:
        names["poller"].clock = now
    return Worker(function, module, skew)


@lru_cache
def _compiled(source: str, path: str) -> CodeType:
    return compile(source, path, "exec")
