"""No text takes a regular expression of the product time beyond its length (A12).

Time that grows exponentially is ruled out by what an expression is, without any text (`ambiguity`).
For time that grows less fast, each is asked, in the ways in which the product asks it, of texts
derived from it. The slowest of them at a small length are measured at two larger ones: linear time
grows fourfold, quadratic time sixteenfold. What takes next to no time is not judged by its growth.
"""

import re
from collections import deque
from time import thread_time

import pytest

from tests.ambiguity import ambiguity
from tests.patterns import PUT_TOGETHER, all_patterns, unread
from tests.slow_texts import grown, slow_texts

TINY, SMALL, MIDDLE, LARGE, HUGE = 20, 500, 2_000, 8_000, 50_000  # characters
NOTHING, HOPELESS = 0.008, 0.04  # seconds
MOST_GROWTH = 9.0
MOST_AT_HUGE = 1.0  # seconds
WAYS_OF_ASKING = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "finditer": lambda pattern, text: deque(pattern.finditer(text), 0),
}
PATTERNS = all_patterns()


def taken(pattern, way, text):
    """The processor's seconds of this thread for one question."""
    start = thread_time()
    WAYS_OF_ASKING[way](pattern, text)
    return thread_time() - start


def least(pattern, way, text):
    """The least of three, unless the first is next to nothing."""
    first = taken(pattern, way, text)
    return first if first < NOTHING else min(first, *(taken(pattern, way, text) for _ in "12"))


def fault(pattern, ways):
    """The text by which a pattern takes too long, with how long; None: there is none."""
    for way in sorted({way if way in WAYS_OF_ASKING else "finditer" for way in ways}):
        slowest = []
        for text in slow_texts(pattern):
            if least(pattern, way, grown(pattern, text, TINY * len(text[1]))) > HOPELESS:
                return way, text, "without end"
            slowest.append((taken(pattern, way, grown(pattern, text, SMALL)), text))
        for _, text in sorted(slowest, reverse=True)[:2]:
            if told := _growth(pattern, way, text):
                return way, text, told
    return None


def _growth(pattern, way, text):
    before, after = (least(pattern, way, grown(pattern, text, n)) for n in (MIDDLE, LARGE))
    if after > NOTHING and after / before > MOST_GROWTH:
        return f"{after / before:.0f} times for four times the text"
    longest = after if after < NOTHING else taken(pattern, way, grown(pattern, text, HUGE))
    return f"{longest:.1f} s" if longest > MOST_AT_HUGE else None


def test_a12_no_text_takes_a_pattern_time_beyond_its_length():
    # In one test: some patterns are joined of sets, so each process has them in its own order.
    found = {str(one.pattern): fault(one, ways) for one, ways in PATTERNS.items()}
    assert {pattern: slow for pattern, slow in found.items() if slow is not None} == {}


@pytest.mark.parametrize(
    "written",
    [
        r"\s+x",
        r"\s*\n\s*",
        r"<a[^>]*>",
        r"[\w.+-]+@[\w-]+",
        r"@[\w.]+\W*$",
        r"…\W*$",
        rb"<item\s*>|\s+$",
    ],
)
def test_a12_a_pattern_known_to_be_slow_is_found_so(written):
    assert fault(re.compile(written), {"search"}) is not None


def test_a12_no_pattern_has_more_and_more_ways_to_read_a_text():
    found = {str(one.pattern): ambiguity(one) for one in PATTERNS}
    assert {pattern: sign for pattern, sign in found.items() if sign is not None} == {}


@pytest.mark.parametrize(
    "written",
    [
        r"(a+)+$",
        r"(a*)*b",
        r"(a|a)*b",
        r"(a|aa)*c",
        r"(a|ab|b)*c",
        r"(?:ab|a|b)*c",
        r"(?:a?b?)*c",
        r"(?:(?:a?)?b)*c",
        r"(?:x(?:|(?:|y)))*c",
        r"(?:\w+\s?)*!",
        r"(\w+(?: \w+)*)*!",
        r"(x\w{1,10})+y",
        r"(?:[ab]{0,40}){0,40}c",
        r"order(?:(?: no)?(?: not?)?)*!",
        r"order(?:(?: no)+)* no no",
        r"((ab)*|(abab)*)*c",
        r"(?=(a+)+$)a",
        r"(?<!(?:a|a){12})(?>(b+)+)",
        r"(a++[ab])+c",
        r"(?i)(?:ka|KA)*c",
        rb"<(?:\w+|\w+\s*)*>",
    ],
)
def test_a12_a_pattern_known_to_take_exponential_time_is_found_so(written):
    assert ambiguity(re.compile(written)) is not None


@pytest.mark.parametrize(
    "written",
    [
        r"(a|ab)*c",
        r"(?:[^\"\\]|\\.)*\"",
        r"(x[a-wyz0-9_]{1,10})+y",
        r"(?:\d+,)*\d+x",
        r"order(?: no)* no no",
        r"(a++|b)+c",
        r"(?:[ab]*+c)*d",
        r"(ab|cd|\w\d)*e",
        rb"(?:<[^<>]*>|[^<>])*$",
    ],
)
def test_a12_a_pattern_with_one_way_to_read_a_text_is_left_alone(written):
    assert ambiguity(re.compile(written)) is None


def test_a12_every_pattern_that_is_put_together_at_run_time_is_among_them():
    assert unread() == set(PUT_TOGETHER)
    assert len(PATTERNS) > 150
