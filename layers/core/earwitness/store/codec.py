"""Dataclasses to items and back: the border that dicts do not cross.

A value is JSON without its defaults, under ``d``, so that the console shows it. A long one is
deflated under ``z``: it then fits one write unit of 1,024 bytes about as often as it can.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from earwitness.store.table import Item, Value

SCHEMA = 1  # of everything written; raise it when older code could not read what is new

# A mention's keys and flags take about 350 of the 1,024 bytes of a write unit.
_INLINE_BYTES = 660
_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


class Unreadable(Exception):
    """An item is not what this version of the code writes: it says which, and why."""


def pack(value: object) -> dict[str, Value]:
    """The attributes that hold a dataclass: ``v`` with ``d`` or ``z``."""
    lean = _lean(value)
    try:
        encoded = msgspec.json.encode(lean)
    except UnicodeEncodeError:  # half a character, cut by its source
        encoded = msgspec.json.encode(_whole(lean))
    if len(encoded) <= _INLINE_BYTES:
        return {"v": SCHEMA, "d": encoded.decode()}
    return {"v": SCHEMA, "z": zlib.compress(encoded, 9)}


def unpack(kind: type[T], item: Item) -> T:
    """The dataclass that ``pack`` made these attributes of.

    Raises:
        Unreadable: it was written by newer code, or is damaged.
    """
    where = f"item {item['PK']!s} / {item['SK']!s}"
    if item.get("v") != SCHEMA:
        raise Unreadable(f"{where}: schema {item.get('v')!s}, this code reads {SCHEMA}")
    try:
        encoded = zlib.decompress(item["z"]) if "z" in item else item["d"]  # type: ignore[arg-type]
        return msgspec.json.decode(encoded, type=kind)  # type: ignore[arg-type]
    except (KeyError, zlib.error, msgspec.DecodeError) as error:
        raise Unreadable(f"{where}: no {kind.__name__}: {error}") from error


def clean(text: str) -> str:
    """Text as the table gives it back: what is half a character becomes U+FFFD, one for one."""
    return _SURROGATE.sub("\ufffd", text)


def stamp(at: datetime) -> str:
    """A time as keys and conditions hold it: UTC, of one width, so that order is order in time."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def unstamp(text: Value) -> datetime:
    """The time that ``stamp`` wrote."""
    return datetime.fromisoformat(str(text))


def _lean(value: Any) -> Any:
    """``value`` as JSON takes it, each dataclass without the fields that hold their default."""
    if is_dataclass(value):
        return {
            field.name: _lean(held)
            for field in fields(value)
            if (held := getattr(value, field.name)) != field.default
            and (field.default_factory is MISSING or held != field.default_factory())
        }
    return [_lean(one) for one in value] if isinstance(value, tuple) else value


def _whole(lean: Any) -> Any:
    if isinstance(lean, dict):
        return {name: _whole(one) for name, one in lean.items()}
    if isinstance(lean, list):
        return [_whole(one) for one in lean]
    return clean(lean) if type(lean) is str else lean
