"""Texts that would make a regular expression slow, derived from the expression itself.

What makes a backtracking search slow is a beginning that fits, a long run that several parts of
the expression can divide among themselves or that a search can begin in anywhere, and an end that
does not fit. So: every beginning of the expression, a run of every kind of character that it tells
apart (and of every pair, every repeated part, every beginning), and an end of every such kind.
"""

import string
from itertools import product
from re import _compiler, _parser

ONE = {"LITERAL", "NOT_LITERAL", "IN", "ANY", "RANGE", "CATEGORY"}
REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
OTHERS = (
    string.printable + "äßéıя\u3042\u30a2漢กกั가’´…–•»\u00a0\u2028\u200b\U00010400\U00020000\ud800"
)
MOST_BEGINNINGS, MOST_KINDS, MOST_TEXTS = 8, 5, 200


def slow_texts(pattern):
    """What repeated in the middle may be slow: ``(beginning, run, end)``, each once."""
    tree = _parser.parse(pattern.pattern, pattern.flags)
    kinds = _kinds(pattern, tree)
    first = kinds[:MOST_KINDS]
    beginnings = list(dict.fromkeys(["", *_beginnings(pattern, tree, kinds)]))[:MOST_BEGINNINGS]
    whole = _example(pattern, tree, kinds)
    pairs = ["".join(pair) for pair in product(first, first) if pair[0] != pair[1]]
    parts = list(dict.fromkeys([*_repeated(pattern, tree, kinds), *beginnings[1:], whole]))
    last = kinds[-2:]  # what fits fewest steps
    ends = ["", *last, "".join(last), "".join(last[::-1])]
    texts = [("", run, end) for run in (*parts, *pairs) for end in ends[:3]]
    texts += [(begin, run, end) for run in first for end in ends for begin in beginnings]
    return [text for text in dict.fromkeys(texts) if text[1]][:MOST_TEXTS]


def grown(pattern, text, length):
    """The text at about a length, in the type that the pattern reads."""
    begin, run, end = text
    long = begin + run * max(1, length // len(run)) + end
    return long.encode("latin-1") if isinstance(pattern.pattern, bytes) else long


def steps(tree):
    """Every step of an expression, those within others too."""
    for step in tree:
        yield step
        for inner in inside(step):
            yield from steps(inner)


def _asked_again(tree):
    """The steps that read one character and stand in what may be repeated."""
    for step in steps(tree):
        if str(step[0]) in REPEATS:
            yield from (one for one in steps(step[1][2]) if str(one[0]) in ONE)


def inside(step):
    name, value = str(step[0]), step[1]
    if name == "BRANCH":
        return value[1]
    if name in REPEATS:
        return [value[2]]
    if name == "SUBPATTERN":
        return [value[3]]
    if name == "ATOMIC_GROUP":
        return [value]
    return [value[1]] if name in {"ASSERT", "ASSERT_NOT"} else []


def _kinds(pattern, tree):
    """A character of each kind that repeated steps tell apart: what fits most steps first."""
    tests = [asking(pattern, tree, step) for step in _asked_again(tree)]
    kinds = {}
    for one in alphabet(pattern, tree):
        kinds.setdefault(tuple(bool(test(one)) for test in tests), one)
    return [one for _, one in sorted(kinds.items(), key=lambda kind: -sum(kind[0]))]


def alphabet(pattern, tree):
    """Characters that the expression spells or has as ends of ranges, and some of every sort."""
    codes = [step[1] for step in steps(tree) if str(step[0]) in {"LITERAL", "NOT_LITERAL"}]
    for members in (step[1] for step in steps(tree) if str(step[0]) == "IN"):
        codes += [value for name, value in members if str(name) == "LITERAL"]
        codes += [end for name, value in members if str(name) == "RANGE" for end in value]
    most = 0xFF if isinstance(pattern.pattern, bytes) else 0x10FFFF
    return [one for one in dict.fromkeys([*OTHERS, *map(chr, codes)]) if ord(one) <= most]


def asking(pattern, tree, step):
    """Whether a character fits one step."""
    alone = _parser.SubPattern(tree.state, [step])
    compiled = _compiler.compile(alone, pattern.flags)
    if isinstance(pattern.pattern, bytes):
        return lambda one: compiled.fullmatch(one.encode("latin-1"))
    return compiled.fullmatch


def _example(pattern, tree, kinds, *, most=False):
    """A short text that fits an expression; ``most``: with what may be absent."""
    return "".join(_fitting(pattern, tree, step, kinds, most=most) for step in tree)


def _fitting(pattern, tree, step, kinds, *, most):
    name = str(step[0])
    if name in ONE:
        if name == "LITERAL":
            return chr(step[1])
        fits = asking(pattern, tree, step)
        return next((one for one in (*kinds, *alphabet(pattern, tree)) if fits(one)), "")
    if name in {"ASSERT", "ASSERT_NOT", "AT", "GROUPREF"}:
        return ""
    inner = inside(step)
    times = max(step[1][0], int(most)) if name in REPEATS else 1
    return _example(pattern, inner[0], kinds, most=most) * min(times, 100) if inner else ""


def _beginnings(pattern, tree, kinds, before=("",)):
    """What the expression fits before each of its steps, with and without what may be absent."""
    for step in tree:
        yield from before
        for inner in inside(step):
            if str(step[0]) not in {"ASSERT", "ASSERT_NOT"}:
                yield from list(_beginnings(pattern, inner, kinds, before))[:MOST_BEGINNINGS]
        after = [_fitting(pattern, tree, step, kinds, most=most) for most in (False, True)]
        before = tuple(dict.fromkeys(one + more for one in before for more in after))[:4]
    yield from before


def _repeated(pattern, tree, kinds):
    for step in steps(tree):
        if str(step[0]) in REPEATS:
            yield _example(pattern, step[1][2], kinds)
            yield _example(pattern, step[1][2], kinds, most=True)
