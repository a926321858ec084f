"""Readers of the labelled data that matching is measured on; see its README for origins."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from earwitness.model import Brand, Post, Role, Term, TermKind, Watchlist

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "matching"
DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Surface:
    """A spelling seen in real posts within two edits of a brand, and what a person said it is."""

    brand: str
    text: str
    edits: int
    seen: int
    label: str

    @property
    def is_slip(self) -> bool:
        """A misspelling, cut or play on the brand's name."""
        return self.label in {"typo", "truncated", "pun_or_nickname"}


def surfaces() -> list[Surface]:
    """The 371 hand-labelled surfaces."""
    with (DATA / "spelling" / "fuzzy_candidates_a.tsv").open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Surface(r["brand"], r["surface"], int(r["osa"]), int(r["n"]), r["hand_label"])
            for r in rows
        ]


def conll(folder: str) -> Iterator[list[tuple[str, str]]]:
    """Posts of a folder of CoNLL files as lists of (token, label)."""
    for path in sorted((DATA / "posts" / folder).glob("*conll")):
        post: list[tuple[str, str]] = []
        for line in path.read_text("utf-8").splitlines():
            cells = line.rstrip("\n").split("\t")
            if len(cells) >= 2 and cells[0].strip():
                post.append((cells[0], cells[1]))
            elif post:
                yield post
                post = []
        if post:
            yield post


def detokenised(tokens: Iterable[str]) -> str:
    """A post's text with the tokeniser's blanks after @ and # and before 's undone."""
    text = " ".join(tokens)
    text = re.sub(r"([@#]) (?=\w)", r"\1", text)
    return re.sub(r" (['\u2019]\w)", r"\1", text)


def telecom_posts() -> Iterator[tuple[str, set[str]]]:
    """Russian posts with the telecom brands that each mentions."""
    path = DATA / "posts" / "sentirueval2016_telecom" / "tkk_test_etalon.xml"
    for table in ET.parse(path).getroot().iter("table"):  # noqa: S314 - our own recording
        columns = {c.attrib["name"]: c.text or "" for c in table.findall("column")}
        if "text" in columns:
            brands = {k for k, v in columns.items() if k in TELECOMS and v != "NULL"}
            yield columns["text"], brands


# The names in both scripts, the parent companies and the official accounts, as a customer would
# list them.
TELECOMS: dict[str, tuple[str, ...]] = {
    "beeline": (
        "Билайн",
        "Beeline",
        "Вымпелком",
        "Vimpelcom",
        "@Beeline_RUS",
        "@BeelineKG",
        "@_Beeline_kz",
    ),
    "mts": ("МТС", "MTS", "@ru_mts", "@by_mts", "Мобильные ТелеСистемы"),
    "megafon": ("Мегафон", "MegaFon", "@megafonru", "@MegaFonHelp"),
    "tele2": ("Теле2", "Tele2", "@Tele2Russia", "@Tele2KZ"),
    "rostelecom": (
        "Ростелеком",
        "Rostelecom",
        "@Rostelecom_News",
        "@RostelecomSouth",
        "@rostelecom_nw",
    ),
    "komstar": ("Комстар", "Comstar"),
    "skylink": ("Скайлинк", "Skylink"),
}


def term(text: str) -> Term:
    """A term whose kind its first character tells."""
    kinds = {"@": TermKind.HANDLE, "#": TermKind.HASHTAG}
    return Term(text, kinds.get(text[0], TermKind.NAME))


def watchlist(brands: dict[str, Iterable[str]]) -> Watchlist:
    """A watchlist of brands and their terms."""
    return Watchlist(
        tuple(Brand(name, Role.OWN, tuple(map(term, terms))) for name, terms in brands.items()),
        (),
        "benchmark",
    )


def post(text: str) -> Post:
    """A post of no particular channel."""
    return Post("benchmark", "0", text)


def misspellings() -> Iterator[tuple[str, str]]:
    """Pairs (word, misspelling) of the Birkbeck corpus and Norvig's collection, letters only."""
    word = ""
    for line in (DATA / "spelling" / "birkbeck_missp.dat").read_text("latin-1").splitlines():
        if line.startswith("$"):
            word = line[1:]
        else:
            yield word, line.strip()
    path = DATA / "spelling" / "norvig_spell-errors.txt"
    for line in path.read_text("utf-8").splitlines():
        word, _, errors = line.partition(":")
        for error in errors.split(","):
            yield word.strip(), error.strip().split("*")[0]


def company_variants() -> list[tuple[str, str, str]]:
    """(variant, canonical name, class) of the names people typed into IETF drafts."""
    with (DATA / "spelling" / "company_variants.tsv").open(encoding="utf-8") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [(r[0], r[1], r[3]) for r in rows if len(r) == 4]
