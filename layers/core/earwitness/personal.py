"""Personal data in a post: found, so that an alert can hide it and a reply go private."""

from __future__ import annotations

import re
from typing import NamedTuple

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
# Addresses that are spelt out: "ann (at) example.org", "ann arobase example point fr"; and "ann at
# example dot org", which may as well be "look at example dot org".
_DOT = r"(?:dot|punkt|point|punto|точка|nokta)"
_AT = r"(?:at|ät|et|arobase|arroba|собака)"
_LOCAL = rf"(?<![\w.@])(?P<local>(?:[\w+-]{{1,64}} {_DOT} )?[\w.+-]{{1,64}})"
_SPELT_OUT = re.compile(
    _LOCAL
    + rf"(?: ?[(\[{{] ?{_AT} ?[)\]}}] ?| (?:arobase|arroba|собака) )"
    + rf"[\w-]{{1,63}}(?:\.| ?[(\[{{] ?{_DOT} ?[)\]}}] ?| {_DOT} )[^\W\d_]{{2,10}}\b",
    re.IGNORECASE,
)
_PERHAPS_SPELT_OUT = re.compile(
    _LOCAL + rf" (?:at|ät|et|bei) (?P<host>[\w-]{{1,63}}) {_DOT} [^\W\d_]{{2,10}}\b",
    re.IGNORECASE,
)
_ASKS_FOR_MAIL = re.compile(
    r"\b(?:e-?mail|mail|mejl|e-?post|write|reach|schreib|skriv|posta|yaz)\w{0,10}"
    r"(?:\W{1,3}\w{1,20}){0,3}\W{1,3}$",
    re.IGNORECASE,
)
_ASKED_WITHIN = 60  # characters before an address
_MAIL_HOSTS = frozenset(
    {"gmail", "googlemail", "hotmail", "outlook", "icloud", "gmx", "protonmail"}
)
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)")
_IBAN = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?\b")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,5}+\)?){2,6}(?!\w)")
# Without the prefix of a country a number is a phone's where a word beside it says so.
_CALLED = re.compile(
    r"(?:\b(?:call|phone|tel|mobile|cell|text|whatsapp|ruf\w*|anruf\w*|handy\w*|telefon\w*|тел|"
    r"телефон\w*|звон\w*|позвон\w*|ring\w*|nås|mobil\w*|ara\w*|llam\w*|llám\w*|"
    r"tel[ée]fono|m[óo]vil|appel\w*|t[ée]l[ée]phone|portable)\b\D{0,15}?(?P<value>_N_))"
    r"|(?P<before>_N_)(?=\s*(?:numara|arayın|ara\b))".replace(
        "_N_", r"(?<![\w.])(?:[08]?\d|[08]?[ -]?\(\d)(?:[ ./()-]{0,2}\d){8,11}(?!\w)"
    ),
    re.IGNORECASE,
)
# As numbers are written that are nothing else: "(415) 555-0132", "8 (916) 123-45-67",
# "415-555-0132", "06 12 34 56 78", "0532 123 45 67".
_WRITTEN_AS_PHONE = re.compile(
    r"(?<![\w.])(?:(?:[018] ?)?\(\d{3}\) ?\d{3}[ -]?\d{2}[ -]?\d{2}|\d{3}-\d{3}-\d{4}"
    r"|0[1-9](?: \d{2}){4}|05\d{2} \d{3} \d{2} ?\d{2})(?![\w-])"
)
# Everything that repeats is bounded: what is said in two ways doubles with each repetition.
_OWNED = (  # what has a number that leads to a customer
    r"(?:order|booking|reservation|confirmation|ticket|case|account|customer|tracking|reference|"
    r"ref|pnr|locator|invoice|contract|policy|"
    r"bestell\w{0,25}|auftrag\w{0,25}|buchung\w{0,25}|kunden\w{0,25}|vertrag\w{0,25}|"
    r"vorgang\w{0,25}|rechnung\w{0,25}|sendung\w{0,25}|"
    r"заказ\w{0,25}|брон\w{0,25}|договор\w{0,25}|обращени\w{0,25}|билет\w{0,25}|трек\w{0,25}|"
    r"sipariş\w{0,25}|siparis\w{0,25}|rezervasyon\w{0,25}|bilet\w{0,25}|abone\w{0,25}|takip|"
    r"müşteri|fatura\w{0,25}|"
    r"beställning\w{0,25}|order\w{0,25}|bokning\w{0,25}|ärende\w{0,25}|kund\w{0,25}|"
    r"pedido|reserva|localizador|factura|contrato|expediente|billete|"
    r"commande|réservation|reservation|dossier|facture|contrat|billet|colis)"
)
_NUMBER = r"(?:number|nr|num|n[uú]m[ée]ro|nummer|номер|numara\w{0,6}|kodu|id|code|n[°ºo])"
_CODE = r"(?=[A-Z0-9-]{0,38}\d)[A-Z0-9](?:-?[A-Z0-9]){4,19}"
_REFERENCE = re.compile(
    rf"\b{_OWNED}(?:\s{{0,20}}(?:{_NUMBER}|de|en|du|la)){{0,4}}[\s.:#№°º-]{{0,4}}(?P<value>{_CODE})\b",
    re.IGNORECASE,
)
# Where a number is named so, a verb may stand before it and spaces in it: "PNR is XK4J2P",
# "Kundennummer: 12 345 678". Elsewhere that is a price or an amount.
_NAMED_REFERENCE = re.compile(
    r"\b(?:pnr|locator|localizador|buchungscode"
    rf"|(?=\w{{0,40}}(?:nummer|nr)\b){_OWNED}"
    rf"|{_OWNED}\s{{0,3}}(?:{_NUMBER}|[#№])"
    r"|(?:number|n[uú]m[ée]ro|номер) (?:of (?:the|my) |de (?:la |mi |ma )?|du |моего |моей )?"
    rf"(?:{_OWNED}|client|cliente))"
    r"(?:\s{1,3}(?:is|ist|lautet|är|es|est)\b)?[\s.:#№°º-]{0,4}"
    rf"(?P<value>{_CODE}|(?=(?: ?\d){{6}})\d{{1,6}}(?: \d{{2,6}}){{1,5}})(?!\w)",
    re.IGNORECASE,
)
_FEWEST_PHONE_DIGITS, _MOST_PHONE_DIGITS = 8, 15  # E.164 allows 15


