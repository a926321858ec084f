from __future__ import annotations

import pytest

from earwitness.personal import mask, personal_data


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ann.b+c@mail.example.org now", "write to [email] now"),
        ("call +49 (30) 1234567 please", "call [phone] please"),
        ("my card 4111 1111 1111 1111 was charged", "my card [card] was charged"),
        ("IBAN DE89 3704 0044 0532 0130 00 danke", "IBAN [iban] danke"),
        ("order number: 302-99812-11 is late", "order number: [reference] is late"),
        ("Buchungsnummer AB12CD fehlt", "Buchungsnummer [reference] fehlt"),
        ("номер заказа № 88231-77", "номер заказа № [reference]"),
        ("siparis no 1234567", "siparis no [reference]"),
        ("beställning nr 5512-889 saknas", "beställning nr [reference] saknas"),
        ("mi pedido nº 77821-B no llega", "mi pedido nº [reference] no llega"),
        ("ma commande n° FR99812 est perdue", "ma commande n° [reference] est perdue"),
        ("пишите на anna@почта.рф, тел. +7 912 345-67-89", "пишите на [email], тел. [phone]"),
        ("call me on 0171 234 56 78", "call me on [phone]"),
        ("Ruft mich an: 030/1234567", "Ruft mich an: [phone]"),
        ("мой телефон 8 912 345 67 89", "мой телефон [phone]"),
        ("beni 0532 123 45 67 numarasından arayın", "beni [phone] numarasından arayın"),
        ("ring mig på 070-123 45 67", "ring mig på [phone]"),
        ("llámenme al 612 34 56 78", "llámenme al [phone]"),
        ("appelez moi au 06 12 34 56 78", "appelez moi au [phone]"),
        ("call me at (415) 555-0132", "call me at [phone]"),
        ("my number is 415-555-0132", "my number is [phone]"),
        ("Тел 8 (916) 123-45-67", "Тел [phone]"),
        ("8 (916) 123-45-67, Анна", "[phone], Анна"),
        ("je suis au 06 12 34 56 78", "je suis au [phone]"),
        ("0532 123 45 67", "[phone]"),
        ("tel (0171) 1234567", "tel [phone]"),
        ("iban de89 3704 0044 0532 0130 00 danke", "iban [iban] danke"),
        ("es91 2100 0418 4502 0005 1332 para mi", "[iban] para mi"),
        ("ES91 2100 0418 4502 0005 1332 PARA MI", "[iban] PARA MI"),
        ("tr330006100519786457841326", "[iban]"),
        ("my PNR is XK4J2P", "my PNR is [reference]"),
        ("mein Buchungscode lautet XK4J2P", "mein Buchungscode lautet [reference]"),
        ("mi localizador es XK4J2P", "mi localizador es [reference]"),
        ("order number is 30299812", "order number is [reference]"),
        ("bokningsnummer är 55128890", "bokningsnummer är [reference]"),
        ("Kundennummer: 12 345 678", "Kundennummer: [reference]"),
        ("kundnummer 12 345 678 saknas", "kundnummer [reference] saknas"),
        ("numéro de client 12 345 678", "numéro de client [reference]"),
        ("número de pedido 77 821 900", "número de pedido [reference]"),
        ("номер моего заказа 88 231 770", "номер моего заказа [reference]"),
        ("sipariş numaram 12 345 678", "sipariş numaram [reference]"),
        ("email me at x dot com", "email [email]"),
        ("ann [at] example [dot] org", "[email]"),
        ("ann(at)example.org", "[email]"),
        ("ann dot smith at example dot org", "[email]"),
        ("anna bei gmx punkt de", "[email]"),
        ("anne arobase exemple point fr", "[email]"),
        ("ana arroba ejemplo punto es", "[email]"),
        ("анна собака почта точка рф", "[email]"),
        ("mejla mig på anna at example punkt se", "mejla mig på [email]"),
        ("ali et gmail nokta com", "[email]"),
    ],
)
def test_personal_data_is_masked_by_its_kind(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112 fails the Luhn check",
        "since 2019 we paid 1,200,000 in 2020",
        "flight 1234 was late",
        "ticket prices rose",
        "version 10.0.19045.1 crashes",
        "called 3 times, 20 minutes each, on 12 March 2026",
        "the phone costs 1299 euros since 2024",
        "iPhone 15 12 345 of them",
        "scores of 01 12 and 34 56",
        "on 2026-03-12 and (2024) 300 were sold",
        "part 123-456-78901 and 0.415-555-0132",
        "look at example dot com, they are at it all day",
        "I am (at) home. Then I read",
        "у меня собака, точка",
        "my order is 12000 rupees, the ticket is 15000",
        "number of orders 2024 2025",
        "Kundendienst seit 12 345 Tagen, mein Kunde hat 12 345 678 Euro",
        "order 2 100 people about, the reservation is at 19 30",
        "PNR is not showing",
        "un numéro 1 pour 12 345 678 clients",
        "vw12 golf auto bahn 2024 mehr",
        "",
    ],
)
def test_a_number_that_identifies_nobody_stays(text):
    assert mask(text) == text


def test_a_span_covers_the_data_alone():
    text = "mail me: ann@example.org!"
    (span,) = personal_data(text)
    assert text[span.start : span.end] == "ann@example.org"
