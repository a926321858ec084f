"""What alerts say: golden texts reviewed by eye, and what holds for every text."""

import itertools
import json
import re
import textwrap
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.alerting.wording import SMS_MAX, Setting, compose, recall
from earwitness.alerting.wording.phrases import LANGUAGES, phrases
from earwitness.alerting.wording.plain import ascii_only, clean, gsm_only, is_gsm
from earwitness.alerting.wording.quoting import quote
from earwitness.alerting.wording.replies import LENGTHS, suggest
from earwitness.model import Author, Brand, Intent, Reply, Role, Term
from tests.alert_scenarios import BRAND, LINKS, SCENARIOS, about, written
from tests.goldens import NAMES, path, text
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post

WORDING = Path(__file__).parents[1] / "layers/core/earwitness/alerting/wording"
URL = re.compile(r"https?://\S+")
PHONE = 40
DAY = timedelta(days=1)
# Words that defend, blame or promise, and have no place in a reply: tests/cases/alerts says which.
UNWANTED = json.loads((path("en", "x").parent / "unwanted_in_replies.json").read_text("utf-8"))


def every_message():
    for name, scenario in SCENARIOS.items():
        for language in LANGUAGES:
            yield pytest.param(
                compose(scenario.alert, scenario.told_in(language)), id=f"{name} in {language}"
            )


MESSAGES = list(every_message())


@pytest.mark.parametrize(("language", "protocol"), NAMES)
def test_a_text_is_the_one_that_was_reviewed(language, protocol):
    assert text(language, protocol) == path(language, protocol).read_text("utf-8")


@pytest.mark.parametrize("message", MESSAGES)
def test_a_phone_breaks_no_line_inside_a_word(message):
    for line in message.email.splitlines():
        longest = max(map(len, URL.sub("", line).split()), default=0)
        assert longest <= PHONE


@pytest.mark.parametrize("message", MESSAGES)
def test_no_line_of_a_phone_begins_with_a_sign_or_the_rest_of_a_number(message):
    for line in message.email.splitlines():
        for before, after in itertools.pairwise(re.split(r"(?<=.) (?=.)", line)):
            assert not re.match(r"[-–:;?!%](\s|$)", after), line
            assert not (before[-1:].isdigit() and re.match(r"\d{3}\b", after)), line


@pytest.mark.parametrize("message", MESSAGES)
def test_a_long_link_has_its_line_for_itself(message):
    for line in message.email.splitlines():
        links = [link for link in URL.findall(line) if len(link) > PHONE]
        assert links == [] or [line.removeprefix("- ")] == links or line.startswith('"')


@pytest.mark.parametrize("message", MESSAGES)
def test_no_line_is_indented_or_ruled_or_set_in_columns(message):
    for line in message.email.splitlines():
        assert not re.search(r"^\s|\t|  |-{4}|={4}|\*{4}", line)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_label_and_the_verdict_take_few_lines_of_a_phone(message):
    lines = message.email.splitlines()
    assert len(textwrap.wrap(lines[0], PHONE)) <= 3
    labels = [line for before, line in zip(["", *lines], lines, strict=False) if line.isupper()]
    assert all(len(label) <= PHONE for label in labels)


@pytest.mark.parametrize("message", MESSAGES)
def test_f19_a_subject_is_ascii_and_short(message):
    assert message.subject.isascii()
    assert message.subject.isprintable()
    assert len(message.subject) < 100


@pytest.mark.parametrize("message", MESSAGES)
def test_an_sms_has_at_most_160_signs(message):
    assert len(message.sms) <= SMS_MAX


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"ru"}))
@pytest.mark.parametrize("name", SCENARIOS)
def test_an_sms_in_latin_letters_is_one_message(name, language):
    scenario = SCENARIOS[name]
    assert is_gsm(compose(scenario.alert, scenario.told_in(language)).sms)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [n for n, s in SCENARIOS.items() if s.alert.mention])
def test_the_link_to_the_post_comes_last(name, language):
    scenario = SCENARIOS[name]
    message = compose(scenario.alert, scenario.told_in(language))
    assert message.email.rstrip().splitlines()[-1] == scenario.alert.mention.post.url


