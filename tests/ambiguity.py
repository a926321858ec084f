"""Whether an expression can read one text in a number of ways that grows exponentially.

A backtracking search that fails has tried every way. Their number grows exponentially if and only
if some place of the expression is come back to, over the same text, in two ways (Weber and Seidl,
On the degree of ambiguity of finite automata, 1991). So: the position automaton of the expression
(Glushkov, 1961), with how often each step leads to each next one, and its product with itself. No
text has to be guessed and nothing is timed.

What is looked at ahead or behind, and what gives nothing back (``a++``, ``(?>ab)``), is an
expression of its own, and anchors are taken to hold everywhere. These allow more ways than there
are: so what is found may do no harm, and nothing that does is missed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from re import _parser
from typing import Any

from tests.slow_texts import ONE, REPEATS, alphabet, asking, inside, steps

ENDLESS = 10  # repeated so often, what is ambiguous is as bad as if it were without end
SIGNS = {*ONE, "GROUPREF"}  # what a group has read may be anything
KEPT = {"POSSESSIVE_REPEAT", "ATOMIC_GROUP"}  # what they have read, they do not give back
APART = {"ASSERT", "ASSERT_NOT", *KEPT}


@dataclass
class Part:
    """How often a part reads nothing, and with which positions it may begin and end."""

    nothing: int
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)


NOTHING = Part(1)


class Automaton:
    """The positions of an expression, the signs that each reads, and what follows on each."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._pattern = pattern
        self._tree = _parser.parse(pattern.pattern, pattern.flags)
        self._signs = alphabet(pattern, self._tree)
        self._read: dict[str, frozenset[str]] = {}
        self._apart: list[Any] = []  # what is an expression of its own
        self._greedy: set[int] = set()  # no sign that these read can follow on them
        self.reads: list[frozenset[str]] = []
        self.next: list[Counter[int]] = []
        self._sequence(self._tree)
        while self._apart:
            self._sequence(self._apart.pop())

    def _sequence(self, steps: Iterable[Any]) -> Part:
        done = NOTHING
        for step in steps:
            done = self._then(done, self._step(step))
        return done

    def _step(self, step: Any) -> Part:
        name = str(step[0])
        if name in SIGNS:
            return self._position(step)
        if name in APART:
            self._apart += inside(step)
        if name in {"AT", "ASSERT", "ASSERT_NOT"}:
            return NOTHING
        if name in KEPT:
            return self._kept(step)
        if name == "SUBPATTERN" and any(step[1][1:3]):
            raise NotImplementedError("flags of a group alone: give them to the whole expression")
        if name in REPEATS:
            least, most, body = step[1]
            return self._repeated(least, int(most), lambda: self._sequence(body))
        ways = [self._sequence(one) for one in inside(step)]
        return Part(
            sum(one.nothing for one in ways),
            sum((one.first for one in ways), Counter()),
            sum((one.last for one in ways), Counter()),
        )

    def _repeated(self, least: int, most: int, body: Callable[[], Part]) -> Part:
        if most < ENDLESS:
            done = NOTHING
            for _ in range(most - least):  # from behind: x{0,2} is (x(x)?)?
                more = self._then(body(), done)
                done = Part(more.nothing + 1, more.first, more.last)
            for _ in range(least):
                done = self._then(body(), done)
            return done
        once = body()
        self._join(once.last, once.first)
        ends = Counter({at: ways * (1 + once.nothing) for at, ways in once.last.items()})
        return Part(once.nothing + (least == 0), once.first, ends)

    def _kept(self, step: Any) -> Part:
        """One position for all that is read there, in whatever order."""
        (body,) = inside(step)
        within = [one for one in steps(body) if str(one[0]) in SIGNS]
        done = self._position(*within)
        self._join(done.last, done.first)
        one_sign = str(step[0]) == "POSSESSIVE_REPEAT" and len(body) == len(within) == 1
        if one_sign and step[1][1] is _parser.MAXREPEAT:
            self._greedy |= set(done.last)
        shortest, _ = _parser.SubPattern(self._tree.state, [step]).getwidth()
        return Part(int(not shortest), done.first, done.last)

    def _position(self, *reading: Any) -> Part:
        for step in reading:
            if str(step) not in self._read:
                fits = asking(self._pattern, self._tree, step) if str(step[0]) in ONE else bool
                self._read[str(step)] = frozenset(filter(fits, self._signs))
        self.reads.append(frozenset().union(*(self._read[str(step)] for step in reading)))
        self.next.append(Counter())
        here = Counter({len(self.reads) - 1: 1})
        return Part(0, here, here)

    def _then(self, one: Part, other: Part) -> Part:
        self._join(one.last, other.first)
        first, last = Counter(one.first), Counter(other.last)
        for at, ways in other.first.items():
            first[at] += ways * one.nothing
        for at, ways in one.last.items():
            last[at] += ways * other.nothing
        return Part(one.nothing * other.nothing, +first, +last)

    def _join(self, ends: Counter[int], begins: Counter[int]) -> None:
        for (end, ways), (begin, more) in product(ends.items(), begins.items()):
            if end not in self._greedy or not self.reads[begin] <= self.reads[end]:
                self.next[end][begin] += ways * more


def ambiguity(pattern: re.Pattern[Any]) -> str | None:
    """A sign that may be read in two ways again and again; None: there is none."""
    made = Automaton(pattern)
    for loop in _loops({at: set(after) for at, after in enumerate(made.next)}):
        for at, after in product(loop, repeat=2):
            if made.next[at][after] > 1 and made.reads[after]:
                return min(made.reads[after])
        pairs = {
            (one, other): set(_both(made, loop, one, other)) for one, other in product(loop, loop)
        }
        for twice in _loops(pairs):
            apart = [pair for pair in twice if pair[0] != pair[1]]
            if apart and len(apart) < len(twice):
                return min(made.reads[apart[0][0]] & made.reads[apart[0][1]])
    return None


def _both(made: Automaton, loop: set[int], one: int, other: int) -> Iterator[tuple[int, int]]:
    """What follows on two positions with a sign that both read."""
    for pair in product(made.next[one], made.next[other]):
        if loop.issuperset(pair) and made.reads[pair[0]] & made.reads[pair[1]]:
            yield pair


def _loops(graph: dict[Any, set[Any]]) -> list[set[Any]]:
    """The parts of a graph in which each place leads to each (Kosaraju's way)."""
    order: list[Any] = []
    back: dict[Any, set[Any]] = {place: set() for place in graph}
    seen: set[Any] = set()
    for start, first in graph.items():
        stack = [(start, iter(first))] if start not in seen else []
        seen.add(start)
        while stack:
            place, rest = stack[-1]
            for after in rest:
                back[after].add(place)
                if after not in seen:
                    seen.add(after)
                    stack.append((after, iter(graph[after])))
                    break
            else:
                order.append(place)
                stack.pop()
    loops, left = [], set(graph)
    for start in reversed(order):
        if start not in left:
            continue
        found, reached = {start}, [start]
        left.discard(start)
        while reached:
            for before in back[reached.pop()] & left:
                left.discard(before)
                found.add(before)
                reached.append(before)
        if len(found) > 1 or start in graph[start]:
            loops.append(found)
    return loops
