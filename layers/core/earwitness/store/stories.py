"""Stories already seen: found by the keys that their copies share with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from earwitness.store import keys
from earwitness.store.codec import pack, unpack
from earwitness.store.table import Refused, Table

if TYPE_CHECKING:
    from earwitness.stories import KnownStory

# Two days more than a story is compared for: deletion may lag, and reads are by key.
HELD_FOR = timedelta(days=16)


class Stories:
    """The stories of a table. Under each key stands the first story that had it."""

    _table: Table

    def known_stories(self, story_keys: Collection[str]) -> Mapping[str, KnownStory]:
        """The stories that stand under these keys, by key."""
        # Comparing stories loads rapidfuzz: only who asks for one pays for that.
        from earwitness.stories import KnownStory  # noqa: PLC0415

        wanted = {keys.story(key): key for key in story_keys}
        items = self._table.fetch(list(wanted), consistent=False)
        return {wanted[key]: unpack(KnownStory, item) for key, item in items.items()}

    def keep_story(self, story: KnownStory, story_keys: Iterable[str], now: datetime) -> None:
        """Keep a story under each of its keys where no earlier one stands."""
        for key in story_keys:
            try:
                self._table.create(
                    {
                        **keys.story(key)._asdict(),
                        "expires_at": int((now + HELD_FOR).timestamp()),
                        **pack(story),
                    }
                )
            except Refused:
                continue