@pytest.mark.parametrize("message", MESSAGES)
def test_personal_data_is_in_no_text(message):
    told = message.email + message.sms + message.chat + message.machine
    for secret in ("jana.roth@post.example", "1234 5678", "QX7K2P", "all@x.example"):
        assert secret not in told


@pytest.mark.parametrize("message", MESSAGES)
def test_a9_a10_no_markup_or_control_sign_of_a_post_survives(message):
    for told in (message.email, message.sms, message.chat, message.machine):
        assert not re.search(r"<[A-Za-z/!?]|\\u001b|\\u202e|\\u2066", told)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told)


@pytest.mark.parametrize("message", MESSAGES)
def test_a10_nobody_is_mentioned_in_a_chat_by_a_post(message):
    said = URL.sub("", json.loads(message.chat)["content"]["description"])
    assert not re.search(r"[@#]\w|\]\(|<", said)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_chat_notification_keeps_to_the_schema_of_amazon_q(message):
    said = json.loads(message.chat)
    assert (said["version"], said["source"]) == ("1.0", "custom")
    assert set(said) == {"version", "source", "id", "content", "metadata"}
    assert set(said["content"]) == {"textType", "title", "description", "nextSteps", "keywords"}
    assert said["content"]["description"]
    assert all(isinstance(v, str) for v in said["metadata"]["additionalContext"].values())


@pytest.mark.parametrize("message", MESSAGES)
def test_a_program_that_listens_by_https_finds_the_same_json(message):
    context = json.loads(message.chat)["metadata"]["additionalContext"]
    assert json.loads(context["alert"]) == json.loads(message.machine)


# Texts of which every other sign is one that is obeyed somewhere, or half a character.
OBEYED = "\x1b\x00\x9b\r\n\u202e\u2066\u2028\u200b\ud83d\ude00<>@#[]()"
HOSTILE = st.text(st.sampled_from(OBEYED) | st.characters(exclude_categories=[]), max_size=300)


@given(HOSTILE, HOSTILE, st.sampled_from(LANGUAGES))
def test_f19_no_text_breaks_a_subject(brand, channel, language):
    alert = replace(SCENARIOS["complaint"].alert, brand=brand, channel=channel)
    subject = compose(alert, SCENARIOS["complaint"].told_in(language)).subject
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


@given(HOSTILE, HOSTILE)
def test_a10_no_control_character_or_override_reaches_a_reader(said, name):
    alert = about(a_mention(post=a_post(text=said, author=Author(name=name))))
    message = compose(alert)
    chat = json.loads(message.chat)["content"]
    shown = "".join([message.email.replace("\n", ""), message.sms, chat["title"]])
    assert not any(c in shown for c in "\x1b\x00\x9b\r\n\u202e\u2066\u2028\u200b")
    assert all(told.encode() for told in (shown, chat["description"], *message.attributes.values()))
    assert not re.search(r"<[A-Za-z/!?]", shown)
    assert len(message.sms) <= SMS_MAX


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Норд Эйр", "Nord Eir"),
        ("Щука и Ёж", "Shchuka i Ezh"),
        ("СРОЧНО, ЩИ", "SROCHNO, SHCHI"),
        ("Türk Şeker", "Turk Seker"),
        ("Müßiggang", "Mussiggang"),
        ("Αιγαίο", "Aigaio"),
        ("日本", ""),
    ],
)
def test_a_name_is_spelled_in_latin_letters_for_a_subject(name, latin):
    assert ascii_only(name) == latin


def test_a_brand_without_latin_letters_goes_by_a_term_that_has_some():
    brand = Brand("日本航路", Role.OWN, (Term("日本航路"), Term("@nihonkoro")))
    alert = replace(SCENARIOS["complaint"].alert, brand=brand.name)
    assert compose(alert, Setting(brand)).subject == "[HIGH] @nihonkoro: complaint (mastodon)"


def test_clean_keeps_letters_of_every_script():
    assert clean("Нортвинд  \u202e航空\x1b[31m ğ") == "Нортвинд 航空 ğ"


def test_a_sign_that_no_sms_has_is_spelled_otherwise():
    assert gsm_only("şikâyet [x] – „ё“") == 'sikayet (x) - "e"'


