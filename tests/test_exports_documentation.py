"""The dictionary in docs/exports.md is the one that the rows are made of."""

from pathlib import Path

import pytest

from earwitness.exports.dictionary import markdown
from earwitness.exports.hours import HourRow
from earwitness.exports.rows import SCHEMA_VERSION, Row

DOCS = Path(__file__).parents[1] / "docs" / "exports.md"


@pytest.mark.parametrize("row", [Row, HourRow])
def test_the_documented_dictionary_is_that_of_the_rows(row):
    assert markdown(row) in DOCS.read_text(encoding="utf-8")


def test_the_documented_version_is_that_of_the_rows():
    assert f"Schema version {SCHEMA_VERSION}." in DOCS.read_text(encoding="utf-8")
