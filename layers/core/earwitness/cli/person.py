"""Who runs a command: what silences, corrections and answers are signed with."""

from __future__ import annotations

import getpass
import os

import typer


def whoami() -> str:
    """The name of whoever runs the command; exits with 2, and what to do, where there is none.

    In a container the user's number may stand in no list of users.
    """
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # OSError since Python 3.13
        number = f" {os.getuid()}" if hasattr(os, "getuid") else ""
        raise typer.BadParameter(
            f"this machine has no name for its user{number}: say who you are in the environment,"
            " as in USER=ada earwitness ..."
        ) from None
