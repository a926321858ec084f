"""How ids are made."""

from __future__ import annotations

import hashlib


def digest(*parts: str) -> str:
    """SHA-256 in hexadecimal over parts that cannot run into one another."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
