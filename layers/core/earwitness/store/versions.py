"""Items that are read, decided upon and written back, each under the version that was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from earwitness.store.codec import pack, unpack
from earwitness.store.table import Item, Key, Refused, Table, Value

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class Contended(Exception):
    """Others changed the same item meanwhile. Nothing is lost: read it and decide again."""


def read_version(kind: type[T], item: Item) -> T:
    """The noun of an item, with the version that it was read at.

    Raises:
        Unreadable: it is not what this version of the code writes.
    """
    changes: dict[str, Any] = {"version": int(item["version"])}
    return replace(unpack(kind, item), **changes)


def write_version(
    table: Table,
    key: Key,
    value: T,
    given: Mapping[str, Value],
    absent: tuple[str, ...] = (),
) -> T:
    """Put a noun in the place of the version of it that was read; what is returned has the new one.

    ``given`` are the item's other attributes; those named ``absent`` are taken off it.

    Raises:
        Contended: another version stands there.
    """
    seen = int(getattr(value, "version"))  # noqa: B009 - T is any noun with a version
    bare: dict[str, Any] = {"version": 0}
    held: dict[str, Value] = {**pack(replace(value, **bare)), **given, "version": seen + 1}
    change = "SET " + ", ".join(f"#{name} = :{name}" for name in held)
    if absent:
        change += " REMOVE " + ", ".join(f"#{name}" for name in absent)
    try:
        table.update(
            key,
            change,
            {**held, **({"seen": seen} if seen else {})},
            when="#version = :seen" if seen else "attribute_not_exists(#PK)",
        )
    except Refused as refused:
        standing = refused.item or {}
        # Our own write, whose answer was lost, counts as done.
        if any(standing.get(name) != value for name, value in held.items()):
            raise Contended(f"{key.PK} changed since it was read") from None
    changed: dict[str, Any] = {"version": seen + 1}
    return replace(value, **changed)
