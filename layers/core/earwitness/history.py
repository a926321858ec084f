"""Rows of a table of posts -> posts: a CSV file's header says which column is what."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from earwitness.model import Post
from earwitness.post_json import LineInvalid, parse, read

FIELDS = (
    "id", "text", "published_at", "channel", "title", "url", "language", "author", "handle",
    "followers", "likes", "reposts", "replies", "views",
)  # fmt: skip
_WITHIN = {"author": ("author", "name"), "handle": ("author", "handle")} | {
    "followers": ("author", "followers"),
    **{count: ("engagement", count) for count in ("likes", "reposts", "replies", "views")},
}
_COUNTS = ("followers", "likes", "reposts", "replies", "views")
_LONGEST_FIELD = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is no post: its number in the file, and what is wrong with it."""

    number: int
    problem: str


class HeaderInvalid(ValueError):
    """The columns are not those of posts; the message says which are missing."""


def of_lines(lines: Iterable[tuple[int, bytes | None]], channel: str) -> Iterator[Post | Bad]:
    """The posts in numbered lines of JSON, or what is wrong with each."""
    for number, line in lines:
        try:
            if line is None:
                yield Bad(number, "longer than 16 MB")
                continue
            yield _dated(parse(line).post, channel)
        except LineInvalid as invalid:
            yield Bad(number, str(invalid))


def of_table(
    lines: Iterable[str], columns: Mapping[str, str], channel: str
) -> Iterator[Post | Bad]:
    """The posts in the rows of a CSV file, or what is wrong with each row.

    ``columns`` names the column of a field where it is not called like the field. Raises
    HeaderInvalid before the first row.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(lines, strict=True)
    header = [name.strip() for name in next(rows, [])]
    places = _places(header, columns)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Bad(rows.line_num, f"not CSV: {error}")
            continue
        if row is None:
            return
        if not row:
            continue
        number = rows.line_num
        if len(row) != len(header):
            yield Bad(number, f"expected {len(header)} columns, got {len(row)}")
            continue
        try:
            yield _dated(read(_object(row, places), "ingest").post, channel)
        except LineInvalid as invalid:
            yield Bad(number, str(invalid))


def _places(header: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    unknown = [name for name in columns.values() if name not in header]
    if unknown:
        raise HeaderInvalid(f"no column {unknown[0]!r}; there are {', '.join(header) or 'none'}")
    named = {field: columns.get(field, field) for field in FIELDS}
    places = {field: header.index(name) for field, name in named.items() if name in header}
    missing = [field for field in ("id", "text", "published_at") if field not in places]
    if missing:
        field = missing[0]
        raise HeaderInvalid(f"no column for {field}: name it by --column {field}=NAME")
    return places


def _object(row: list[str], places: Mapping[str, int]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for field, place in places.items():
        value: str | int | None = row[place].strip() or None
        if field in _COUNTS and isinstance(value, str) and value.isdecimal():
            value = int(value)
        outer, inner = _WITHIN.get(field, ("", field))
        (raw.setdefault(outer, {}) if outer else raw)[inner] = value
    raw["id"] = raw["id"] or ""
    raw["text"] = raw["text"] or ""
    return raw


def _dated(post: Post, channel: str) -> Post:
    """History without dates would be taken for news, and page people."""
    if post.published_at is None:
        raise LineInvalid("published_at: missing; expected a time such as 2026-03-01T09:30:00Z")
    name = post.channel or channel
    fields = {name: getattr(post, name) for name in ("title", "url", "language", "author")}
    return Post(
        kind="ingest",
        source_id=post.source_id,
        scope=name,
        channel=name,
        text=post.text,
        published_at=post.published_at,
        engagement=post.engagement,
        **fields,
    )
