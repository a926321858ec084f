"""Our code with a mistake in it: tests/cases/simulation/mutants.yaml."""

from __future__ import annotations
import __future__

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from textwrap import dedent, indent
from types import FunctionType
from typing import Any
from unittest.mock import patch

import yaml

from tests.simulation.faults import Fault
from tests.simulation.press import CASES
from tests.simulation.schedules import Aim
from tests.simulation.stage import Mistakes

_INDENTS = range(0, 24, 4)


class MutantStale(Exception):
    """What a mutant changes is not in our code any more, or is there twice."""


@dataclass(frozen=True)
class Mutant:
    """A mistake, and the fault at which it shows."""

    name: str
    where: str
    change: Sequence[dict[str, str]]
    fault: Fault | None = None
    site: tuple[str, ...] = ()
    number: int = 1

    @property
    def aim(self) -> Aim | None:
        """Where the fault happens."""
        return Aim(self.fault, self.site, self.number) if self.fault else None

    def changed(self, source: str) -> str:
        """Source code with the mistake in it. Raises MutantStale."""
        return reduce(self._changed, self.change, source)

    def _changed(self, source: str, change: dict[str, str]) -> str:
        old, new = change["old"], change["new"]
        if source.count(old) == 1 and not old.endswith("\n"):
            return source.replace(old, new)
        for spaces in (" " * count for count in _INDENTS):
            block = "\n" + indent(old, spaces)
            if source.count(block) == 1:
                return source.replace(block, "\n" + indent(new, spaces))
        raise MutantStale(f"{self.name}: {change['old']!r} is not once in {self.where}")

    @contextmanager
    def made(self) -> Iterator[Mistakes]:
        """Make the mistake: in a function of Lambda's by its source, elsewhere in its place."""
        if self.where.startswith("functions."):
            yield {self.where: self.changed}
            return
        module_name, _, path = self.where.partition(":")
        owner: Any = importlib.import_module(module_name)
        *outer, name = path.split(".")
        for one in outer:
            owner = getattr(owner, one)
        right = getattr(owner, name)
        wrong = _rewritten(right, self.changed)
        with ExitStack() as stack:
            stack.enter_context(patch.object(owner, name, wrong))
            for other in list(sys.modules.values()):  # who imported it by its name
                if inspect.ismodule(other) and getattr(other, name, None) is right:
                    stack.enter_context(patch.object(other, name, wrong))
            yield {}


def _rewritten(function: FunctionType, changed: Callable[[str], str]) -> FunctionType:
    source = changed(dedent(inspect.getsource(function)))
    flags = __future__.annotations.compiler_flag
    path = function.__code__.co_filename
    found: dict[str, Any] = {}
    exec(compile(source, path, "exec", flags, dont_inherit=True), function.__globals__, found)  # noqa: S102
    return found[function.__name__]


MUTANTS = tuple(
    Mutant(
        **{
            **raw,
            "fault": Fault(raw["fault"]) if "fault" in raw else None,
            "site": tuple(raw.get("site", ())),
        }
    )
    for raw in yaml.safe_load((CASES / "mutants.yaml").read_text(encoding="utf-8"))
)
