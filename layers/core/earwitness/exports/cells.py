"""Cells that no spreadsheet runs: text that could begin a formula gets an apostrophe before it.

A spreadsheet takes a cell for a formula by its first sign, after it dropped what cannot be seen
and made full-width signs narrow. In CSV a semicolon, a tab or a line's end within a text begins
a new cell too, where the reader's list separator is not a comma: so what follows one is looked at
as if it began a cell. The apostrophe can be taken off again (``plain``): text that has one where
it would matter gets a second.
"""

from __future__ import annotations

import re

# What NFKC turns into something that begins with = + - @; a test goes through all of Unicode.
_SIGNS = "=+\\-@⁺⁻⁼₊₋₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠"
# What is not seen: spaces, controls, formats and fillers, of which a reader may drop any.
_UNSEEN = (
    "\\s\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_SEPARATORS = ',;|"\t\r\n'
_UNSEEN_WITHIN = f"(?![{_SEPARATORS}])[{_UNSEEN}]"
_AT_START = f"'*(?:[{_UNSEEN}]*[{_SIGNS}]|[\t\r])"
# A run of what is unseen is looked at from the separator right before it alone: time stays linear.
_AFTER_SEPARATOR = f"'*(?:{_UNSEEN_WITHIN})*[{_SIGNS}]"

_START = re.compile(_AT_START)
_MARKED_START = re.compile(f"'(?={_AT_START})")
_WITHIN = re.compile(f"[{_SEPARATORS}](?={_AFTER_SEPARATOR})")
_MARKED_WITHIN = re.compile(f"([{_SEPARATORS}])'(?={_AFTER_SEPARATOR})")


def harmless(text: str) -> str:
    """The text as a cell of a workbook, where a cell's end is its end."""
    return f"'{text}" if _START.match(text) else text


def harmless_in_lines(text: str) -> str:
    """The text as a cell of CSV, whatever separator its reader goes by."""
    marked = harmless(text)
    return _WITHIN.sub(r"\g<0>'", marked) if _WITHIN.search(marked) else marked


def plain(cell: str) -> str:
    """The text that ``harmless`` made this cell of."""
    return cell[1:] if _MARKED_START.match(cell) else cell


def plain_in_lines(cell: str) -> str:
    """The text that ``harmless_in_lines`` made this cell of."""
    return plain(_MARKED_WITHIN.sub(r"\1", cell))
