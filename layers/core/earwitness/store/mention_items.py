"""Mentions as items: what stands where a mention stands, and what is left where one was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from earwitness.model import Mention
from earwitness.store import index_keys, keys
from earwitness.store.codec import SCHEMA, clean, pack, stamp, unpack
from earwitness.store.keeping import Stored
from earwitness.store.table import Item, Key, Value

_SHOWN = 100  # characters of a text that stand readable in the console


@dataclass(frozen=True, slots=True)
class Held:
    """A mention, and when it must be gone."""

    mention: Mention
    expires_at: datetime


def key_for(mention: Mention) -> Key:
    """Where a mention stands."""
    return keys.mention(mention.mention_id)


def data(mention: Mention) -> dict[str, Value]:
    """What changes with a version; ``text`` is for the reader of the console alone."""
    return {**pack(mention), "text": clean(mention.post.text[:_SHOWN])}


def read(item: Item) -> Mention:
    """The mention of an item.

    Raises:
        Unreadable: it is not what this version of the code writes.
    """
    return unpack(Mention, item)


def expiry(item: Item) -> datetime:
    """When an item must be gone."""
    return datetime.fromtimestamp(int(item["expires_at"]), UTC)


def stored(item: Item) -> Stored:
    """What stands there: a mention, or that it was redacted."""
    if "tombstone_at" in item:
        return Stored(None)
    return Stored(read(item), expiry(item))


def is_flagged(item: Item) -> bool:
    """Whether assess owes it a look."""
    return str(item.get("g3pk", "")).startswith(index_keys.ASSESS)


def tombstone(key: Key, now: datetime) -> Item:
    """No personal data and no expiry: it blocks the mention for good."""
    return {**key._asdict(), "v": SCHEMA, "tombstone_at": stamp(now)}
