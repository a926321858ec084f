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
        "",
    ],
)
def test_a_number_that_identifies_nobody_stays(text):
    assert mask(text) == text


def test_a_span_covers_the_data_alone():
    text = "mail me: ann@example.org!"
    (span,) = personal_data(text)
    assert text[span.start : span.end] == "ann@example.org"