def test_a_long_quote_is_cut_around_the_match():
    said = "word " * 300 + "Nortwind Air lost my bag " + "word " * 300
    quoted = quote(a_post(text=said), (a_match(text=said),))
    assert "»Nortwind Air« lost" in quoted
    assert len(quoted) < 420


def test_personal_data_around_a_match_is_hidden_all_the_same():
    said = "write to ann@northwindair.example now"
    match = a_match("northwindair.example", said)
    assert quote(a_post(text=said), (match,)) == "write to [email] now"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", list(Intent), ids=str)
def test_every_intent_has_a_headline_and_something_to_do(intent, language):
    said = phrases(language)
    assert said("headline", str(intent))
    assert said("do", str(intent))


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
@pytest.mark.parametrize("folder", ["languages", "replies"])
def test_a_language_says_all_that_english_says_with_the_same_places(folder, language):
    def places(name):
        said = tomllib.loads((WORDING / folder / f"{name}.toml").read_text("utf-8"))
        return {
            (section, key, *sorted(re.findall(r"\{\w+\}", phrase)))
            for section, values in said.items()
            for key, phrase in values.items()
        }

    assert places(language) == places("en")


def every_reply():
    for language in LANGUAGES:
        for intent in Intent:
            for kind in ("x", "playstore", "hackernews"):
                for said in ("hello", "my order number is 302-99812-11"):
                    yield pytest.param(
                        language, intent, kind, said, id=f"{language} {intent} {kind}"
                    )


def replied(language, intent, kind, text, *, own=(), author=None, history=None):
    post = a_post(text, kind=kind, author=author or Author(name="A" * 30, handle="a" * 30))
    mention = a_mention(post=post, judgement=a_judgement(intent=intent, language=language))
    return suggest(mention, history, own, "en")


@pytest.mark.parametrize(("language", "intent", "kind", "said"), list(every_reply()))
def test_a_whole_reply_fits_its_channel(language, intent, kind, said):
    reply = replied(language, intent, kind, said)
    assert len(reply.text) <= LENGTHS.get(kind, 280)
    assert reply.text.count("A" * 30) + reply.text.count("a" * 30) == 1  # nothing was left out


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_saved_reply_defends_blames_or_promises(language):
    said = (WORDING / "replies" / f"{language}.toml").read_text("utf-8")
    said = said.split("[greeting]")[1].casefold()
    assert [word for word in UNWANTED[language] if re.search(rf"\b{word}\b", said)] == []


@pytest.mark.parametrize(
    ("intent", "text", "private"),
    [
        (Intent.COMPLAINT, "my bag is lost", False),
        (Intent.COMPLAINT, "my bag is lost, order number 302-99812-11", True),
        (Intent.SUPPORT, "I cannot log in", True),
        (Intent.PRAISE, "great, order number 302-99812-11", False),
    ],
)
def test_a_reply_moves_to_private_where_personal_data_would_be_needed(intent, text, private):
    assert replied("en", intent, "mastodon", text).private is private


@pytest.mark.parametrize(
    ("hours", "exchanges"),
    [
        ((), 1),
        ((24, 48), 3),
        ((24, 48, 72), 4),
        ((60, 120, 180), 4),  # each within three days of the one before
        ((24, 120, 144), 2),  # an older conversation
        ((73, 74, 75), 1),
        ((0.1, 0.2, 0.3), 1),  # one turn in several posts
        ((24, 24.1, 48), 3),
    ],
)
def test_a_reply_moves_to_private_after_three_exchanges_in_a_row(hours, exchanges):
    mention = a_mention(post=a_post("lost my bag", kind="mastodon"))
    earlier = [
        a_mention(post=a_post(f"{h}", source_id=str(h), published_at=NOW - timedelta(hours=h)))
        for h in hours
    ]
    history = recall(earlier, mention, NOW)
    assert history.exchanges == exchanges
    assert suggest(mention, history, (), "en").private is (exchanges > 3)


def test_who_says_the_same_again_and_again_is_no_conversation():
    mention = a_mention()
    copies = [
        replace(mention, post=replace(mention.post, source_id=f"c{n}", published_at=NOW - n * DAY))
        for n in (1, 2, 3, 4)
    ]
    assert recall(copies, mention, NOW).exchanges == 1


