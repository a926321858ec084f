"""The table in memory: the calls of ``store.table.Table``, a hundred times as fast as moto.

For worlds of many thousand calls. What DynamoDB itself does is held by the tests over moto.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import Any

from earwitness.store.table import Item, Key, Refused, Value, key_of

_WORDS = {"AND": "and", "OR": "or", "=": "==", "<>": "!="}


class Missing:
    """An attribute that is not there: no comparison with it holds."""

    def _never(self, _: object) -> bool:
        return False

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _never
    __hash__ = None

    def __ne__(self, _: object) -> bool:
        return True


class PlainTable:
    """Items by key. ``before_call`` and ``after_call`` may end the process that calls."""

    def __init__(self) -> None:
        self.items: dict[Key, dict[str, Value]] = {}
        self.before_call: Callable[[], None] = lambda: None
        self.after_call: Callable[[], None] = lambda: None
        self._partitions: dict[tuple[str, Value], set[Key]] = defaultdict(set)

    def get(self, key: Key) -> Item | None:
        return self.fetch([key]).get(key)

    def fetch(self, keys: Collection[Key], *, consistent: bool = True) -> dict[Key, Item]:
        return {key: dict(self.items[key]) for key in keys if key in self.items}

    def create(self, item: Item) -> None:
        if key_of(item) in self.items:
            raise Refused(dict(self.items[key_of(item)]))
        self._write(key_of(item), dict(item))

    def put(self, item: Item) -> None:
        self._write(key_of(item), dict(item))

    def update(self, key: Key, change: str, given: Item, *, when: str) -> Item:
        held = self.items.get(key, {})
        if not _evaluate(when, held, given):
            raise Refused(dict(held) if held else None)
        after = {**held, **key._asdict()}
        for verb, clauses in re.findall(
            r"(SET|REMOVE|ADD) (.+?)(?= SET | REMOVE | ADD |$)", change
        ):
            for clause in re.split(r",\s*(?![^()]*\))", clauses):
                name = re.match(r"#(\w+)", clause.strip())[1]
                if verb == "SET":
                    after[name] = _evaluate(clause.split("=", 1)[1], held, given)
                elif verb == "REMOVE":
                    after.pop(name, None)
                else:
                    after[name] = held.get(name, 0) + given[clause.split(":")[1]]
        self._write(key, after)
        return dict(after)

    def query(
        self,
        index: str | None,
        partition: str,
        *,
        since: str = " ",
        until: str = "~",
        backward: bool = False,
        page: int = 1000,
    ) -> Iterator[Item]:
        pk, sk = (f"{index}pk", f"{index}sk") if index else ("PK", "SK")
        keys = self._partitions[pk, partition]
        found = [self.items[key] for key in keys if since <= self.items[key][sk] <= until]
        found.sort(key=lambda item: (item[sk], item["PK"]), reverse=backward)
        return iter([dict(item) for item in found])

    def _write(self, key: Key, item: dict[str, Value]) -> None:
        self.before_call()
        for name in ("PK", "g1pk", "g2pk", "g3pk"):
            if key in self.items and name in self.items[key]:
                self._partitions[name, self.items[key][name]].discard(key)
            if name in item:
                self._partitions[name, item[name]].add(key)
        self.items[key] = item
        self.after_call()


def _evaluate(expression: str, item: Item, given: Item) -> Any:
    """An expression of DynamoDB's, read as Python."""

    def attribute(name: str) -> Any:
        return item.get(name, Missing())

    def exists(name: str) -> bool:
        return name in item

    text = re.sub(r"attribute_not_exists\(#(\w+)\)", r"not exists('\1')", expression)
    text = re.sub(r"attribute_exists\(#(\w+)\)", r"exists('\1')", text)
    text = re.sub(
        r"if_not_exists\(#(\w+), :(\w+)\)",
        r"(attribute('\1') if exists('\1') else given['\2'])",
        text,
    )
    text = re.sub(
        r"begins_with\(#(\w+), :(\w+)\)", r"str(item.get('\1', '')).startswith(given['\2'])", text
    )
    text = re.sub(r"#(\w+)", r"attribute('\1')", text)
    text = re.sub(r":(\w+)", r"given['\1']", text)
    text = re.sub(r"(?<= )(AND|OR|=|<>)(?= )", lambda word: _WORDS[word[1]], text)
    names = {"attribute": attribute, "exists": exists, "given": given, "item": item, "str": str}
    return eval(text, {"__builtins__": {}}, names)  # noqa: S307 - our own expressions
