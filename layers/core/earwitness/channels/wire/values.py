"""Values out of a stranger's JSON, only where they are what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from earwitness.channels.wire.asking import NotOk
from earwitness.model import Health

Entry = Mapping[str, Any]


def entries(answer: Any, key: str | None = None, *, absent_is_none: bool = False) -> list[Entry]:
    """The objects of the list at ``key`` (None: the answer itself); NotOk where there is no list.

    ``absent_is_none``: a source that leaves the key out when it has found nothing.
    """
    found = answer if key is None else mapping(answer).get(key)
    if absent_is_none and found is None and isinstance(answer, Mapping):
        return []
    if not isinstance(found, list):
        what = f"has no list of {key}" if key else "is no list"
        raise NotOk(Health.TRANSIENT, f"malformed: the answer {what}")
    return [entry for entry in found if isinstance(entry, Mapping)]


def mapping(value: Any) -> Entry:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def whole(value: Any) -> int | None:
    """A count, given as a number or in digits."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def written(value: Any) -> str | None:
    """A text that is not empty; a number counts as its digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) or None
