"""The log of a function: one line of ASCII JSON a record, whatever anybody wrote into it."""

from __future__ import annotations

import json
import logging
from typing import Any

from aws_lambda_powertools import Logger


def one_line(record: dict[str, Any]) -> str:
    """A record as JSON in which every sign beyond ASCII is escaped.

    Powertools writes those as they are, and then a line separator (U+2028) or a control of C1
    breaks a line in two for who reads it, and a lone surrogate loses the line: it has no UTF-8.
    """
    return json.dumps(record, default=str, separators=(",", ":"), ensure_ascii=True)


def logger() -> Logger:
    """The logger of a function, through which the modules of this package log too.

    Theirs are named after the package, a function's is after the stack: else those lines would go
    to the runtime's own handler in another shape, or nowhere, as Powertools keeps from it all that
    has the stack's name within its own.
    """
    made = Logger(json_serializer=one_line)
    ours = logging.getLogger(__package__)
    if made.name != ours.name:
        ours.handlers = list(made.handlers)
        ours.setLevel(made.log_level)
        ours.propagate = False
    return made