class Span(NamedTuple):
    """Where personal data stands, in code points, and what kind it is."""

    start: int
    end: int
    kind: str  # email, card, iban, phone, reference


def personal_data(text: str) -> tuple[Span, ...]:
    """Find email addresses (spelt out too), cards, IBANs, phones, and order or customer numbers.

    A phone has its country's prefix, or a word beside it that names it so, or is grouped as only
    phones are. In the order of the text, without overlaps.
    """
    found = [Span(*m.span(), "email") for m in _EMAIL.finditer(text)]
    found += [Span(*m.span(), "email") for m in _SPELT_OUT.finditer(text)]
    found += [Span(*m.span(), "email") for m in _PERHAPS_SPELT_OUT.finditer(text) if _is_address(m)]
    if any(c.isdigit() for c in text):
        found += [Span(m.start(), end, "iban") for m in _IBAN.finditer(text) if (end := _iban(m))]
        found += [Span(*m.span(), "card") for m in _CARD.finditer(text) if is_card(m.group())]
        found += [Span(*m.span(), "phone") for m in _PHONE.finditer(text) if _is_phone(m.group())]
        found += [Span(*m.span(), "phone") for m in _WRITTEN_AS_PHONE.finditer(text)]
        found += [Span(*m.span(m.lastgroup or 0), "phone") for m in _CALLED.finditer(text)]
        for reference in (_REFERENCE, _NAMED_REFERENCE):
            found += [Span(*m.span("value"), "reference") for m in reference.finditer(text)]
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s.start, s.start - s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def mask(text: str) -> str:
    """The text with personal data hidden: of each only the kind is left ("[email]")."""
    parts, done = [], 0
    for span in personal_data(text):
        parts += [text[done : span.start], f"[{span.kind}]"]
        done = span.end
    return "".join([*parts, text[done:]])


def is_card(written: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    digits = [int(c) for c in reversed(written) if c.isdecimal()]
    doubled = (sum(divmod(2 * d, 10)) for d in digits[1::2])
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_iban(written: str) -> bool:
    """Whether the check digits hold (ISO 13616: remainder 1 modulo 97)."""
    joined = written.replace(" ", "")
    turned = joined[4:] + joined[:4]
    return len(joined) >= 15 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _iban(found: re.Match[str]) -> int:
    """Where the longest IBAN that begins there ends; 0: none does. Words behind look like more."""
    written = found.group()
    while written and not is_iban(written):
        written = written.rpartition(" ")[0]
    return found.start() + len(written) if written else 0


def _is_address(spelt: re.Match[str]) -> bool:
    """Whether "a at b dot org" is an address: by its form, its host, or what stands before it."""
    before = spelt.string[max(0, spelt.start() - _ASKED_WITHIN) : spelt.start()]
    return (
        not spelt["local"].isalpha()
        or spelt["host"].lower() in _MAIL_HOSTS
        or _ASKS_FOR_MAIL.search(before) is not None
    )


def _is_phone(written: str) -> bool:
    return _FEWEST_PHONE_DIGITS <= sum(map(str.isdecimal, written)) <= _MOST_PHONE_DIGITS
