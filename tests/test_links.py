"""Links that are signed and expire, and what reads them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.links import Action, Link, Refused, read, sign

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
SECRET = b"s" * 64
LINK = Link(Action.TAKE, "3fa9c1d2e4b5a697-1772456400-1", NOW + timedelta(days=7))


def test_a_link_is_read_as_it_was_signed():
    assert read(sign(LINK, SECRET), SECRET, NOW) == LINK


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(days=7) - timedelta(seconds=1), LINK),
        (timedelta(days=7), Refused("expired")),
        (timedelta(days=400), Refused("expired")),
    ],
)
def test_a19_a_link_expires_to_the_second(after, expected):
    assert read(sign(LINK, SECRET), SECRET, NOW + after) == expected


def test_a19_a_link_of_another_secret_is_forged():
    assert read(sign(LINK, b"other"), SECRET, NOW) == Refused("forged")


def test_nothing_is_read_without_a_secret():
    assert read(sign(LINK, b""), b"", NOW) == Refused("forged")


@given(st.integers(0, 80), st.characters(codec="ascii"))
def test_a19_a_change_of_any_sign_is_seen(at, sign_put):
    token = sign(LINK, SECRET)
    at %= len(token)
    changed = token[:at] + sign_put + token[at + 1 :]
    found = read(changed, SECRET, NOW)
    # The last sign of base64 carries two bits that are not read.
    assert changed == token or found == Refused("forged") or at == len(token) - 1


@given(st.text(max_size=120))
def test_a19_no_text_is_read_as_a_link_that_was_not_signed(text):
    assert read(text, SECRET, NOW) == Refused("forged")


def test_each_action_on_each_alert_has_a_nonce_of_its_own():
    links = [
        Link(action, subject, NOW + timedelta(days=days))
        for action in Action
        for subject in ("a-1-1", "a-1-2", "b-1-1")
        for days in (1, 2)  # signed again, it is the same link
    ]
    assert len({link.nonce for link in links}) == len(Action) * 3
