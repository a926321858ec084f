"""A post read into words, clauses and hits: where which rule was set off.

Offsets count code points of the text read (title, line end, text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from earwitness.judging.notation import (
    BRAND,
    CACHED_WORDS,
    GAP_WORDS,
    MODIFIERS,
    Pattern,
    Rule,
    folded_word,
    sign,
)
from earwitness.judging.rules import Lexicon, Meaning
from earwitness.judging.rules import lexicon as lexicon_of
from earwitness.model import Match, Post

MAX_CHARACTERS = 4_000  # of a long article: more would cost every poll
_NEAR_CHARACTERS = 600  # of a long article, before and behind a brand: some sentences
_FIRST_MARKER = 0xE000  # private-use characters stand where brands are while a text is read
_MARKERS = 256
_LONGEST_HASHTAG = 60
_UNREAD = re.compile(r"https?://\S+|www\.\S+|@\w+|&(?:amp|lt|gt|quot|#39);", re.IGNORECASE)
_EMOTICON = (
    r"\^_*\^|-\.-|;-;|:'-?[()]|[:;=][-o^']?(?:[)(\]\[dDpP/\\|*]+(?!\w)|3\b)|<3+|</3"
    r"|-_+-|T_+T|\){2,}|\({2,}"
)
_EMOJI = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u203c\u2049]"
_TOKEN = re.compile(
    r"(?P<skip>(?<=\d)[.,:](?=\d))"
    r"|(?P<word>#?[^\W_]+(?:['’`´](?:t|s|re|ve|ll|d|m)\b)?)"
    rf"|(?P<brand>[{chr(_FIRST_MARKER)}-{chr(_FIRST_MARKER + _MARKERS - 1)}]+)"
    rf"|(?P<sign>{_EMOTICON}|{_EMOJI})"
    r"|(?P<end>[.!?…\n¡¿]+)|(?P<pause>[,;:()—–|\"“”«»]+|\s-+\s)",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯЁ]+(?![a-zà-öø-ÿа-яё])|[A-ZÀ-ÖØ-ÞА-ЯЁ]?[a-zà-öø-ÿа-яё]+|\d+")
_DIGITS_THEN_LETTERS = re.compile(r"(\d+)([^\W\d_]+)")


class Hit(NamedTuple):
    """A rule set off by the words ``first`` to ``last`` (both included; ``at`` lists them)."""

    rule: Rule
    at: tuple[int, ...]


@dataclass(slots=True)
class Reading:
    """A text as its words, in parallel lists, and what they are part of."""

    text: str
    language: str = ""  # whose rules it is read by
    words: list[str] = field(default_factory=list)  # folded; BRAND stands for a brand
    spans: list[tuple[int, int]] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)  # number of the clause each word is in
    sentences: list[int] = field(default_factory=list)
    brands: dict[int, str] = field(default_factory=dict)  # word -> name of the brand
    unread: frozenset[str] = frozenset()  # brands named only where a long text was not read
    asking: set[int] = field(default_factory=set)  # sentences that end in a question mark
    exclaims: int = 0
    asks: int = 0

    def evidence(self, hit: Hit) -> str:
        """The words that set the hit off, as they stand in the post."""
        start, end = self.spans[hit.at[0]][0], self.spans[hit.at[-1]][1]
        return " ".join(self.text[start:end].split())


def read(post: Post, matches: Sequence[Match], lexicon: Lexicon) -> Reading:
    """Read a post: its words folded, brands marked, addresses and handles left out.

    Of a text of more than 4,000 characters, what stands around the brands.
    """
    title = f"{post.title}\n" if post.title else ""
    text = title + post.text
    names = list(dict.fromkeys(match.brand for match in matches))[:_MARKERS]
    places = _places(matches, len(title))
    stretches = _stretches(len(text), places)
    near = {m.brand for start, m in places if any(a <= start < b for a, b in stretches)}
    reading = Reading(text, lexicon.language, unread=frozenset(names) - near)
    clause = sentence = 0
    marked = _marked(text, places, names)
    for start, end in stretches:
        for token in _TOKEN.finditer(_without_addresses(marked[start:end])):
            kind, written = token.lastgroup, token.group()
            if kind == "end":
                clause, sentence = _close(reading, written, clause, sentence)
            elif kind == "pause":
                clause += 1
            elif kind != "skip":
                if kind == "brand" and (number := ord(written[0]) - _FIRST_MARKER) < len(names):
                    reading.brands[len(reading.words)] = names[number]
                for word in _words(written, kind, reading.language):
                    reading.words.append(word)
                    reading.spans.append((start + token.start(), start + token.end()))
                    reading.clauses.append(clause)
                    reading.sentences.append(sentence)
        clause, sentence = clause + 1, sentence + 1
    return reading


def _places(matches: Sequence[Match], title: int) -> list[tuple[int, Match]]:
    """The matches with where they begin in the text read, in order."""
    found = ((match.start + (0 if match.in_title else title), match) for match in matches)
    return sorted(found, key=lambda place: place[0])


def _stretches(length: int, places: Sequence[tuple[int, Match]]) -> list[tuple[int, int]]:
    """What is read of a text: all, or of a long one what is near the brands, in order.

    Each brand's first place goes before the further ones, as far as the characters reach.
    """
    if length <= MAX_CHARACTERS:
        return [(0, length)]
    first = {match.brand: start for start, match in reversed(places)}
    wanted = [*sorted(first.values()), *(start for start, _ in places)] or [0]
    found: list[tuple[int, int]] = []
    for start in wanted:
        if any(a <= start < b for a, b in found):
            continue
        near = (max(0, start - _NEAR_CHARACTERS), min(length, start + _NEAR_CHARACTERS))
        if sum(b - a for a, b in found) + near[1] - near[0] > MAX_CHARACTERS:
            break
        apart = [one for one in found if one[1] < near[0] or near[1] < one[0]]
        joined = [one for one in found if one not in apart] + [near]
        found = [*apart, (min(a for a, _ in joined), max(b for _, b in joined))]
    return sorted(found)


def _close(reading: Reading, mark: str, clause: int, sentence: int) -> tuple[int, int]:
    if "?" in mark:
        reading.asking.add(sentence)
        reading.asks += 1
    reading.exclaims += mark.count("!")
    return clause + 1, sentence + 1


def _marked(text: str, places: Sequence[tuple[int, Match]], names: list[str]) -> str:
    """The text with a marker over each brand; as long as before."""
    pieces, done = [], 0
    for begin, match in places:
        start, end = max(begin, done), min(begin + match.end - match.start, len(text))
        if match.brand in names and start < end:
            marker = chr(_FIRST_MARKER + names.index(match.brand))
            pieces += [text[done:start], marker * (end - start)]
            done = end
    return "".join([*pieces, text[done:]])


def _without_addresses(marked: str) -> str:
    """Spaces over addresses and handles; as long as before."""
    if "@" in marked or "&" in marked or "://" in marked or "www." in marked:
        return _UNREAD.sub(_blank, marked)
    return marked


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


@lru_cache(maxsize=CACHED_WORDS)
def _words(written: str, kind: str | None, language: str) -> tuple[str, ...]:
    """What stands in a token, folded: a word, a sign, a brand, or the words of a hashtag."""
    if kind == "brand":
        return (BRAND,)
    if kind == "sign":
        return (sign(written),)
    if written[0] == "#":
        return _hashtag(written[1:], language)
    folded = folded_word(written, language)
    if folded[:1].isdigit() and (split := _DIGITS_THEN_LETTERS.fullmatch(folded)):
        return (split[1], split[2])
    return (folded,) if folded else ()


def _hashtag(tag: str, language: str) -> tuple[str, ...]:
    """The words of a hashtag: as a rule knows it, by its capitals, or by a known end."""
    rules = lexicon_of(language)
    whole = folded_word(tag, language)
    if rules.meaning(whole).atoms or whole in rules.joined:
        return (whole,)
    pieces = [folded_word(piece, language) for piece in _CAMEL.findall(tag)]
    if len(pieces) > 1:
        return tuple(piece for piece in pieces if piece)
    for cut in range(1, min(len(whole), _LONGEST_HASHTAG) - 3):
        if whole[cut:] in rules.atoms:
            return (whole[:cut], whole[cut:])
    return (whole,) if whole else ()


def hits(reading: Reading, lexicon: Lexicon) -> list[Hit]:
    """Every rule set off, without those whose words lie inside a longer phrase."""
    found: list[Hit] = []
    meanings = [lexicon.meaning(word) for word in reading.words]
    for index, meaning in enumerate(meanings):
        if not meaning.atoms:
            if phrase := lexicon.joined.get(reading.words[index]):
                found.append(Hit(phrase.rule, (index,)))
            continue
        asked = reading.sentences[index] in reading.asking
        found += [Hit(p.rule, (index,)) for p in meaning.single if asked or not p.rule.asks]
        found += [
            Hit(pattern.rule, at)
            for pattern in _phrases(index, meanings)
            if asked or not pattern.rule.asks
            if (at := _match(pattern, index, meanings, reading))
        ]
    return _outermost(found)


def _phrases(index: int, meanings: list[Meaning]) -> Iterable[Pattern]:
    """The phrases that the word may begin, judged by the words that follow; each once."""
    beside, behind = meanings[index].beside, meanings[index].behind
    later = meanings[index + 1 : index + 2 + (GAP_WORDS if behind else 0)]
    found: dict[int, Pattern] = {}
    if beside and later:
        for atom in later[0].atoms:
            for pattern in beside.get(atom, ()):
                found[id(pattern)] = pattern
    if behind:
        for meaning in later:
            for atom in meaning.atoms:
                for pattern in behind.get(atom, ()):
                    found[id(pattern)] = pattern
    return found.values()


def _match(
    pattern: Pattern, index: int, meanings: list[Meaning], reading: Reading
) -> tuple[int, ...] | None:
    """Where the pattern's words stand from ``index`` on, within one sentence; None: nowhere."""
    sentence = reading.sentences[index]
    at = [index]
    for part in pattern.parts[1:]:
        start = at[-1] + 1
        for place in range(start, min(start + part.gap + 1, len(meanings))):
            if not part.atoms.isdisjoint(meanings[place].atoms):
                break
            if index in reading.brands and place in reading.brands:
                return None  # "X is bad, Y is great": what is said of one ends at the other
        else:
            return None
        if reading.sentences[place] != sentence:
            return None
        at.append(place)
    return tuple(at)


def _outermost(found: list[Hit]) -> list[Hit]:
    if len(found) < 2:
        return found
    phrases = [set(hit.at) for hit in found if len(hit.at) > 1]
    meant = {hit.at for hit in found if hit.rule.intent}
    return [
        hit
        for hit in found
        if not any(len(hit.at) < len(other) and other.issuperset(hit.at) for other in phrases)
        and (hit.rule.intent or hit.at not in meant or hit.rule.name in MODIFIERS)
    ]
