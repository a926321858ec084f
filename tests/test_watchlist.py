"""The watchlist: what is accepted, and how each mistake is said."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from earwitness import accepted
from earwitness.channels import KINDS
from earwitness.model import (
    Alerting,
    Author,
    Brand,
    ByPriority,
    Channel,
    Hours,
    Mute,
    Role,
    Sensitivity,
    Term,
    TermKind,
    Watchlist,
)
from earwitness.watchlist import WatchlistInvalid, load
from earwitness.watchlist.shape import (
    AccountShape,
    AlertingShape,
    BrandShape,
    ByPriorityShape,
    ChannelShape,
    MuteShape,
    PersonShape,
    ReplyShape,
    TermShape,
)
from earwitness.watchlist.source import LARGEST
from earwitness.watchlist.values import term_kind

ROOT = Path(__file__).parents[1]
CASES = Path(__file__).parent / "cases" / "watchlist"
INVALID = sorted((CASES / "invalid").glob("*.yaml"))

MINIMAL = """\
brands:
  - name: Northwind Air
    terms: [Northwind Air]
channels:
  - {name: hn, kind: hackernews}
"""


WATCHLIST_OF_ONE_CHANNEL = """
brands: [{{name: Northwind Air, terms: [Northwind Air]}}]
channels: [{{name: hn, kind: hackernews, {}}}]
"""


def problems(text, **options):
    with pytest.raises(WatchlistInvalid) as caught:
        load(text, "watchlist.yaml", **options)
    return caught.value.problems


def only_problem(text, **options):
    (problem,) = problems(text, **options)
    return problem


def with_channel(channel):
    return MINIMAL.replace("{name: hn, kind: hackernews}", channel)


def with_term(term):
    return MINIMAL.replace("[Northwind Air]", f"[{term}]")


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_every_mistake_is_said_in_one_run_by_file_line_and_field(path):
    said = "\n".join(map(str, problems(path.read_bytes()))) + "\n"
    assert said == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_each_case_of_mistakes_says_what_it_expects():
    assert len(INVALID) >= 18
    assert all(path.with_suffix(".txt").stat().st_size for path in INVALID)


def test_a_valid_watchlist_becomes_the_nouns_of_the_model():
    text = (CASES / "valid" / "every_form_of_term.yaml").read_bytes()
    expected = json.loads((CASES / "valid" / "every_form_of_term.json").read_bytes())
    watchlist = load(text, "watchlist.yaml")
    assert json.loads(accepted.dump(watchlist)) == {
        **expected,
        "version": hashlib.sha256(text).hexdigest(),
    }


def test_a_brand_says_otherwise_and_adds_vips_and_mutes():
    text = (CASES / "valid" / "alerting.yaml").read_bytes()
    watchlist = load(text, "watchlist.yaml")
    of_all = Alerting(
        hours=Hours((0, 1, 2, 3, 4), 8 * 60, 20 * 60),
        respond_within=ByPriority(timedelta(minutes=10), timedelta(minutes=60)),
        group_wait=ByPriority(timedelta(0), timedelta(minutes=5)),
        vip_authors=("@reporter",),
        mute=Mute(authors=("@dealbot",), sites=("coupons.example",)),
        daily_cap=30,
        escalation=2,
        spikes=Sensitivity.FEWER,
    )
    assert watchlist.alerting == of_all
    assert watchlist.brands[1].alerting == of_all
    assert watchlist.brands[0].alerting == replace(
        of_all,
        hours=Hours((0, 1, 2, 3, 4, 5, 6), 22 * 60, 6 * 60),
        respond_within=ByPriority(timedelta(minutes=10), timedelta(hours=2)),
        vip_authors=("@reporter", "Jane Roe"),
        mute=replace(of_all.mute, words=("giveaway",)),
        daily_cap=10,
        spikes=Sensitivity.MORE,
    )


def test_alerting_survives_the_accepted_form():
    watchlist = load((CASES / "valid" / "alerting.yaml").read_bytes(), "watchlist.yaml")
    assert accepted.restore(accepted.dump(watchlist)) == watchlist


def test_a_watchlist_accepted_before_spikes_could_be_chosen_has_them_balanced():
    watchlist = load((CASES / "valid" / "alerting.yaml").read_bytes(), "watchlist.yaml")
    raw = json.loads(accepted.dump(watchlist))
    del raw["alerting"]["spikes"]
    assert accepted.restore(json.dumps(raw)).alerting.spikes is Sensitivity.BALANCED


def test_nothing_of_alerting_must_be_written():
    watchlist = load(MINIMAL, "watchlist.yaml")
    assert watchlist.alerting == watchlist.brands[0].alerting == Alerting()


def test_the_shape_that_was_promised_stays_valid():
    text = """
