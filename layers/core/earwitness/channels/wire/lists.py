"""Lists that are paged by a cursor of the source's own, read so that no item is skipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from earwitness.channels.wire.asking import NotOk
from earwitness.channels.wire.values import Entry, mapping, written
from earwitness.channels.wire.walk import Found, Page, Window, in_seconds
from earwitness.model import Health

_CERTAINLY_OLDER = 3  # items in a row: one that is out of order does not end a list
_MOST_PASSED_OVER = 100  # pages read already, above the place where a walk goes on
_KEPT = 4  # cursors of a list: where the last one is refused, those before it are tried

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: its entries and the cursor of the page after it (None: there is none)."""

    entries: Sequence[Entry]
    following: str | None
    wait_until: datetime | None = None


PageOf = Callable[[str, Parameters, str | None], Answered]


class Lists:
    """Lists read newest first, each page by the cursor of the one before.

    A cursor may lead nowhere once its item is deleted: then the page before is read again, whose
    end is another item now. Where several are refused they have expired: the list is read from
    its top, and what lies above the window is passed over.
    """

    def __init__(
        self, page_of: PageOf, find: Callable[[Entry, int], Found], held: object = None
    ) -> None:
        """``find`` makes a post of an object, at the position given where it has no date.

        ``held`` is what ``going_on`` was at the end of the poll before.
        """
        self._page_of = page_of
        self._find = find
        self._going_on: dict[str, tuple[Parameters, list[str]]] = {}
        self._refused: set[str] = set()
        self._held = dict(mapping(held))

    @property
    def going_on(self) -> dict[str, list[str]]:
        """The last cursors of the lists that are not read to their end, and know no window."""
        return {
            path: cursors[-_KEPT:]
            for path, (asked, cursors) in self._going_on.items()
            if cursors and "since" not in asked
        }

    def read(self, path: str, parameters: Parameters, window: Window, now: datetime) -> Page:
        """The next page of ``path`` that reaches into the window, or the last page of all."""
        undated = in_seconds(now) if window.high is None else window.high
        held = self._held.pop(path, None)
        if isinstance(held, list) and window.high is not None:
            self._going_on[path] = (parameters, list(filter(None, map(written, held))))
        for _ in range(_MOST_PASSED_OVER):
            asked, cursors = self._going_on.get(path, (parameters, []))
            answered = self._page(path, asked, cursors)
            found = [self._find(entry, undated) for entry in answered.entries]
            following, wait_until = answered.following, answered.wait_until
            positions = [post.position for post in found]
            reached = bool(positions) and max(positions[-_CERTAINLY_OLDER:]) < window.low
            if following is None or reached:
                self._going_on.pop(path, None)
                return Page(found, last=True, wait_until=wait_until)
            if following in cursors or following in self._refused:
                raise NotOk(Health.TRANSIENT, "malformed: the source repeats a page")
            self._going_on[path] = (asked, [*cursors, following])
            if positions and (window.high is None or min(positions) <= window.high):
                return Page(found, last=False, wait_until=wait_until)
        raise NotOk(Health.TRANSIENT, f"too_deep: no end after {_MOST_PASSED_OVER} pages")

    def _page(self, path: str, asked: Parameters, cursors: list[str]) -> Answered:
        """The page after the last cursor that is not refused; from the top where all are.

        A refusal of everything, as of a token that ran out, leaves the cursors as they are.
        """
        for tried in range(len(cursors), max(0, len(cursors) - _KEPT), -1):
            try:
                answered = self._page_of(path, asked, cursors[tried - 1])
            except NotOk as not_ok:
                if not_ok.health is not Health.DEAD:
                    raise
                continue
            self._refused.update(cursors[tried:])
            del cursors[tried:]
            return answered
        answered = self._page_of(path, asked, None)
        self._refused.update(cursors)
        cursors.clear()
        return answered
