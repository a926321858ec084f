"""What a terminal is shown: nothing that a post says steers it."""

from __future__ import annotations

import json
import re

# Signs that JSON may hold as they are, and that a terminal obeys or a reader is misled by.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def as_json(value: object, indent: int | None = None) -> str:
    """A value as JSON. It reads back as it was; signs that steer a terminal are escaped."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    if _STEERING.search(written) is None:
        return written
    return _STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", written)


def clean(text: str) -> str:
    """A text on one line, without control signs, reversals of direction and markup."""
    from earwitness.alerting.wording import clean as cleaned

    return cleaned(text)
