"""Dataclasses to items and back: the border that dicts do not cross.

A value is JSON without its defaults, deflated with a dictionary of what such JSON is made of. A
mention of 280 characters so takes a third of its JSON, and the item one write unit of 1,024
bytes up to a text of about 900. The console shows keys, times, counts and the start of the text.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from earwitness.store.table import Item, Value

SCHEMA = 1  # of everything written; raise it when older code could not read what is new

# Part of schema 1: what was deflated with these bytes is read with these bytes only. What is
# most frequent comes last, where references to it are shortest.
_DICTIONARY = (
    b'"safety""outage""urgent""churn""support""question""praise""reference""neutral""positive"'
    b'"critical""normal""comprehend""competitor""doubtful","in_title":true,"scope":","title":"'
    b',"dated_by_us":true,"edited_at":"202"domain","hashtag","handle","spacing","inflection",'
    b'"transliteration","lookalike","phonetic","transposed","doubled","substituted","dropped",'
    b'"edits":1,"edits":2,http://www.com/status/comments/item?id="sentiment":"positive",'
    b'{"alert_id":","brand":","role":"own","priority":"critical","kind":"mention","channel":","'
    b'"reasons":[{"name":"complaint","evidence":["]}],"mention":{"brand":","role":"own","post":'
    b'{"kind":"mastodon","kind":"bluesky","kind":"reddit","kind":"feed","kind":"hackernews",'
    b'"source_id":","text":","channel":","url":"https://","language":"en","author":{"name":",'
    b'"handle":","followers":,"url":"https://"},"published_at":"2026-","fetched_at":"2026-T00Z",'
    b'"engagement":{"likes":,"reposts":,"replies":,"views":}},"matches":[{"brand":","term":","'
    b'surface":","start":0,"end":,"edits":0,"kind":"exact","confidence":0.9,"tier":"likely"},'
    b'"tier":"sure"}],"judgement":{"language":"en","sentiment":"negative","intent":"complaint",'
    b'"priority":"high","reasons":[{"name":"complaint","evidence":["'
)
_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


class Unreadable(Exception):
    """An item is not what this version of the code writes: it says which, and why."""


def pack(value: object) -> dict[str, Value]:
    """The attributes that hold a dataclass: ``v``, the schema, and ``d``, the data."""
    lean = _lean(value)
    try:
        encoded = msgspec.json.encode(lean)
    except UnicodeEncodeError:  # half a character, cut by its source
        encoded = msgspec.json.encode(_whole(lean))
    deflate = zlib.compressobj(level=9, zdict=_DICTIONARY)
    return {"v": SCHEMA, "d": deflate.compress(encoded) + deflate.flush()}


def unpack(kind: type[T], item: Item) -> T:
    """The dataclass that ``pack`` made these attributes of.

    Raises:
        Unreadable: it was written by newer code, or is damaged.
    """
    where = f"item {item['PK']!s} / {item['SK']!s}"
    if item.get("v") != SCHEMA:
        raise Unreadable(f"{where}: schema {item.get('v')!s}, this code reads {SCHEMA}")
    try:
        encoded = zlib.decompressobj(zdict=_DICTIONARY).decompress(item["d"])  # type: ignore[arg-type]
        return msgspec.json.decode(encoded, type=kind)
    except (KeyError, TypeError, zlib.error, msgspec.DecodeError) as error:
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
    if isinstance(value, Mapping):
        return dict(value)
    return [_lean(one) for one in value] if isinstance(value, tuple) else value


def _whole(lean: Any) -> Any:
    if isinstance(lean, dict):
        return {name: _whole(one) for name, one in lean.items()}
    if isinstance(lean, list):
        return [_whole(one) for one in lean]
    return clean(lean) if type(lean) is str else lean
