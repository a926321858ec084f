"""Warnings for terms that are words, or stand near words: the user's largest pain, said early."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from earwitness.matching import folding
from earwitness.matching.deletions import permitted
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

    A term that asks for context or for its capitals has been thought about: no warning.
    """
    by_length: dict[int, list[str]] = defaultdict(list)
    words = common_words()
    for word, frequency in zip(words, zipf(words), strict=True):
        if frequency >= _OFTEN:
            by_length[len(word)].append(word)
    found: list[Ambiguity] = []
    for brand in watchlist.brands:
        for term in brand.terms:
            settled = term.require_any or term.case_sensitive
            if term.kind is TermKind.NAME and not settled:
                found += _of_term(brand, term, by_length)
    return found


def _of_term(brand: Brand, term: Term, by_length: dict[int, list[str]]) -> list[Ambiguity]:
    key = folding.squeeze(term.text)
    found: list[Ambiguity] = []
    frequency = zipf([key])[0]
    if (frequency >= COMMON and is_dictionary_word([key])[0]) or frequency >= _VERY_OFTEN:
        reason = "is a common word"
        found.append(_ambiguity(brand, term, reason, ((key, frequency),)))
    near = _neighbours(key, by_length) if term.fuzzy and len(key) >= _SHORTEST else ()
    if near:
        found.append(_ambiguity(brand, term, "is near common words", near))
    return found


def _ambiguity(
    brand: Brand, term: Term, reason: str, words: tuple[tuple[str, float], ...]
) -> Ambiguity:
    others = [other.text.lstrip("@#") for other in brand.terms if other.text != term.text]
    context = (*others, *_NEAR_A_COMPANY.get(brand.language, _NEAR_A_COMPANY["en"]))
    return Ambiguity(brand.name, term.text, reason, words, tuple(dict.fromkeys(context)))


def _neighbours(key: str, by_length: dict[int, list[str]]) -> tuple[tuple[str, float], ...]:
    """The commonest words within the distance that slips of the key are read at."""
    edits = max(1, permitted(len(key)))
    words = [w for n in range(len(key) - edits, len(key) + edits + 1) for w in by_length[n]]
    near = process.extract(key, words, scorer=OSA.distance, score_cutoff=edits, limit=None)
    names = [word for word, distance, _ in near if distance]
    ranked = sorted(zip(names, zipf(names), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ranked[:_SHOWN])
