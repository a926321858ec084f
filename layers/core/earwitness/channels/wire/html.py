"""HTML as a person reads it: no tags, entities decoded. Linear in its length."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

# Possessive and without "<" inside: no input makes it look twice at the same stretch, or keep a
# way back for every character.
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/<>]*+)(?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|["']){0,2000}+>""")
_DECLARATION = re.compile(r"<[!?](?!--)[^<>]*>")
_INVISIBLE = ("script", "style", "template", "noscript", "iframe", "svg", "math", "head")
_BREAKS = (
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr li main nav ol option p pre section table td th tr ul"
)
_BREAK_TAGS = frozenset(_BREAKS.split())
_SPACES = re.compile(r"[^\S\n]+")
_BREAK = re.compile(r" ?\n\s*")  # blanks are single ones by then
_SURROGATE = re.compile("[\ud800-\udfff]")


def readable(markup: str) -> str:
    """The text of ``markup``: blocks on lines of their own, what is never shown left out."""
    visible = _without_invisible(_without_comments(markup))
    text = _TAG.sub(_break_or_nothing, _DECLARATION.sub("", visible))
    return tidy(html.unescape(text))


def tidy(text: str) -> str:
    """``text`` with runs of blanks as one space, of line ends as one line end, no lone surrogates.

    A post's text goes through here before anything is found in it: offsets count in the result.
    """
    whole = _SURROGATE.sub("\ufffd", text).replace("\x00", "").replace("\r", "\n")
    return _BREAK.sub("\n", _SPACES.sub(" ", whole)).strip()


def web_address(url: str | None) -> str | None:
    """``url`` when a person can safely open it in a browser, else None."""
    if not url or any(ord(character) <= 0x20 for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and parts.netloc else None


def _break_or_nothing(tag: re.Match[str]) -> str:
    return "\n" if tag[2].lower() in _BREAK_TAGS else ""


def _without_comments(markup: str) -> str:
    kept, at = [], 0
    while (start := markup.find("<!--", at)) >= 0:
        kept.append(markup[at:start])
        end = markup.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, markup[at:]])


def _without_invisible(markup: str) -> str:
    lowered = markup.lower()
    for name in _INVISIBLE:
        if f"<{name}" in lowered:
            markup = _without_element(markup, name)
            lowered = markup.lower()
    return markup


def _without_element(markup: str, name: str) -> str:
    """Drop elements of that name with what they hold; one never closed loses its tag alone."""
    opening = re.compile(rf"<{name}(?=[\s/>])[^<>]*>", re.IGNORECASE)
    closing = re.compile(rf"</{name}\s*>", re.IGNORECASE)
    kept, at = [], 0
    for start in opening.finditer(markup):
        if start.start() < at:
            continue
        end = None if start[0].endswith("/>") else closing.search(markup, start.end())
        if end is None and not start[0].endswith("/>"):
            break
        kept.append(markup[at : start.start()])
        at = end.end() if end else start.end()
    return "".join([*kept, markup[at:]])
