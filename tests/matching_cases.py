"""The cases of tests/cases/matching as values."""

from __future__ import annotations

from pathlib import Path

from earwitness.model import Brand, Post, Role, Term, TermKind, Watchlist

CASES = Path(__file__).parent / "cases" / "matching"


def rows(name):
    """The columns of every line of a case file that is neither empty nor a comment."""
    lines = (CASES / f"{name}.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("# ")]


def term(text, **options):
    """A term with the kind that its first characters tell."""
    if text.startswith("domain:"):
        return Term(text.removeprefix("domain:"), TermKind.DOMAIN, **options)
    kinds = {"@": TermKind.HANDLE, "#": TermKind.HASHTAG}
    return Term(text, kinds.get(text[0], TermKind.NAME), **options)


def watchlist(*brands):
    """A watchlist of (name, term, ...) tuples; a term is a text or a Term."""
    return Watchlist(
        tuple(
            Brand(
                name,
                Role.OWN,
                tuple(t if isinstance(t, Term) else term(t) for t in terms or (name,)),
            )
            for name, *terms in brands
        ),
        (),
        "test",
    )


def post(text, title=None):
    """A post of no particular channel."""
    return Post("test", "1", text, title=title)
