"""Every order in which several may make their AWS calls, one call at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Turns:
    """Lets one of several acts run at a time, up to its next call, in a given order.

    ``order`` holds which of the acts still running goes next; where it ends, the first goes.
    """

    order: list[int]
    taken: list[int] = field(default_factory=list)
    choices: list[int] = field(default_factory=list)
    _mine: threading.local = field(default_factory=threading.local)
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def run(self, acts: list[Callable[[], Any]]) -> list[Any]:
        """Run the acts to their end; their results, or the exceptions they ended with."""
        results: list[Any] = [None] * len(acts)
        running = list(range(len(acts)))
        turns = [threading.Semaphore(0) for _ in acts]

        def body(index: int) -> None:
            self._mine.turn = turns[index]
            turns[index].acquire()
            try:
                results[index] = acts[index]()
            except BaseException as error:  # noqa: BLE001 - a kill is a result here
                results[index] = error
            running.remove(index)
            self._back.release()

        for index in running:
            threading.Thread(target=body, args=(index,), daemon=True).start()
        while running:
            step = len(self.taken)
            choice = self.order[step] if step < len(self.order) else 0
            self.taken.append(choice)
            self.choices.append(len(running))
            turns[running[choice]].release()
            self._back.acquire()
        return results

    def wait(self, *_: Any) -> None:
        """Give the turn away until it comes again. Outside of an act, go on at once."""
        turn = getattr(self._mine, "turn", None)
        if turn is not None:
            self._back.release()
            turn.acquire()


def every_order() -> Iterator[Turns]:
    """Turns for each order there is, found out by running the ones before."""
    order: list[int] = []
    while True:
        turns = Turns(order)
        yield turns
        step = len(turns.taken) - 1
        while step >= 0 and turns.taken[step] + 1 == turns.choices[step]:
            step -= 1
        if step < 0:
            return
        order = [*turns.taken[:step], turns.taken[step] + 1]
