"""What the monitor remembers, in one DynamoDB table: the only code that knows DynamoDB.

``docs/table.md`` draws the table. Every write has a condition and every id derives from what it
names, so that any verb may be repeated after any failure, and by several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from earwitness.store.answers import Answers
from earwitness.store.channels import Channels, Lease, StaleLease
from earwitness.store.codec import Unreadable
from earwitness.store.corrections import Corrections
from earwitness.store.definition import TABLE, TTL_ATTRIBUTE
from earwitness.store.exported import ExportedDay
from earwitness.store.forgetting import Forgetting
from earwitness.store.groups import Groups
from earwitness.store.incidents import Incidents
from earwitness.store.mention_items import Held
from earwitness.store.mentions import Kept, Mentions
from earwitness.store.nonces import Nonces
from earwitness.store.notifications import Notifications
from earwitness.store.readings import Readings
from earwitness.store.rings import Rings
from earwitness.store.silences import Silences
from earwitness.store.spellings import Spellings
from earwitness.store.stories import Stories
from earwitness.store.table import Table, Throttled
from earwitness.store.tallies import Tallies
from earwitness.store.theirs import Theirs
from earwitness.store.versions import Contended
from earwitness.store.volumes import HourVolume, Volumes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

__all__ = [
    "TABLE",
    "TTL_ATTRIBUTE",
    "AuthorKeyMissing",
    "Contended",
    "ExportedDay",
    "Held",
    "HourVolume",
    "Kept",
    "Lease",
    "StaleLease",
    "Store",
    "Theirs",
    "Throttled",
    "Unreadable",
]


class AuthorKeyMissing(Exception):
    """What is read or written by author needs the key that hides authors' names."""


def _none_given() -> bytes:
    raise AuthorKeyMissing("this Store was made without author_key, and asked about an author")


class Store(  # a verb of each is a verb of ours
    Mentions,
    Channels,
    Notifications,
    Groups,
    Incidents,
    Silences,
    Stories,
    Tallies,
    Nonces,
    Answers,
    Spellings,
    Rings,
    Readings,
    Volumes,
    Corrections,
    Forgetting,
):
    """All that is remembered, in one table.

    ``retention_for`` is how long after a post was written its mention is kept. ``author_key``
    gives the secret that hides authors' names in keys: who only reads by brand needs none, and
    is told so by AuthorKeyMissing otherwise. ``unread_for`` is, by kind of channel, how long a
    mention is kept without its post being read again: what is deleted there must go here.
    ``clock`` decides what has expired when something is read; all else is told the time.
    """

    def __init__(  # noqa: PLR0913 - each has a default and a name
        self,
        table_name: str,
        client: DynamoDBClient | None = None,
        retention_for: timedelta = timedelta(days=90),
        author_key: Callable[[], bytes] = _none_given,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        unread_for: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._table = Table(table_name, client)
        self._retention_for = retention_for
        self._author_key = author_key
        self._clock = clock
        self._unread_for = unread_for or {}
        self._noted = {}
