"""What a post says, as it may be shown: matched words marked, personal data hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from earwitness.alerting.wording.plain import clean, shorten, wrappable
from earwitness.model import Match, Post
from earwitness.personal import personal_data

QUOTE_MAX = 400  # a phone screen and a half

Name = Callable[[str], str]  # of a kind of personal data, such as "[email]"


def bracketed(kind: str) -> str:
    """How programs are told of what is hidden."""
    return f"[{kind}]"


def quote(
    post: Post, matches: Iterable[Match], most: int = QUOTE_MAX, hidden: Name = bracketed
) -> str:
    """The post's words with each match between » and «, cut around the first one."""
    given = tuple(matches)
    title = marked(post.title or "", [m for m in given if m.in_title], hidden)
    text = marked(post.text, [m for m in given if not m.in_title], hidden)
    said = text if not title or title.rstrip(" .…") in text else f"{title.rstrip('.')}. {text}"
    return wrappable(_around(said, most))


def marked(text: str, matches: Iterable[Match], hidden: Name = bracketed) -> str:
    """Clean text with matches marked; where personal data is, only its kind is said."""
    spans = [(span.start, span.end, span.kind) for span in personal_data(text)]
    spans += [(match.start, match.end, "") for match in matches]
    parts, at = [], 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], not span[2], -span[1])):
        if start < at:
            continue
        parts += [text[at:start], hidden(kind) if kind else f"»{text[start:end]}«"]
        at = end
    return clean("".join([*parts, text[at:]]))


def masked(text: str, hidden: Name = bracketed) -> str:
    """Clean text without personal data."""
    return marked(text, (), hidden)


def _around(said: str, most: int) -> str:
    """At most so many characters around the first mark, cut between words."""
    if len(said) <= most:
        return said
    first = max(said.find("»"), 0)
    start = max(0, min(first - most // 3, len(said) - most))
    if start:
        start = said.find(" ", start, first + 1) + 1 or start
    cut = said[start:]
    return ("..." if start else "") + shorten(cut, most)
