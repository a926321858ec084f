"""Warnings for terms that are words, or stand near words: the user's largest pain, said early."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from earwitness.matching import folding
from earwitness.matching.deletions import Deletions, permitted
from earwitness.matching.hashing import Row
from earwitness.matching.lexicon import COMMON, common_words, is_dictionary_word, zipf
from earwitness.model import Brand, Term, TermKind, Watchlist

_SHOWN = 5  # words per warning
_OFTEN = 4.0  # Zipf: ten in a million words; rarer neighbours are not worth a warning
_VERY_OFTEN = 4.8  # whatever dictionaries say, so much is written of it that it is a word too
_SHORTEST = 4  # letters; below, nearly every term has neighbours and slips are not read anyway
# What people write beside the name of a company, by the brand's language.
_NEAR_A_COMPANY = {
    "en": ("store", "shop", "order", "app", "account", "customer service", "refund"),
    "de": ("Filiale", "Kundenservice", "Bestellung", "App", "Konto", "Rechnung", "Kunde"),
    "ru": ("магазин", "заказ", "приложение", "оператор", "тариф", "клиент", "поддержка"),
    "tr": ("mağaza", "sipariş", "kargo", "uygulama", "hesap", "müşteri hizmetleri", "iade"),
    "sv": ("butik", "kundtjänst", "beställning", "app", "konto", "faktura", "kund"),
    "es": ("tienda", "pedido", "cuenta", "aplicación", "cliente", "factura", "atención"),
    "fr": ("magasin", "commande", "compte", "appli", "client", "facture", "service client"),
}


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """What a term will be confused with. ``words`` pairs each word with its Zipf value.

    ``proposed_context`` are words for the term's ``require_any``.
    """

    brand: str
    term: str
    reason: str
    words: tuple[tuple[str, float], ...]
    proposed_context: tuple[str, ...]

    def __str__(self) -> str:
        listed = ", ".join(f"{word} ({_per_million(value)})" for word, value in self.words)
        context = ", ".join(self.proposed_context)
        return (
            f"brand {self.brand!r}, term {self.term!r} {self.reason}: {listed}. "
            f"Consider require_any: [{context}]"
        )


def _per_million(value: float) -> str:
    times = 10 ** (value - 3)
    return f"{times:,.0f} in a million words" if times >= 1.5 else "1 in a million words"


def warnings(watchlist: Watchlist) -> list[Ambiguity]:
    """One warning for each name that is a common word, and for each that is near some.

    A term that asks for context or for its capitals has been thought about: no warning. Time is
    linear in the number of terms: their deletions are indexed and every word is looked up once.
    """
    terms = [
        (brand, term)
        for brand in watchlist.brands
        for term in brand.terms
        if term.kind is TermKind.NAME and not (term.require_any or term.case_sensitive)
    ]
    keys = [folding.squeeze(term.text) for _, term in terms]
    fuzzy = {
        key
        for key, (_, term) in zip(keys, terms, strict=True)
        if term.fuzzy and len(key) >= _SHORTEST
    }
    near = _neighbours(sorted(fuzzy))
    known = zip(zipf(keys), is_dictionary_word(keys), strict=True)
    found: list[Ambiguity] = []
    for (brand, term), key, (frequency, is_word) in zip(terms, keys, known, strict=True):
        if (frequency >= COMMON and is_word) or frequency >= _VERY_OFTEN:
            found.append(_ambiguity(brand, term, "is a common word", ((key, frequency),)))
        if term.fuzzy and key in near:
            found.append(_ambiguity(brand, term, "is near common words", near[key]))
    return found


def _ambiguity(
    brand: Brand, term: Term, reason: str, words: tuple[tuple[str, float], ...]
) -> Ambiguity:
    others = [other.text.lstrip("@#") for other in brand.terms if other.text != term.text]
    context = (*others, *_NEAR_A_COMPANY.get(brand.language, _NEAR_A_COMPANY["en"]))
    return Ambiguity(brand.name, term.text, reason, words, tuple(dict.fromkeys(context)))


def _neighbours(keys: Sequence[str]) -> dict[str, tuple[tuple[str, float], ...]]:
    """The commonest words within the distance that slips of each key are read at, if any."""
    edits = np.array([max(1, permitted(len(key))) for key in keys], np.int64)
    words = _frequent_words()
    rows, names = Deletions.of(keys, edits.tolist()).pairs(Row.of_words(words))
    found: dict[str, list[str]] = defaultdict(list)
    pairs = [words[n] for n in rows.tolist()], [keys[n] for n in names.tolist()]
    distances = process.cpdist(*pairs, scorer=OSA.distance, score_cutoff=2)
    for at in np.flatnonzero((distances > 0) & (distances <= edits[names])).tolist():
        found[pairs[1][at]].append(pairs[0][at])
    return {key: _commonest(near) for key, near in found.items()}


def _commonest(words: list[str]) -> tuple[tuple[str, float], ...]:
    ranked = sorted(zip(words, zipf(words), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ranked[:_SHOWN])


def _frequent_words() -> list[str]:
    words = common_words()
    return [w for w, value in zip(words, zipf(words), strict=True) if value >= _OFTEN]
