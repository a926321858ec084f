"""Comments on posts that were read long ago: found by the newest comment of each post."""

from __future__ import annotations

from earwitness.channels.wire.graph import Ask
from earwitness.channels.wire.values import Entry, entries, mapping, written
from earwitness.model import Health, Poll

POSTS = 25  # of the newest, how many are looked at: one request for all of them


class NewComments:
    """The lists of comments of the newest posts, and which of them have not changed."""

    def __init__(self, known: object) -> None:
        """``known`` is what ``known_after`` said at the end of the poll before."""
        self._known = mapping(known)
        self._newest: dict[str, str] = {}

    def look(self, ask_for: Ask, posts: str, newest_comment: str) -> list[str]:
        """Paths of the comments of the posts that ``posts`` lists, as far as there are any.

        ``newest_comment`` are the fields that bring the first comment of each. Raises NotOk.
        """
        answer, _ = ask_for(posts, {"fields": f"id,{newest_comment}", "limit": POSTS})
        for post in entries(answer, "data"):
            comments = mapping(post.get("comments")).get("data")
            first = mapping(comments[0]) if isinstance(comments, list) and comments else {}
            if written(post.get("id")) and written(first.get("id")):
                self._newest[str(post["id"])] = str(first["id"])
        return [f"{post}/comments" for post in self._newest]

    def unchanged(self, path: str) -> bool:
        """Whether the newest comment of that list was known before."""
        post = path.removesuffix("/comments")
        return post in self._newest and self._known.get(post) == self._newest[post]

    def known_after(self, outcome: Poll) -> Entry:
        """What to know next time: only a poll that read every list to its end knows more."""
        read_to_the_end = outcome.health is Health.OK and not (outcome.more or outcome.next_poll_at)
        return self._newest if read_to_the_end else self._known
