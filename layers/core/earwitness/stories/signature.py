"""What is kept of a post to recognise its copies: small, and found again by a few keys."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from earwitness.model import Post, digest
from earwitness.stories.addresses import canonical, domain
from earwitness.text import fold, words

MOST_TOKENS = 128  # a copy of a long text begins as the text does
BANDS, ROWS = 12, 3  # minimal hashes: likeness .5 is missed 1 time in 5, .67 1 in 70, .8 never
OPENING = 5  # tokens: finds a text whose copy was cut short
LEAST_OF_REMARK = 5.0  # weight: less is said word by word alike without copying
LEAST_OF_HEADLINE = 4  # words that must remain when an outlet's name is taken off

# A lookbehind lets a search begin a run of blanks once, and what is possessive never looks back:
# no text takes time beyond its length.
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\b(?:t\.co|bit\.ly|pic\.twitter\.com)/\S+")
_REPOST = re.compile(r"^\W*(?:RT|MT|QT)\b[\s:]*@([\w.]+)[\s:]*")
_CREDIT = re.compile(r"(?<!\s)\s++\(?(?:via|h/t|ht|über|vía)\s++@[\w.]++\)?+\W*+$", re.IGNORECASE)
_OUTLET = re.compile(r"(?<!\s)\s++[-–—|•·»]\s+[^-–—|•·»\n]{2,40}$")
_ENDING = re.compile(r"(?<!\W)\W++$")  # all that stands behind the last word
_ELLIPSIS = re.compile(r"(?<!\s)\s*+(?:…|\.\.\.|\[…\]|\[\.\.\.\])")
# Thai, Lao, Burmese, Khmer, Japanese, Chinese: words are not told apart by spaces.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+)"
)
_64_BITS = 0xFFFFFFFFFFFFFFFF
_SEEDS = tuple((n + 1) * 0x9E3779B97F4A7C15 & _64_BITS for n in range(BANDS * ROWS))


@dataclass(frozen=True, slots=True)
class Signature:
    """A post's text and address, reduced to at most about a kilobyte. Holds no word of it.

    ``tokens``: 32-bit hashes of distinct folded words in reading order, or of pairs of letters
    where a script has no spaces; the title's come first and ``of_title`` says how many they are.
    ``numbers``: those that hold a digit. ``weight``: distinct words, a pair of letters counted
    as half. ``page``: the canonical address the post is about. ``cut``: it ends in an ellipsis.
    """

    page: str | None
    source: str | None
    tokens: tuple[int, ...]
    of_title: int
    numbers: frozenset[int]
    weight: float
    article: bool
    repost: bool
    cut: bool

    @property
    def title(self) -> frozenset[int]:
        """The tokens of the title."""
        return frozenset(self.tokens[: self.of_title])


def signature(post: Post) -> Signature:
    """Reduce a post to what its copies are recognised by."""
    title, body = _bare(post.title or ""), _bare(post.text)
    weights: dict[str, float] = dict(_tokens(title))
    of_title = len(weights)
    for token, weight in _tokens(body):
        weights.setdefault(token, weight)
    kept = list(weights)[:MOST_TOKENS]
    return Signature(
        page=_page(post),
        source=_source(post),
        tokens=tuple(_hashed(token) for token in kept),
        of_title=min(of_title, len(kept)),
        numbers=frozenset(_hashed(token) for token in kept if any(map(str.isdigit, token))),
        weight=sum(weights[token] for token in kept),
        article=post.title is not None,
        repost=bool(_REPOST.match(post.text)),
        cut=_uncut(_ADDRESS.sub("", post.text)) is not None,
    )


def keys(of: Signature) -> tuple[str, ...]:
    """Where a story is kept and looked for: texts that are alike share at least one key.

    Its page, its opening, and bands of minimal hashes (Broder 1997, "On the resemblance and
    containment of documents"). At most 15.
    """
    found = [f"page:{_hashed(of.page):08x}"] if of.page else []
    if of.tokens:
        found += [f"opening:{_joined(of.tokens[:OPENING])}"]
        if of.of_title >= OPENING:
            found += [f"opening:{_joined(sorted(of.title))}"]
        least = [min(_mixed(token, seed) for token in of.tokens) for seed in _SEEDS]
        bands = (tuple(least[n : n + ROWS]) for n in range(0, len(least), ROWS))
        found += [f"band{n}:{_joined(band)}" for n, band in enumerate(bands)]
    return tuple(found)


def wording_id(post: Post) -> str:
    """One id for posts that say the same word by word, whatever sharing added.

    An article is told by its headline. A short remark is told by its author too, or by whom it
    repeats: many say "thanks" on their own. The id depends on nothing but the post, so it is the
    same at every time; ``assign`` finds near-copies too, but needs the stories known at the time.
    """
    said = fold(_bare(post.title or "")).split()
    if len(said) < LEAST_OF_HEADLINE:
        said += fold(_bare(post.text)).split()
    if not said:
        return digest("wording", post.post_id)[:32]
    by = _first_said_by(post) if post.title is None and _is_short(post) else ""
    return digest("wording", " ".join(said), by)[:32]


def _is_short(post: Post) -> bool:
    return sum(dict(_tokens(_bare(post.text))).values()) < LEAST_OF_REMARK


def _first_said_by(post: Post) -> str:
    """Whom a remark repeats, as it says, else who wrote it."""
    repeated = _REPOST.match(post.text)
    return f"{post.kind}:{repeated[1].casefold()}" if repeated else _source(post) or post.post_id


def _bare(text: str) -> str:
    """The text without what sharing adds: addresses, RT, credit, ellipsis, an outlet's name."""
    text = _ADDRESS.sub(" ", text).strip()
    text = _REPOST.sub("", text)
    text = _CREDIT.sub("", text)
    cut = _uncut(text)
    if cut is not None:  # the last word may be half a word
        return cut.rsplit(maxsplit=1)[0] if " " in cut else cut
    headline = _OUTLET.sub("", text)
    return headline if len(headline.split()) >= LEAST_OF_HEADLINE else text


def _uncut(text: str) -> str | None:
    """The text up to the ellipsis that it ends in; None: it ends in none."""
    ending = _ENDING.search(text)
    ellipsis = _ELLIPSIS.search(ending[0]) if ending else None
    return text[: ending.start() + ellipsis.start()] if ending and ellipsis else None


def _tokens(text: str) -> Iterator[tuple[str, float]]:
    """Folded words, each of weight 1; pairs of letters of unspaced scripts, of weight a half."""
    for word, _, _ in words(text):
        for piece in _UNSPACED.split(word):
            if piece and _UNSPACED.fullmatch(piece):
                yield from ((piece[n : n + 2], 0.5) for n in range(max(1, len(piece) - 1)))
            elif piece:
                yield piece, 1.0


def _page(post: Post) -> str | None:
    """An article's own address; for a remark the first page it links to."""
    own = canonical(post.url)
    if post.title is not None:
        return own
    linked = (canonical(found) for found in _ADDRESS.findall(post.text))
    return next((page for page in linked if page and page != own), None)


def _source(post: Post) -> str | None:
    """Who says it: the author within a kind of channel, else an article's domain."""
    author = post.author.handle or post.author.name
    if author:
        return f"{post.kind}:{author.casefold()}"
    return domain(post.url) if post.title is not None else None


def _mixed(token: int, seed: int) -> int:
    """One of a family of hash functions: splitmix64's output step (Steele and others 2014)."""
    mixed = ((token ^ seed) * 0xBF58476D1CE4E5B9) & _64_BITS
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _64_BITS
    return mixed >> 32


def _hashed(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "surrogatepass"))


def _joined(tokens: Sequence[int]) -> str:
    return f"{zlib.crc32(b''.join(token.to_bytes(4, 'big') for token in tokens)):08x}"
