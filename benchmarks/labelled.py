"""Labelled posts of the shared recordings, as posts with their matches and labels.

The recordings stay outside the project; ``available`` says whether they are there. Each set is
cut into a development half, looked at while rules were written, and a test half, which is
reported: rows go by turns, so that both halves have the same make-up.
"""

from __future__ import annotations

import csv
import html
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from earwitness.model import Match, Post, Tier

POSTS = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "posts"
NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
_LANGUAGE_FOLDERS = {"en": "english", "de": "german", "es": "spanish", "fr": "french"}
_NUMBERED = {"0": NEGATIVE, "1": NEUTRAL, "2": POSITIVE, "-1": NEGATIVE}
_OF_RUSSIAN = {"-1": NEGATIVE, "0": NEUTRAL, "1": POSITIVE}
# What label names had replaced in the airline texts (the longer first).
_LEAKS = (("Cancelled Flight", "cancel"), ("Flight Booking Problem", "booking"),
          ("Late Flight", "late"))  # fmt: skip
_RUSSIAN_NAMES = {
    "beeline": r"билайн\w*|beeline",
    "mts": r"мтс\w*|mts",
    "megafon": r"мегафон\w*|megafon|мегафончик\w*",
    "tele2": r"теле2|теле 2|tele2|tele 2|теледва\w*",
    "rostelecom": r"ростелеком\w*|rostelecom|rostelekom|ртк",
    "komstar": r"комстар\w*|comstar|komstar",
    "skylink": r"скайлинк\w*|sky ?link|скай линк",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post, the matches that judging is given, and what people say it is."""

    post: Post
    matches: tuple[Match, ...]
    brand: str
    label: str
    to_company: bool = True  # False: the set itself says that the post is to nobody we could watch


def available() -> bool:
    """Whether the shared recordings are beside the project."""
    return POSTS.is_dir()


def halves(rows: list[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """The development half and the test half."""
    return rows[::2], rows[1::2]


def labelled(number: int, text: str, brands: dict[str, str], brand: str, label: str) -> Labelled:
    """A row as a post; ``brands`` are patterns by name. A brand not found has no place."""
    matches = tuple(
        Match(name, name, found.group(), *found.span(), 0, "exact", 1.0, Tier.SURE)
        for name, pattern in brands.items()
        for found in re.finditer(pattern, text, re.IGNORECASE)
    )
    if not any(match.brand == brand for match in matches):
        matches += (Match(brand, brand, "", 0, 0, 0, "exact", 1.0, Tier.SURE),)
    return Labelled(Post("file", str(number), text), matches, brand, label)


def undo_leak(text: str) -> str:
    """The text with the words put back that label names had replaced.

    "Cancelled Flightled" was "cancelled", "Late Flightr" was "later"; a form with no ending
    ("Cancelled Flight") was the bare word or its participle.
    """
    for leaked, word in _LEAKS:
        text = re.sub(rf"{leaked}s?led", "cancelled", text) if word == "cancel" else text
        text = re.sub(rf"{leaked}s?", word, text)
    return text


@cache
def airline() -> list[Labelled]:
    """English posts to airlines, by sentiment; the label leak undone."""
    with (POSTS / "airline_a" / "tweets.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    handle = r"@(?:united|usairways|southwestair|jetblue|virginamerica|americanair)\b"
    return [
        labelled(n, undo_leak(html.unescape(r["text"])), {"it": handle}, "it",
                 r["airline_sentiment"])
        for n, r in enumerate(rows)
    ]  # fmt: skip


@cache
def complaints() -> list[Labelled]:
    """English posts, a complaint ("1") or not ("0"); the brand is the handle it starts with."""
    with (POSTS / "complaints_a" / "complaints.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        replace(
            labelled(n, html.unescape(r["tweet"]), {"it": r"(?<!\w)@\w+"}, "it", r["label"]),
            to_company=not r["domain"].startswith("random"),
        )
        for n, r in enumerate(rows)
    ]


@cache
def germeval() -> list[Labelled]:
    """German posts and articles about a railway, by sentiment; the relevant ones."""
    lines = (POSTS / "germeval2017_dev" / "dev.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.count("\t") >= 3]
    brand = r"@?DB_?Bahn|Deutsche[nr]? Bahn|\b(?:die|der) Bahn\b|\bDB\b|#bahn\b"
    return [
        labelled(n, row[1], {"it": brand}, "it", row[3])
        for n, row in enumerate(rows)
        if row[2] == "true"
    ]


@cache
def sentirueval() -> list[Labelled]:
    """Russian posts, a row for each telecom brand named, by the sentiment towards it."""
    root = ET.parse(POSTS / "sentirueval2016_telecom" / "tkk_test_etalon.xml").getroot()  # noqa: S314
    rows = []
    for number, table in enumerate(root.iter("table")):
        values = {c.get("name"): c.text or "" for c in table.iter("column")}
        for name in _RUSSIAN_NAMES:
            if values.get(name) in _OF_RUSSIAN:
                label = _OF_RUSSIAN[values[name]]
                rows.append(labelled(number, values["text"], _RUSSIAN_NAMES, name, label))
    return rows


@cache
def umsab(language: str) -> list[Labelled]:
    """Posts about anything, by sentiment, the training and validation parts."""
    folder = POSTS / "umsab" / _LANGUAGE_FOLDERS[language]
    rows = []
    for part in ("train", "val"):
        texts = (folder / f"{part}_text.txt").read_text("utf-8").split("\n")
        labels = (folder / f"{part}_labels.txt").read_text("utf-8").split("\n")
        rows += [
            labelled(n, _unescaped(text), {}, "it", _NUMBERED[label.strip()])
            for n, (text, label) in enumerate(zip(texts, labels, strict=False))
            if label.strip()
        ]
    return rows


def _unescaped(text: str) -> str:
    return text.replace("\\u2019", "’").replace("\\u002c", ",").replace('\\""', '"')
