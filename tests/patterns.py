"""Every regular expression of the product, and how the product asks it."""

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

import earwitness
from earwitness.judging.moves import _telling
from earwitness.operations.runbook import _DO

WAYS = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
LANGUAGES = ("en", "de", "ru", "tr", "sv", "es", "fr")
# Modules that put patterns together of what no line of theirs says, with what comes of it.
PUT_TOGETHER = {
    "earwitness.channels.wire.html": {r"<script(?=[\s/>])[^<>]*>", r"</script\s*>"},
    "earwitness.channels.wire.options": set(),  # what `like` is called with, which is read
    "earwitness.judging.language": set(),  # held in a table, as the next but one: walked
    "earwitness.judging.moves": {_telling(language).pattern for language in LANGUAGES},
    "earwitness.matching.sound": set(),
    "earwitness.operations.runbook": set(_DO),
    "earwitness.store.theirs": {r"(?<!\w)ada\ lovelace(?!\w)"},
}


@cache
def modules():
    """Every module of the product, imported, with its syntax tree."""
    names = [one.name for one in pkgutil.walk_packages(earwitness.__path__, "earwitness.")]
    loaded = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    return [
        (one, ast.parse(Path(one.__file__).read_text("utf-8"))) for one in (earwitness, *loaded)
    ]


def all_patterns():
    """The product's patterns as ``{compiled: ways in which it is asked}``."""
    asked = defaultdict(set)
    for module, tree in modules():
        for pattern, ways in (*_in_globals(module), *_in_calls(module, tree)[0]):
            asked[pattern] |= ways
        for written in PUT_TOGETHER.get(module.__name__, ()):
            asked[re.compile(written)] |= WAYS
    return {pattern: frozenset(ways or WAYS) for pattern, ways in asked.items()}


def unread():
    """The modules that hand ``re`` what only their run tells."""
    return {module.__name__ for module, tree in modules() if _in_calls(module, tree)[1]}


def _in_globals(module):
    ways = _ways_by_name()
    for name, value in vars(module).items():
        if not name.startswith("__"):
            for pattern in _held_by(value, {}):
                yield pattern, ways[name] if isinstance(value, re.Pattern) else WAYS


def _in_calls(module, tree):
    """The patterns that calls of ``re`` and ``like`` are written with, and the other calls."""
    read, others = [], []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        way = ast.unparse(call.func).removeprefix("re.")
        if way not in {"compile", *WAYS, "like"} or ast.unparse(call.func) in WAYS:
            continue
        try:
            pattern = _compiled(module, call, way)
        except NameError:
            others.append(call)
            continue
        ways = {"fullmatch"} if way == "like" else {way} & WAYS
        read.append((pattern, ways))
    return read, others


def _compiled(module, call, way):
    """The pattern of a call, with the flags it is given, as the module's own names say."""

    def value(node):
        return eval(  # noqa: S307 - our own source
            compile(ast.Expression(node), module.__name__, "eval"), vars(module)
        )

    flags = [one for one in call.args if ast.unparse(one).startswith("re.")]
    return re.compile(value(call.args[0]), *map(value, flags))


@cache
def _ways_by_name():
    """How a global of any module is asked, by its name: ``_TAG.sub`` asks it to substitute."""
    found = defaultdict(set)
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in WAYS:
                found[ast.unparse(node.value).split(".")[-1]].add(node.attr)
    return found


def _held_by(value, seen):
    """The patterns within a value: in tables, instances of dataclasses, and closures."""
    if id(value) in seen:
        return
    seen[id(value)] = value
    if isinstance(value, re.Pattern):
        yield value
    for inner in _within(value):
        yield from _held_by(inner, seen)


def _within(value):
    if isinstance(value, dict):
        return (*value, *value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name, None) for field in fields(value)]
    return [cell.cell_contents for cell in getattr(value, "__closure__", None) or ()]
