"""A post in our JSON -> Post, with an error that names the field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from earwitness.model import Author, Engagement, Post


class LineInvalid(ValueError):
    """The line is no post; the message says which field, and what was expected."""


@dataclass(frozen=True, slots=True)
class Line:
    """A post with its id as it was given: text or a whole number."""

    post_id: str | int
    post: Post


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOBODY = Author()
_NO_COUNTS = Engagement()
_NAMES = {
    dict: "an object", list: "a list", str: "text", int: "a number", float: "a number",
    bool: "true or false", type(None): "null",
}  # fmt: skip


def parse(line: bytes) -> Line:
    """The post on a line: ``id`` and ``text``, and whatever else is known. Raises LineInvalid.

    Keys nobody knows are passed over, so that exports of other tools can be read as they are.
    """
    return read(_object(line))


def read(raw: dict[str, Any], kind: str = "scan") -> Line:
    """The post in an object of our JSON; its ids are unique within its channel.

    Raises LineInvalid.
    """
    post_id = _given(raw, "id", (str, int), "text or a whole number")
    text = _given(raw, "text", (str,), "text")
    if post_id == "" or isinstance(post_id, bool):
        raise LineInvalid("id: expected text or a whole number")
    post = Post(
        kind=kind,
        source_id=str(post_id),
        scope=_text(raw, "channel") or "",
        text=text,
        channel=_text(raw, "channel") or "",
        title=_text(raw, "title"),
        url=_text(raw, "url"),
        language=_text(raw, "language"),
        author=_author(_part(raw, "author")),
        published_at=_instant(raw, "published_at"),
        engagement=_engagement(_part(raw, "engagement")),
    )
    return Line(post_id, post)


def _author(raw: dict[str, Any]) -> Author:
    if not raw:
        return _NOBODY
    return Author(
        name=_text(raw, "name", "author."),
        handle=_text(raw, "handle", "author."),
        followers=_number(raw, "followers", "author."),
    )


def _engagement(raw: dict[str, Any]) -> Engagement:
    if not raw:
        return _NO_COUNTS
    counts = ("likes", "reposts", "replies", "views")
    return Engagement(**{count: _number(raw, count, "engagement.") for count in counts})


def _object(line: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(line.removeprefix(_BYTE_ORDER_MARK).decode())
    except UnicodeDecodeError as error:
        raise LineInvalid(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise LineInvalid(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except (RecursionError, ValueError):  # nested, or a number of digits, beyond Python's limits
        raise LineInvalid(
            "not JSON that can be read: nested too deep, or a number too long"
        ) from None
    if not isinstance(raw, dict):
        raise LineInvalid(f"expected an object with id and text, got {_NAMES[type(raw)]}")
    return raw


def _given(raw: dict[str, Any], key: str, types: tuple[type, ...], expected: str) -> Any:
    if key not in raw:
        raise LineInvalid(f"{key}: missing")
    if not isinstance(raw[key], types):
        raise LineInvalid(f"{key}: expected {expected}, got {_NAMES[type(raw[key])]}")
    return raw[key]


def _text(raw: dict[str, Any], key: str, within: str = "") -> str | None:
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise LineInvalid(f"{within}{key}: expected text, got {_NAMES[type(value)]}")
    return value


def _number(raw: dict[str, Any], key: str, within: str) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (isinstance(value, float) and value.is_integer()):
        raise LineInvalid(f"{within}{key}: expected a whole number, got {_NAMES[type(value)]}")
    if value < 0:
        raise LineInvalid(f"{within}{key}: expected a count, got a number below zero")
    return int(value)


def _part(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise LineInvalid(f"{key}: expected an object, got {_NAMES[type(value)]}")
    return value


def _instant(raw: dict[str, Any], key: str) -> datetime | None:
    """An instant in UTC; without an offset it is taken as UTC."""
    value = _text(raw, key)
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"{key}: expected a time such as 2026-03-01T09:30:00Z"
        raise LineInvalid(message) from None