def test_an_article_gets_no_suggested_reply():
    assert replied("en", Intent.COMPLAINT, "feed", "hello") is None


def test_a_reply_is_in_the_language_of_the_post_else_of_the_brand():
    post = a_post("merhaba", kind="mastodon")
    for language, spoken in (("tr", "tr"), ("ja", "sv")):
        mention = a_mention(post=post, judgement=a_judgement(language=language))
        assert suggest(mention, None, (), "sv").language == spoken


def test_the_most_specific_reply_of_the_customer_wins():
    own = (
        Reply("Hi {name}, from us all.", "complaint"),
        Reply("Hi {name}, from {brand}.", "complaint", language="en", brand="Northwind Air"),
        Reply("Hej {name}.", "complaint", language="sv"),
    )
    reply = replied("en", Intent.COMPLAINT, "mastodon", "x", own=own, author=Author(handle="jo"))
    assert reply.text == "Hi @jo, from Northwind Air."


def test_a_reply_of_the_customer_that_is_too_long_for_the_channel_is_passed_over():
    own = (Reply("x" * 301, "complaint"), Reply("Short.", "complaint"))
    assert replied("en", Intent.COMPLAINT, "bluesky", "x", own=own).text == "Short."


def test_an_author_s_history_leaves_out_the_post_at_hand_and_other_brands():
    mention = a_mention()
    other = replace(a_mention(post=a_post(source_id="2")), brand="Air Peregrine")
    assert recall((mention, other), mention, NOW).posts == 0


def test_nobody_is_asked_to_answer_for_a_competitor():
    scenario = SCENARIOS["competitor"]
    email = compose(scenario.alert, scenario.told_in("en")).email
    assert "ANSWER BY" not in email
    assert "REPLY" not in email
    assert "competitor Corvane Airways" in email


def test_g3_a_repeat_says_that_it_may_be_one():
    scenario = SCENARIOS["complaint"]
    once = compose(scenario.alert, scenario.told_in("en"))
    again = compose(scenario.alert, replace(scenario.told_in("en"), may_repeat=True))
    assert ("Possible repeat" in once.email, "Possible repeat" in again.email) == (False, True)
    assert json.loads(again.machine)["may_repeat"] is True
    assert ("Possible repeat" in once.chat, "Possible repeat" in again.chat) == (False, True)


@pytest.mark.parametrize("name", ["incident over", "dark channel, back"])
def test_a_chat_asks_nothing_of_what_is_over(name):
    scenario = SCENARIOS[name]
    said = json.loads(compose(scenario.alert, scenario.told_in("en")).chat)
    assert said["content"]["nextSteps"] == []


def test_attributes_route_by_brand_role_priority_kind_channel_and_language():
    scenario = SCENARIOS["complaint"]
    assert compose(scenario.alert, scenario.setting).attributes == {
        "brand": "Northwind Air",
        "role": "own",
        "priority": "high",
        "kind": "complaint",
        "channel": "mastodon",
        "language": "en",
        "event": "opened",
        "level": "0",
        "sms": "no",
    }


def test_a_reader_whose_language_we_do_not_speak_reads_english():
    brand = replace(BRAND, language="ja")
    alert = about(written("Nortwind Air lost it", "Nortwind Air"))
    assert compose(alert, Setting(brand, links=LINKS)).email.startswith("HIGH: complaint\u00a0- ")


def test_the_machine_text_names_its_schema():
    scenario = SCENARIOS["complaint"]
    said = json.loads(compose(scenario.alert, scenario.setting).machine)
    assert said["schema"] == "earwitness.alert/1"


ALERTS = (Path(__file__).parents[1] / "docs" / "alerts.md").read_text("utf-8")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_field_for_programs_and_every_attribute_is_documented(name):
    message = compose(SCENARIOS[name].alert, SCENARIOS[name].setting)
    said = json.loads(message.machine)
    inner = [key for value in said.values() if isinstance(value, dict) for key in value]
    documented = {key for key in {*said, *inner, *message.attributes} if f"`{key}`" in ALERTS}
    names = {*(key for key in inner if " " in key or key in ("de", "en", "ru", "mastodon", "hn"))}
    assert {*said, *inner, *message.attributes} - documented - names == set()
