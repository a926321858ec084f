"""What an alert says."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.alerting import Admitted, Situation, Speak, compose, join, say
from earwitness.alerting.wording import SMS_MAX, SUBJECT_MAX, clean, quote
from earwitness.model import Author, Event, Intent, Role
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post


def an_alert(**changes):
    mention = a_mention(**changes)
    admitted = Admitted(mention.judgement.priority)
    group = join(None, mention, admitted, story_id="story", place="jroth", now=NOW)
    alert, _ = say(group, Speak(Event.OPENED, "group_wait", NOW), Situation(NOW))
    return alert


def test_the_email_says_who_what_where_why_by_when_and_links():
    email = compose(an_alert(), "Europe/Berlin").email
    assert email == (
        "HIGH: complaint about Northwind Air\n"
        "\n"
        '"»Nortwind Air« lost my bag and nobody answers"\n'
        "\n"
        "Who: Jana Roth (@jroth), 1,204 followers\n"
        "Where: hn, Mon 02 Mar 14:00 (Europe/Berlin)\n"
        "Reach: 12 likes, 3 replies\n"
        'Why: complaint: "lost", "nobody answers"\n'
        'Why: matched: "Nortwind Air" (dropped, 1 edit(s), confidence 0.97)\n'
        "\n"
        "Answer by: Mon 02 Mar 15:00 (Europe/Berlin)\n"
        "Do: Apologise, say what happens next; move details to a private channel.\n"
        "\n"
        "https://news.example/item?id=1\n"
    )


def test_nobody_is_asked_to_answer_for_a_competitor():
    email = compose(an_alert(role=Role.COMPETITOR)).email
    assert "Answer by" not in email
    assert "competitor Northwind Air" in email


def test_an_sms_fits_one_message_and_keeps_its_link():
    sms = compose(an_alert(post=a_post(text="Nortwind Air lost my bag. " * 40))).sms
    assert len(sms) <= SMS_MAX
    assert sms.endswith("https://news.example/item?id=1")


def test_attributes_route_by_brand_role_priority_kind_channel_and_language():
    assert compose(an_alert()).attributes == {
        "brand": "Northwind Air",
        "role": "own",
        "priority": "high",
        "kind": "complaint",
        "channel": "hn",
        "language": "en",
        "event": "opened",
        "level": "0",
    }


def test_the_machine_text_names_its_schema():
    assert json.loads(compose(an_alert()).machine)["schema"] == "earwitness.alert/1"


def test_a_long_quote_is_cut_around_the_match():
    text = "word " * 300 + "Nortwind Air lost my bag " + "word " * 300
    quoted = quote(a_post(text=text), (a_match(text=text),))
    assert "»Nortwind Air« lost" in quoted
    assert len(quoted) < 420


@pytest.mark.parametrize("intent", list(Intent), ids=str)
def test_every_intent_has_a_headline(intent):
    alert = an_alert(judgement=a_judgement(intent=intent))
    assert compose(alert).subject.startswith("[HIGH] Northwind Air: ")


@given(st.text(max_size=300), st.text(max_size=300))
def test_f19_no_text_breaks_a_subject(brand, channel):
    alert = replace(an_alert(), brand=brand, channel=channel)
    subject = compose(alert).subject
    assert len(subject) <= SUBJECT_MAX
    assert subject.isascii()
    assert subject.isprintable()


@given(st.text(max_size=300), st.text(max_size=40))
def test_a10_no_control_character_or_override_reaches_a_reader(text, name):
    alert = an_alert(post=a_post(text=text, author=Author(name=name)))
    shown = compose(alert).email.replace("\n", "")
    assert not any(c in shown for c in "\x1b\x00\x9b\r\u202e\u2066\u2028")


def test_clean_keeps_letters_of_every_script():
    assert clean("Нортвинд  \u202e航空\x1b[31m ğ") == "Нортвинд 航空 [31m ğ"
