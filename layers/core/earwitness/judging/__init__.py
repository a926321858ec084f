"""Judge how soon someone must look at a post, and why.

``judge`` reads a post once and judges each brand found in it by the words that are about that
brand. Rules are data, one file per language in ``rules/``. ``personal_data`` and ``mask`` find
and hide what must not travel in an alert.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from earwitness.judging.language import identify
from earwitness.judging.reading import Reading, hits, read
from earwitness.judging.rules import LANGUAGES, lexicon
from earwitness.judging.scopes import Evidence, Modifiers, brands_of_words, weigh
from earwitness.judging.verdict import Facts, decide
from earwitness.model import Judgement, Match, Post
from earwitness.personal import Span, mask, personal_data

__all__ = ["LANGUAGES", "Span", "identify", "judge", "mask", "personal_data"]

_NEAR_SENTENCES = 1  # in a long text only what is said near the brand is about it
_SHORT_SENTENCES = 6
_CARE = re.compile(  # what handles are called that are there for customers, in our languages
    r"@(?:ask(?=[A-Z_])|\w*(?:help|support|care|svc|service|assist|hilf|kund|soporte|ayuda|atencion"
    r"|aide|sav(?:_|\b)|destek|yardim|musteri|podderzh))",
    re.IGNORECASE,
)


def judge(post: Post, matches: Sequence[Match]) -> dict[str, Judgement]:
    """One judgement for each brand named in ``matches``, by the rules of the post's language.

    ``matches`` are all matches of the post. Pure; raises on no post, however odd its text.
    """
    if not matches:
        return {}
    language = identify(f"{post.title or ''} {post.text}", post.language)
    words = lexicon(language)
    reading = read(post, matches, words)
    found = hits(reading, words)
    modifiers = Modifiers(reading, found)
    evidence = weigh(reading, found, modifiers)
    about = brands_of_words(reading, modifiers)
    personal = any(hit.rule.name == "personal" for hit in found) or post.text.startswith("@")
    to_care = _CARE.search(post.text) is not None
    judgements = {}
    for name in dict.fromkeys(match.brand for match in matches):
        named = name in reading.brands.values()
        facts = Facts(language, language in LANGUAGES, personal, named, to_care, post.engagement)
        judgements[name] = decide(reading, _concerning(name, reading, evidence, about), facts)
    return judgements


def _concerning(
    brand: str, reading: Reading, evidence: list[Evidence], about: list[frozenset[str]]
) -> list[Evidence]:
    """The evidence about this brand: a brand named inside a phrase owns it, else its clause."""
    if brand in reading.unread:
        return []
    if brand not in reading.brands.values():  # named in an address only: the whole is about it
        return evidence
    own = [e for e in evidence if brand in _owners(e, reading, about)]
    near = {reading.sentences[i] for i, name in reading.brands.items() if name == brand}
    if reading.sentences[-1] < _SHORT_SENTENCES:
        return own
    return [
        e
        for e in own
        if any(abs(reading.sentences[e.hit.at[0]] - s) <= _NEAR_SENTENCES for s in near)
    ]


def _owners(evidence: Evidence, reading: Reading, about: list[frozenset[str]]) -> frozenset[str]:
    inside = frozenset(reading.brands[i] for i in evidence.hit.at if i in reading.brands)
    if inside:
        return inside
    return about[evidence.hit.at[0]]
