"""Comments on posts that were read long ago: found by the newest comment of each post."""

from __future__ import annotations

from earwitness.channels.wire.graph import Ask
from earwitness.channels.wire.values import Entry, entries, mapping, written

POSTS = 25  # of the newest, how many are looked at: one request for all of them


class NewComments:
    """The lists of comments of the newest posts, and which of them have not changed."""

    def __init__(self, known: object) -> None:
        """``known`` is what ``known_after`` said at the end of the poll before."""
        self._known = mapping(known)
        self._newest: dict[str, str] = {}
        self._begun: set[str] = set()
        self._read: set[str] = set()  # from top to end

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

    def note(self, path: str, *, from_top: bool, to_end: bool) -> None:
        """Take note of a page of a list: whether it begins there, whether nothing follows."""
        post = path.removesuffix("/comments")
        if from_top:
            self._begun.add(post)
        if to_end and post in self._begun:
            self._read.add(post)

    def known_after(self) -> Entry:
        """What to know next time: more only of the lists that this poll read from end to end.

        A poll that goes on in the midst of one leaves out what came since it was begun.
        """
        read = {post: newest for post, newest in self._newest.items() if post in self._read}
        return {post: known for post, known in self._known.items() if post in self._newest} | read
