"""YAML text -> plain values, each with the line it stands on.

Reads YAML's events itself, for four reasons: every value keeps its line; a key given twice is
seen; anchors, aliases and tags, which a watchlist never needs and attackers do, are refused
before anything is expanded; and only true, false, null and numbers are more than text, so that
``language: no`` is Norwegian and a date or ``10:30`` stays what was written (YAML 1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from earwitness.watchlist.problems import Path, Problem, is_unprintable, quoted
from earwitness.watchlist.problems import field as written

LARGEST = 4 * 1024 * 1024  # bytes: room for 100,000 terms
_DEEPEST = 12  # levels of nesting; the deepest that means anything is 6

_NULL = re.compile(r"(?:~|null|Null|NULL)?")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it


@dataclass(slots=True)
class Document:
    """The values of a YAML text, the line of each by path, and what was wrong with its form."""

    source: str
    values: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest that was written around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def report(self, path: Path, message: str, line: int | None = None) -> None:
        """Note a problem at a path."""
        where = self.line(path) if line is None else line
        self.problems.append(Problem(self.source, where, written(path), message))


def read(text: str | bytes, source: str) -> Document:
    """Read one YAML document. Problems of form are in the result; nothing is raised."""
    document = Document(source)
    decoded = _decode(text, document)
    if decoded is not None:
        try:
            _Reader(decoded, document).read()
        except yaml.YAMLError as error:
            line, message = _explain(error, decoded)
            document.report((), message, line)
    return document


def _decode(text: str | bytes, document: Document) -> str | None:
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        line = str(text).count("\n", 0, error.start) + 1
        document.report((), "half a character (a lone surrogate); type it again", line)
        return None
    if len(raw) > LARGEST:
        size = f"{len(raw) / 2**20:.1f} MB; a watchlist may have {LARGEST // 2**20} MB"
        document.report((), size, 1)
        return None
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        document.report((), "is UTF-16; save it as UTF-8", 1)
        return None
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        document.report((), message, raw.count(b"\n", 0, error.start) + 1)
        return None
    if (end := decoded.find("\0")) >= 0:
        message = "a NUL character; the file is damaged or not a text"
        document.report((), message, decoded.count("\n", 0, end) + 1)
        return None
    return decoded


class _Reader:
    """Builds values from YAML events and notes what a watchlist must not have."""

    def __init__(self, text: str, document: Document) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._document = document

    def read(self) -> None:
        events = (e for e in self._events if not isinstance(e, yaml.StreamStartEvent))
        self._events = events
        if not isinstance(next(events), yaml.DocumentStartEvent):
            self._document.report((), "the file is empty; list at least one brand and one channel")
            return
        self._document.values = self._value(next(events), ())
        next(events)  # the end of the document
        after = next(events)
        if isinstance(after, yaml.DocumentStartEvent):
            message = "a second YAML document (---) begins here; a watchlist is one document"
            self._document.report((), message, _line(after))

    def _value(self, event: Any, path: Path) -> object:
        self._document.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.AliasEvent):
            message = f"*{event.anchor} is a YAML alias; write the value out, or put it in quotes"
            self._refuse(event, path, message)
            return None
        if event.anchor is not None:
            message = f"&{event.anchor} is a YAML anchor; leave it out, or put the value in quotes"
            self._refuse(event, path, message)
        elif event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            message = f"{tag} is a YAML tag; leave it out, or put the value in quotes"
            self._refuse(event, path, message)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if len(path) > _DEEPEST:
            self._skip()
            self._refuse(event, path[:2], "nested deeper than any watchlist needs")
            return None
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(
                    event, path, "a key must be one word; did you forget a comma or quotes?"
                )
                self._skip(event)
                self._skip(next(self._events))
                continue
            key, at = event.value, (*path, event.value)
            if key in values:
                first = self._document.lines[at]
                self._refuse(event, at, f"given twice; the first is on line {first}. Keep one")
                self._skip(next(self._events))
                continue
            self._document.lines[at] = _line(event)
            values[key] = self._value(next(self._events), at)
        return values

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> object:
        text: str = event.value
        if not event.style or event.style == "plain":
            return _plain(text)
        if bad := next(filter(is_unprintable, text), None):
            if bad == "\n":
                message = "write it on one line"
            else:
                message = f"has the invisible character U+{ord(bad):04X}; take it out"
            self._refuse(event, path, message)
            return None
        return text

    def _skip(self, event: yaml.Event | None = None) -> None:
        """Pass over a value whole, however deep; with no event, over the one just begun."""
        depth = 0 if event is not None else 1
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth == 0:
                return
            event = next(self._events)

    def _refuse(self, event: yaml.Event, path: Path, message: str) -> None:
        self._document.report(path, message, _line(event))


def _plain(text: str) -> object:
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _explain(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line and one sentence for what the YAML parser could not read."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # the reader: a character that no YAML may hold
        position = int(getattr(error, "position", 0))
        return text.count(
            "\n", 0, position
        ) + 1, f"not valid YAML: {getattr(error, 'reason', error)}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    rest = line[mark.column :]
    problem = str(getattr(error, "problem", "") or "cannot be read")
    if "\t" in line[: len(line) - len(line.lstrip())]:
        hint = "indent with spaces, not with tabs"
    elif rest[:1] and rest[0] in "@`%":
        hint = (
            f"put text that begins with {rest[0]} in quotes: {quoted(rest.split(' #')[0].strip())}"
        )
    elif "mapping values" in problem:
        hint = "put text with a colon in quotes, and check the indentation"
    else:
        context_mark = getattr(error, "context_mark", None)
        where = f"of what begins on line {context_mark.line + 1}" if context_mark else "here"
        hint = f"check the quotes, brackets and indentation {where}"
    return mark.line + 1, f"not valid YAML: {problem}; {hint}"
