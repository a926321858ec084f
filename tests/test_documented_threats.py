"""The README's tables of guarantees, faults and attacks are held to the tests that they name."""

import ast
import re

import pytest

from tests.expansion import ROOT

NUMBERS = [
    *(f"G{number}" for number in range(1, 7)),
    *(f"F{number}" for number in range(1, 41)),
    *(f"A{number}" for number in range(1, 25)),
]
README = (ROOT / "README.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([GFA]\d+) \| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE)
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]


def defined_in(path):
    """The tests that a file defines, as pytest would collect them."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


TESTS = {name for path in ROOT.glob("tests/**/test_*.py") for name in defined_in(path)}
TESTS |= {name for path in ROOT.glob("peers/test_*.py") for name in defined_in(path)}


def numbers_of(name):
    """The numbers that a test bears: those that its name begins with."""
    (told,) = re.findall(r"^test((?:_[gfa]\d+)*)", name)
    return {number.upper() for number in told.split("_") if number}


def test_every_number_has_one_row_in_the_order_of_numbers():
    assert [number for number, _, _ in ROWS] == NUMBERS


@pytest.mark.parametrize(("number", "what", "named"), ROWS, ids=lambda told: told[:4])
def test_a_row_names_tests_that_bear_its_number(number, what, named):
    names = re.findall(r"`(test_\w+)`", named)
    assert names
    assert [name for name in names if number not in numbers_of(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_test_that_is_named_exists(page):
    named = re.findall(r"`(test_\w+)`", page.read_text("utf-8"))
    assert [name for name in named if name not in TESTS] == []


def test_no_test_bears_a_number_that_there_is_not():
    assert {number for name in TESTS for number in numbers_of(name)} == set(NUMBERS)
