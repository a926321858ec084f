"""What a channel has offered already, in few bytes: it travels in the cursor."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

_ID, _CONTENT = 8, 4  # characters of base64: 48 bits to tell posts apart, 24 to notice an edit
MOST = 2_000  # entries: 24 kB, far below what a table item may hold


class Seen:
    """Ids seen, oldest first, each with a mark of its content. Forgets the oldest."""

    def __init__(self, written: str = "") -> None:
        """Read what ``str`` wrote; anything else counts as nothing seen."""
        width = _ID + _CONTENT
        entries = (written[at : at + width] for at in range(0, len(written) - width + 1, width))
        self._marks = {entry[:_ID]: entry[_ID:] for entry in entries}

    def __str__(self) -> str:
        return "".join(key + mark for key, mark in self._marks.items())

    def __len__(self) -> int:
        return len(self._marks)

    def knows(self, source_id: str) -> bool:
        """Whether a post of that id was seen, whatever its content."""
        return _short(source_id, _ID) in self._marks

    def knows_content(self, source_id: str, content: str) -> bool:
        """Whether a post of that id was last seen with that very content."""
        return self._marks.get(_short(source_id, _ID)) == _short(content, _CONTENT)

    def add(self, source_id: str, content: str = "") -> None:
        """Remember a post as the newest."""
        key = _short(source_id, _ID)
        self._marks.pop(key, None)
        self._marks[key] = _short(content, _CONTENT)

    def keep_newest(self, most: int) -> None:
        """Forget all but the newest ``most``."""
        for key in list(self._marks)[: max(0, len(self._marks) - min(most, MOST))]:
            del self._marks[key]

    def add_all(self, source_ids: Iterable[str]) -> None:
        """Remember posts whose content never changes."""
        for source_id in source_ids:
            self.add(source_id)


def _short(text: str, length: int) -> str:
    hashed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(hashed)[:length].decode()
