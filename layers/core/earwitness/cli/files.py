"""Files that a command reads; ``-`` is standard input."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import cast

import typer


def readable(path: Path) -> Path:
    """The path, if it can be read; else a usage error that says why. For typer's callbacks."""
    try:
        if str(path) != "-":
            path.open("rb").close()
    except OSError as error:
        raise typer.BadParameter(f"cannot read {path}: {error.strerror}") from None
    return path


def name(path: Path) -> str:
    """The path as messages show it."""
    return "standard input" if str(path) == "-" else str(path)


def opened(path: Path) -> AbstractContextManager[BufferedReader]:
    """The bytes of a path, closed at the end unless they are standard input."""
    if str(path) != "-":
        return path.open("rb")
    if sys.stdin.isatty():
        typer.echo("Reading from the terminal. Ctrl-D ends.", err=True)
    return nullcontext(cast("BufferedReader", sys.stdin.buffer))


def read(path: Path) -> bytes:
    """All bytes of a path."""
    with opened(path) as stream:
        return stream.read()
