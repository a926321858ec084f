"""What one could answer: saved replies, ours or the customer's own. Nothing is ever posted.

Ours have four parts, each a line of a data file per language: a greeting, an opening by intent,
what to ask by the place, and where many are hit a status text instead. They are short enough for
the shortest place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from earwitness.alerting.wording.history import History
from earwitness.alerting.wording.phrases import LANGUAGES
from earwitness.alerting.wording.plain import clean
from earwitness.model import Intent, Mention, Reply
from earwitness.personal import personal_data

_FOLDER = Path(__file__).with_name("replies")
# Characters that a reply may have, by the networks' own documentation; elsewhere nobody counts.
LENGTHS: Mapping[str, int] = {"x": 280, "bluesky": 300, "playstore": 350, "mastodon": 500}
_LONGEST = 1000
# Where one asks for a private message, where only for a letter to the support.
_REVIEWS = frozenset({"appstore", "playstore", "trustpilot", "reviews"})
_FORUMS = frozenset({"hackernews", "discourse", "stackexchange", "lemmy", "github"})
_NOWHERE = frozenset({"feed"})  # an article has no place for an answer
_PRIVATE = frozenset({Intent.SAFETY, Intent.URGENT, Intent.SUPPORT, Intent.CHURN})
_PLEASED = frozenset({Intent.PRAISE, Intent.REFERENCE})
_NAME_MAX = 30


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reply to a post, or a status text: what, in which language, and why in private."""

    text: str
    language: str
    private: bool


def suggest(
    mention: Mention, history: History | None, own: tuple[Reply, ...], fallback: str
) -> Suggestion | None:
    """The reply that fits a post best; None where there is no place for one.

    Args:
        own: the customer's replies; the most specific of those that fit wins over ours.
        fallback: the language where the post's is none of ours.
    """
    post, intent = mention.post, mention.judgement.intent
    if post.kind in _NOWHERE:
        return None
    language = _language(mention.judgement.language, fallback)
    private = needs_privacy(mention, history)
    most = LENGTHS.get(post.kind, _LONGEST)
    fitting = (
        text
        for text in (*_own(mention, own, language), *_ours(mention, language, private=private))
        if len(text) <= most
    )
    text = next(fitting, None)
    return Suggestion(text, language, private and intent not in _PLEASED) if text else None


def status(brand: str, language: str, fallback: str, own: tuple[Reply, ...]) -> Suggestion:
    """The status text for an incident."""
    spoken = _language(language, fallback)
    fitting = (
        one for one in own
        if one.intent == "status" and one.language in (None, spoken) and one.brand in (None, brand)
    )  # fmt: skip
    nearest = sorted(fitting, key=lambda one: (one.language is None, one.brand is None))
    text = next((one.text for one in nearest), None) or _saved(spoken)["status"]["text"]
    return Suggestion(_filled(text, "", brand), spoken, private=False)


def needs_privacy(mention: Mention, history: History | None) -> bool:
    """Personal data, more than three exchanges, or a matter that cannot be settled without."""
    post = mention.post
    return (
        bool(personal_data(f"{post.title or ''} {post.text}"))
        or (history is not None and history.is_long)
        or mention.judgement.intent in _PRIVATE
    )


def _own(mention: Mention, own: tuple[Reply, ...], language: str) -> Iterator[str]:
    """The customer's replies for this post, the most specific first."""
    post = mention.post
    wanted = {
        "intent": str(mention.judgement.intent), "language": language,
        "brand": mention.brand, "channel": post.kind,
    }  # fmt: skip
    fitting = [
        one for one in own
        if all(getattr(one, name) in (None, value) for name, value in wanted.items())
    ]  # fmt: skip
    fitting.sort(key=lambda one: [getattr(one, name) is None for name in wanted])
    for one in fitting:
        yield _filled(one.text, _name(mention), mention.brand)


def _ours(mention: Mention, language: str, *, private: bool) -> Iterator[str]:
    """The same reply, whole first, then shorter."""
    saved, intent = _saved(language), str(mention.judgement.intent)
    name = _name(mention)
    opening = saved["opening"][intent]
    ask = "" if intent in _PLEASED else saved["ask"][_place(mention) if private else "public"]
    greeting = saved["greeting"]["named" if name else "unnamed"]
    for parts in ((greeting, opening, ask), (opening, ask), (opening,)):
        text = " ".join(part for part in parts if part)
        yield _filled(text[0].upper() + text[1:], name, mention.brand)


def _place(mention: Mention) -> str:
    if mention.post.kind in _REVIEWS:
        return "review"
    return "forum" if mention.post.kind in _FORUMS else "social"


def _name(mention: Mention) -> str:
    """How to address the author, or nothing."""
    author = mention.post.author
    handle = clean(author.handle or "")
    if handle and len(handle) <= _NAME_MAX and _place(mention) == "social":
        return f"@{handle}"
    name = clean(author.name or "")
    letters = name.replace(" ", "").replace("-", "").replace(".", "")
    return name if letters.isalpha() and len(name) <= _NAME_MAX else ""


def _filled(text: str, name: str, brand: str) -> str:
    return clean(text.replace("{name}", name).replace("{brand}", clean(brand)))


def _language(language: str, fallback: str) -> str:
    return next((one for one in (language, fallback) if one in LANGUAGES), "en")


@cache
def _saved(language: str) -> Mapping[str, Any]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
