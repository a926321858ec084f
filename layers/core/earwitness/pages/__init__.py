"""The pages that people see in a browser: HTML from templates that escape all they are given.

They work without scripts and without anything from elsewhere, and say so to the browser.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from earwitness.alerting.wording.phrases import Phrases

SHEETS = ("style.css",)
_FOLDER = Path(__file__).parent


def render(
    template: str, phrases: Phrases, *, sheets: tuple[str, ...] = SHEETS, **given: Any
) -> str:
    """A page from its template, in the language of ``phrases``, in the style of these sheets."""
    style = _style(sheets)
    return _environment().get_template(template).render(say=phrases, style=style, **given)


def headers() -> dict[str, str]:
    """What is said to the browser beside a page: nothing runs, nothing is fetched, kept or told."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": content_security_policy(),
        "Referrer-Policy": "no-referrer",  # the address of a page is a key
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Strict-Transport-Security": "max-age=31536000",
    }


def content_security_policy(sheets: tuple[str, ...] = SHEETS) -> str:
    """Only our own style sheets count, and a form can be sent to nowhere else."""
    hashed = base64.b64encode(hashlib.sha256(_style(sheets).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{hashed}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _style(sheets: tuple[str, ...]) -> str:
    return "".join((_FOLDER / sheet).read_text("utf-8") for sheet in sheets)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