brands:
  - name: Northwind Air
    role: own                  # own | competitor
    time_zone: Europe/Berlin
    terms:
      - Northwind Air          # short form: fuzzy, any case
      - "@northwind"           # a handle; "#..." a hashtag; "northwind.example" a domain
      - text: Target           # long form
        match: exact           # fuzzy (default) | exact
        case_sensitive: true
        require_any: [store, shop, cart]     # at least one near by, fuzzy
        exclude_any: [target audience]
        allow: [tarjet]        # known misspellings that must always count
channels:
  - {name: tech news, kind: feed, url: "https://news.example/feed", every: 10m}
  - {name: hn, kind: hackernews, every: 2m}
"""
    assert load(text, "watchlist.yaml") == Watchlist(
        brands=(
            Brand(
                name="Northwind Air",
                role=Role.OWN,
                time_zone="Europe/Berlin",
                terms=(
                    Term("Northwind Air"),
                    Term("@northwind", TermKind.HANDLE, fuzzy=False),
                    Term(
                        "Target",
                        fuzzy=False,
                        case_sensitive=True,
                        require_any=("store", "shop", "cart"),
                        exclude_any=("target audience",),
                        allow=("tarjet",),
                    ),
                ),
            ),
        ),
        channels=(
            Channel("tech news", "feed", timedelta(minutes=10), "https://news.example/feed"),
            Channel("hn", "hackernews", timedelta(minutes=2)),
        ),
        version=hashlib.sha256(text.encode()).hexdigest(),
    )


def test_the_example_watchlist_is_valid():
    watchlist = load((ROOT / "watchlist.yaml").read_bytes(), "watchlist.yaml")
    assert {brand.role for brand in watchlist.brands} == {Role.OWN, Role.COMPETITOR}
    assert {channel.kind for channel in watchlist.channels} == {"feed", "hackernews"}


def test_the_example_watchlist_shows_every_option():
    shown = (ROOT / "watchlist.yaml").read_text(encoding="utf-8")
    shapes = (BrandShape, ChannelShape, TermShape, AlertingShape, ByPriorityShape, MuteShape)
    shapes += (ReplyShape, PersonShape, AccountShape)
    keys = {key for shape in shapes for key in shape.model_fields}
    keys |= {option for kind in KINDS.values() for option in kind.options}
    assert not {key for key in keys if f"{key}:" not in shown}


def test_a_quiet_channel_may_be_given_a_longer_interval():
    text = WATCHLIST_OF_ONE_CHANNEL.format("every: 10m, at_least_every: 2h")
    (channel,) = load(text, "watchlist.yaml").channels
    assert (channel.every_for, channel.at_least_every_for) == (
        timedelta(minutes=10),
        timedelta(hours=2),
    )


@pytest.mark.parametrize("keys", ["every: 10m, at_least_every: 5m", "at_least_every: 90s"])
def test_the_longer_interval_is_no_shorter(keys):
    with pytest.raises(WatchlistInvalid, match="at_least_every: shorter than every"):
        load(WATCHLIST_OF_ONE_CHANNEL.format(keys), "watchlist.yaml")


def test_a_problem_reads_as_file_line_field_and_message():
    text = with_term("{text: Target, require_any: 7}")
    assert str(only_problem(text)) == (
        "watchlist.yaml:3: brands[0].terms[0].require_any: "
        "expected a list of words, got a number; write [store, shop]"
    )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://news.example/feed",
        "file:///etc/passwd",
        "news.example/feed",
        "https://",
        "http://[::1",
        "https://news.example\\\\@evil.example/",
        "https://user:secret@news.example/feed",
        "http://localhost:8080/",
        "http://127.0.0.1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00::1]/",
        "http://127.1/",
    ],
)
def test_an_address_that_may_not_be_polled_is_refused_at_its_field(url):
    problem = only_problem(with_channel(f'{{name: a, kind: feed, url: "{url}"}}'))
    assert (problem.line, problem.field) == (5, "channels[0].url")


def test_a_password_in_an_address_is_not_repeated():
    url = "https://user:hunter2@news.example/feed?api_key=hunter3"
    said = str(only_problem(with_channel(f'{{name: a, kind: feed, url: "{url}"}}')))
    assert "hunter" not in said


def test_this_machine_may_be_polled_where_a_demo_allows_it():
    text = with_channel('{name: a, kind: feed, url: "http://127.0.0.1:8080/feed"}')
    watchlist = load(text, "watchlist.yaml", allow_loopback=True)
    assert watchlist.channels[0].url == "http://127.0.0.1:8080/feed"


def test_a_channel_without_interval_is_polled_as_often_as_its_kind_asks():
    assert load(MINIMAL, "watchlist.yaml").channels[0].every_for == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("written", "seconds"), [("5s", 5), ("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604800)]
)
def test_an_interval_is_a_number_and_a_unit(written, seconds):
    channel = f"{{name: a, kind: hackernews, every: {written}}}"
    every_for = load(with_channel(channel), "watchlist.yaml").channels[0].every_for
    assert every_for == timedelta(seconds=seconds)


def test_options_of_a_kind_are_kept():
    channel = "{name: a, kind: hackernews, since: 7d, read: terms}"
    watchlist = load(with_channel(channel), "watchlist.yaml")
    assert watchlist.channels[0].options == {"since": "7d", "read": "terms"}


@pytest.mark.parametrize("option", ["since: soon", "since: [7d]", "since: ~", "read: some"])
def test_an_option_that_its_kind_cannot_use_is_refused_at_its_field(option):
    problem = only_problem(with_channel(f"{{name: a, kind: hackernews, {option}}}"))
    assert problem.field == f"channels[0].{option.split(':')[0]}"


def test_a_dry_run_needs_no_channels():
    text = "brands:\n  - {name: Northwind Air, terms: [Northwind Air]}\n"
    assert load(text, "watchlist.yaml", needs_channels=False).channels == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Northwind Air", TermKind.NAME),
        ("@northwind", TermKind.HANDLE),
        ("@northwind@social.example", TermKind.HANDLE),
        ("#northwind", TermKind.HASHTAG),
        ("northwind.example", TermKind.DOMAIN),
        ("Northwind.example", TermKind.DOMAIN),
        ("shop.north-wind.co.example", TermKind.DOMAIN),
        ("größe.example", TermKind.DOMAIN),
        ("Dr.Oetker", TermKind.NAME),
        ("No. 1 Airline", TermKind.NAME),
        ("7.11", TermKind.NAME),
    ],
)
def test_the_form_of_a_term_tells_its_kind(text, kind):
    assert term_kind(text) is kind


@pytest.mark.parametrize("term", ['"@northwind"', '"#nwa"', "northwind.example"])
def test_a_handle_hashtag_or_domain_is_exact_without_being_told(term):
    (found,) = load(with_term(term), "watchlist.yaml").brands[0].terms
    assert not found.fuzzy


@pytest.mark.parametrize("term", ["Nordw", "小米科", "삼성전", "A-B-C-D-E"])
def test_a_name_of_enough_letters_or_signs_is_fuzzy(term):
    (found,) = load(with_term(term), "watchlist.yaml").brands[0].terms
    assert found.fuzzy


def test_names_of_the_same_first_consonants_are_no_duplicates_in_korean():
    assert len(load(with_term("삼성전자, 사소자주"), "w.yaml").brands[0].terms) == 2


@pytest.mark.parametrize("word", ["no", "on", "y", "2026-11-22", "10:30", "0x1F", "1_000"])
def test_what_older_yaml_would_turn_into_something_else_stays_text(word):
    term = f"{{text: Target, require_any: [{word}]}}"
    assert load(with_term(term), "w.yaml").brands[0].terms[0].require_any == (word,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_and_windows_line_ends_are_fine(encoding):
    text = MINIMAL.replace("\n", "\r\n").encode(encoding)
    assert load(text, "watchlist.yaml").brands[0].name == "Northwind Air"


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b"brands:\n  - name: Northwind\xe9\n", 2, "byte 0xe9 is not UTF-8"),
        ("brands: []\n".encode("utf-16"), 1, "is UTF-16; save it as UTF-8"),
        (b"brands:\n- a\0b\n", 2, "a NUL character"),
        ("brands:\n- a\ud800b\n", 2, "half a character"),
        (b"brands:\n- a\x07b\n", 2, "control characters are not allowed"),
        (b"#" * (LARGEST + 1), 1, "a watchlist may have 4 MB"),
        (b"", 1, "the file is empty"),
    ],
)
def test_what_is_no_text_is_said_in_one_clear_line(raw, line, message):
    problem = only_problem(raw)
    assert problem.line == line
    assert message in problem.message


def test_nesting_without_end_is_one_problem():
    said = problems("brands: " + "[" * 50_000 + "]" * 50_000)
    assert [problem.field for problem in said] == ["brands[0]", "channels"]
    assert "nested deeper" in said[0].message


def test_a7_a_bomb_of_aliases_is_refused_before_it_is_expanded():
    levels = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))
    said = problems(f"a0: &a0 [lol]\n{levels}\n")
    assert any("is a YAML alias" in problem.message for problem in said)


def test_a11_a_value_shown_in_a_message_cannot_steer_a_terminal():
    said = str(problems(with_channel('{name: a, kind: "\\e[31mred"}'))[0])
    assert "\x1b" not in said


@given(st.text() | st.binary())
@example("brands: [{terms: [{allow: [[1]]}]}]\nchannels: [1, {name: 2, kind: []}]")
@example("? [a, b]\n: c\n")
@example("{}")
def test_any_text_is_a_watchlist_or_is_explained(text):
    said = ["a watchlist"]
    try:
        load(text, "watchlist.yaml")
    except WatchlistInvalid as invalid:
        said = list(map(str, invalid.problems))
    assert all(said)
    assert said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "text", "terms", "kind", "url", "every"]), inner)
    ),
    max_leaves=8,
)


@given(brands=VALUES, terms=VALUES, channels=VALUES)
def test_any_value_in_any_place_is_explained_by_a_field_that_is_there(brands, terms, channels):
    shape = {"brands": [{"name": "Northwind", "terms": terms}, brands], "channels": channels}
    said = problems(json.dumps(shape))
    assert {problem.line for problem in said} <= {1}


WORDS = st.lists(st.text(min_size=1), max_size=3).map(tuple)
TERMS = st.builds(
    Term, st.text(min_size=1), st.sampled_from(TermKind), st.booleans(), st.booleans(), WORDS
)
WATCHLISTS = st.builds(
    Watchlist,
    st.lists(
        st.builds(Brand, st.text(), st.sampled_from(Role), st.lists(TERMS).map(tuple)), max_size=3
    ).map(tuple),
    st.lists(
        st.builds(
            Channel,
            st.text(),
            st.text(),
            st.integers(5, 604800).map(lambda seconds: timedelta(seconds=seconds)),
            st.none() | st.text(),
            WORDS,
            st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | WORDS),
        ),
        max_size=3,
    ).map(tuple),
    st.text(),
)


@given(WATCHLISTS)
def test_an_accepted_watchlist_is_restored_as_it_was(watchlist):
    assert accepted.restore(accepted.dump(watchlist)) == watchlist


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"form":1}', '{"form":2,"version":"","brands":[],"channels":[]}']
)
def test_what_is_no_accepted_watchlist_raises_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011
        accepted.restore(text)


def test_reading_an_accepted_watchlist_imports_no_parser_and_no_validation():
    code = (
        "import sys; sys.path.insert(0, 'layers/core'); import earwitness.accepted, "
        "earwitness.watchlist_bucket; "
        "print(sorted({'pydantic', 'yaml', 'rapidfuzz', 'feedparser'} & set(sys.modules)))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)
    assert said.strip() == b"[]"


def test_replies_people_and_digests_survive_the_accepted_form():
    text = (CASES / "valid/replies_and_people.yaml").read_text(encoding="utf-8")
    watchlist = load(text, "watchlist.yaml")
    assert accepted.restore(accepted.dump(watchlist)) == watchlist
    assert watchlist.brands[0].digest_every == "weekly"
    assert [reply.intent for reply in watchlist.replies] == ["complaint", "status"]
    assert watchlist.other_accounts("mastodon", Author(handle="Ada")) == (("hackernews", "ada_l"),)
