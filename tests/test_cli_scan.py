"""``earwitness scan``: posts in JSON lines in, mentions in JSON lines out."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from earwitness.cli import app
from earwitness.cli.lines import LONGEST_LINE, batches
from earwitness.cli.scan import Engine, Scan, engine, run
from earwitness.matching import Explanation, NearMiss, Rule
from earwitness.model import Intent, Judgement, Match, Priority, Reason, Sentiment, Tier
from earwitness.post_json import LineInvalid, parse
from earwitness.watchlist import load

ROOT = Path(__file__).parents[1]
WATCHLIST = """\
brands:
  - name: Northwind Air
    terms: [Northwind Air, "@northwindair"]
  - name: Corvane
    role: competitor
    terms: [Corvane Airways]
"""
BRANDS = load(WATCHLIST, "watchlist.yaml", needs_channels=False)


def match(term, surface, start, tier=Tier.SURE, brand="Northwind Air", *, in_title=False):
    end = start + len(surface)
    return Match(brand, term, surface, start, end, 0, "exact", 0.98765, tier, in_title)


def find_words(posts):
    """A matcher that finds "air" for sure, "wind" perhaps and "corvane" in titles."""
    found = []
    for post in posts:
        here = []
        for word, tier in (("air", Tier.SURE), ("wind", Tier.LIKELY), ("win", Tier.DOUBTFUL)):
            if word in post.text.split():
                here.append(match("Northwind Air", word, post.text.index(word), tier))
        if "corvane" in (post.title or ""):
            at = post.title.index("corvane")
            here.append(match("Corvane", "corvane", at, brand="Corvane", in_title=True))
        found.append(tuple(here))
    return found


def judge_calmly(post, matches):
    calm = Judgement(
        "en", Sentiment.NEUTRAL, Intent.QUESTION, Priority.NORMAL, (Reason("asks", ("?",)),)
    )
    return {found.brand: calm for found in matches}


def explain_words(post):
    miss = NearMiss("Northwind Air", "Northwind Air", "fair", 0, 4, 1, "added", Rule.COMMON_WORD)
    return Explanation(find_words([post])[0], (miss,) if "fair" in post.text else ())


FAKE = Engine(find=find_words, explain=explain_words, judge=judge_calmly)


def scanned(*lines, tier=Tier.LIKELY, explains=False):
    """What a scan of the lines writes, and how many were bad."""
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    out = io.BytesIO()
    stream = io.BufferedReader(io.BytesIO(b"\n".join(written)))
    bad = run(stream, "posts.jsonl", Scan(BRANDS, FAKE, tier, explains), out)
    return [json.loads(line) for line in out.getvalue().splitlines()], bad


def test_a_mention_is_written_in_the_promised_shape():
    (mention,), bad = scanned({"id": "1", "text": "hot air ?"})
    assert bad == 0
    assert mention == {
        "post_id": "1",
        "brand": "Northwind Air",
        "role": "own",
        "matches": [
            {
                "term": "Northwind Air",
                "surface": "air",
                "start": 4,
                "end": 7,
                "edits": 0,
                "kind": "exact",
                "confidence": 0.988,
                "tier": "sure",
            }
        ],
        "judgement": {
            "language": "en",
            "sentiment": "neutral",
            "intent": "question",
            "priority": "normal",
            "reasons": [{"name": "asks", "evidence": ["?"]}],
        },
    }


def test_keys_stand_in_the_promised_order():
    (mention,), _ = scanned({"id": "1", "text": "air"})
    assert list(mention) == ["post_id", "brand", "role", "matches", "judgement"]


def test_a_post_about_two_brands_gives_two_lines():
    mentions, _ = scanned({"id": "1", "text": "air", "title": "corvane"})
    assert [(m["brand"], m["role"]) for m in mentions] == [
        ("Northwind Air", "own"),
        ("Corvane", "competitor"),
    ]


def test_a_match_in_the_title_says_so_and_one_in_the_text_does_not():
    own, competitor = scanned({"id": "1", "text": "air", "title": "corvane"})[0]
    assert "in_title" not in own["matches"][0]
    assert competitor["matches"][0]["in_title"] is True


def test_a_post_about_nobody_gives_no_line():
    assert scanned({"id": "1", "text": "weather"}) == ([], 0)


@pytest.mark.parametrize(
    ("tier", "surfaces"),
    [
        (Tier.SURE, ["air"]),
        (Tier.LIKELY, ["air", "wind"]),
        (Tier.DOUBTFUL, ["air", "wind", "win"]),
    ],
)
def test_a_tier_shows_its_matches_and_the_surer_ones(tier, surfaces):
    (mention,), _ = scanned({"id": "1", "text": "air wind win"}, tier=tier)
    assert [m["surface"] for m in mention["matches"]] == surfaces


def test_a_brand_that_is_not_sure_enough_is_no_mention():
    assert scanned({"id": "1", "text": "win"}) == ([], 0)


def test_an_explanation_names_the_rule_that_refused_a_near_miss():
    (misses,), _ = scanned({"id": "1", "text": "fair"}, explains=True)
    assert misses == {
        "post_id": "1",
        "near_misses": [
            {
                "brand": "Northwind Air",
                "term": "Northwind Air",
                "surface": "fair",
                "start": 0,
                "end": 4,
                "edits": 1,
                "kind": "added",
                "rule": "common word",
            }
        ],
    }


def test_an_explanation_names_what_was_not_sure_enough():
    (misses,), _ = scanned({"id": "1", "text": "wind"}, tier=Tier.SURE, explains=True)
    assert [(m["surface"], m["rule"]) for m in misses["near_misses"]] == [
        ("wind", "less than sure")
    ]


def test_an_explanation_follows_the_mentions_of_its_post():
    said, _ = scanned({"id": "1", "text": "air fair"}, {"id": "2", "text": "air"}, explains=True)
    assert [(s["post_id"], "matches" in s) for s in said] == [
        ("1", True),
        ("1", False),
        ("2", True),
    ]


BAD_LINES = [
    (b"nonsense", "not JSON: Expecting value at character 1"),
    (b'{"id": "1", "text": "air"', "not JSON"),
    (b'["1", "air"]', "expected an object with id and text, got a list"),
    (b'{"text": "air"}', "id: missing"),
    (b'{"id": "", "text": "air"}', "id: expected text or a whole number"),
    (b'{"id": true, "text": "air"}', "id: expected text or a whole number"),
    (b'{"id": null, "text": "air"}', "id: expected text or a whole number, got null"),
    (b'{"id": "1"}', "text: missing"),
    (b'{"id": "1", "text": null}', "text: expected text, got null"),
    (b'{"id": "1", "text": "a", "title": 7}', "title: expected text, got a number"),
    (b'{"id": "1", "text": "a", "url": []}', "url: expected text, got a list"),
    (b'{"id": "1", "text": "a", "author": "Kim"}', "author: expected an object, got text"),
    (
        b'{"id": "1", "text": "a", "author": {"followers": "9"}}',
        "author.followers: expected a whole number, got text",
    ),
    (
        b'{"id": "1", "text": "a", "engagement": {"likes": -1}}',
        "engagement.likes: expected a count, got a number below zero",
    ),
    (
        b'{"id": "1", "text": "a", "engagement": {"views": NaN}}',
        "engagement.views: expected a whole number, got a number",
    ),
    (
        b'{"id": "1", "text": "a", "published_at": "yesterday"}',
        "published_at: expected a time such as 2026-03-01T09:30:00Z",
    ),
    (b'{"id": "1", "text": "caf\xe9"}', "not UTF-8 at byte 25"),
    (b"[" * 100_000, "nested too deep"),
    (b'{"id": ' + b"9" * 5000 + b', "text": "a"}', "a number too long"),
]


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_reported_with_its_number_and_the_rest_goes_on(line, message, capsys):
    mentions, bad = scanned({"id": "0", "text": "air"}, line, {"id": "2", "text": "air"})
    assert [m["post_id"] for m in mentions] == ["0", "2"]
    assert bad == 1
    said = capsys.readouterr().err
    assert said.startswith("posts.jsonl:2: ")
    assert message in said


def test_blank_lines_count_and_are_passed_over(capsys):
    assert scanned(b"", b"  ", b"{}")[1] == 1
    assert capsys.readouterr().err == "posts.jsonl:3: id: missing\n"


def test_a_number_as_id_comes_back_as_that_number():
    (mention,), _ = scanned({"id": 7, "text": "air"})
    assert mention["post_id"] == 7


def test_whatever_is_known_of_a_post_reaches_the_judge():
    given = {
        "id": "1",
        "text": "air",
        "title": "Lost",
        "url": "https://social.example/1",
        "channel": "hn",
        "language": "en",
        "published_at": "2026-03-01T10:30:00+01:00",
        "author": {"name": "Kim", "handle": "kim", "followers": 120},
        "engagement": {"likes": 3, "reposts": 1, "replies": 0, "views": 900.0},
        "colour": "blue",
    }
    post = parse(json.dumps(given).encode()).post
    assert (post.title, post.url, post.channel, post.language) == (
        "Lost",
        "https://social.example/1",
        "hn",
        "en",
    )
    assert post.published_at.isoformat() == "2026-03-01T09:30:00+00:00"
    assert (post.author.name, post.author.handle, post.author.followers) == ("Kim", "kim", 120)
    counts = post.engagement
    assert (counts.likes, counts.reposts, counts.replies, counts.views) == (3, 1, 0, 900)


@given(st.binary())
def test_any_line_is_a_post_or_is_explained(line):
    said = "a post"
    try:
        parse(line)
    except LineInvalid as invalid:
        said = str(invalid)
    assert said


@given(st.lists(st.sampled_from([b"a", b"bb", b"", b" ", b"c" * 9])), st.integers(1, 7))
def test_lines_are_numbered_alike_however_they_arrive(lines, size):
    class Dripping(io.BytesIO):
        def read1(self, _):
            return super().read1(size)

    found = [pair for batch in batches(Dripping(b"\n".join(lines))) for pair in batch]
    assert found == [(n, line) for n, line in enumerate(lines, 1) if line.strip()]


def test_a_line_beyond_all_measure_is_passed_over_without_being_held():
    pieces = iter([b"x" * LONGEST_LINE, b"x", b"x" * LONGEST_LINE, b"\nnext\n"])

    class Endless:
        def read1(self, _):
            return next(pieces, b"")

    assert list(batches(Endless())) == [[(1, None), (2, b"next")]]


def test_a_slow_source_is_answered_as_it_speaks():
    arrived = iter([b"first\n", b"second\nthi", b"rd"])

    class Slow:
        def read1(self, _):
            return next(arrived, b"")

    source = batches(Slow())
    assert next(source) == [(1, b"first")]
    assert next(source) == [(2, b"second")]
    assert list(source) == [[(3, b"third")]]


# --- with the product's own matcher and judge ---------------------------------------------------


@pytest.fixture
def watchlist(tmp_path):
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHLIST, encoding="utf-8")
    return str(path)


def test_posts_come_from_standard_input_unless_a_file_is_given(watchlist):
    done = CliRunner().invoke(
        app, ["scan", "-w", watchlist], input='{"id": "1", "text": "Northwind Air is late"}\n'
    )
    assert done.exit_code == 0
    assert json.loads(done.stdout)["matches"][0]["surface"] == "Northwind Air"


def test_offsets_count_code_points(watchlist, tmp_path):
    text = "😀 ärgerlich: Northwind Air"
    posts = tmp_path / "posts.jsonl"
    posts.write_text(json.dumps({"id": "1", "text": text}), encoding="utf-8")
    done = CliRunner().invoke(app, ["scan", "-w", watchlist, "--posts", str(posts)])
    (found,) = json.loads(done.stdout)["matches"]
    assert text[found["start"] : found["end"]] == "Northwind Air" == found["surface"]


def test_a_bad_line_makes_the_exit_status_1(watchlist):
    done = CliRunner().invoke(
        app, ["scan", "-w", watchlist], input='oops\n{"id": "1", "text": "Northwind Air"}\n'
    )
    assert done.exit_code == 1
    assert done.stderr.startswith("standard input:1: not JSON")
    assert json.loads(done.stdout)["post_id"] == "1"


def test_a_watchlist_with_problems_is_refused_before_any_post_is_read(tmp_path):
    path = tmp_path / "watchlist.yaml"
    path.write_text("brands: []\n")
    done = CliRunner().invoke(app, ["scan", "-w", str(path)], input="{}")
    assert done.exit_code == 1
    assert "brands: empty" in done.stderr


def test_a_file_that_is_not_there_is_a_wrong_use(watchlist):
    done = CliRunner().invoke(app, ["scan", "-w", watchlist, "--posts", "nowhere.jsonl"])
    assert done.exit_code == 2
    assert "cannot read nowhere.jsonl" in done.stderr


def test_an_explained_scan_finds_what_a_plain_one_finds(watchlist):
    posts = '{"id": "1", "text": "Nortwind Air, @northwindair, Corvane Airways"}\n'
    plain, explained = (
        CliRunner().invoke(app, ["scan", "-w", watchlist, *more], input=posts).stdout.splitlines()
        for more in ([], ["--explain"])
    )
    assert [line for line in explained if "near_misses" not in line] == plain


def earwitness(*arguments, **options):
    paths = {"PYTHONPATH": str(ROOT / "layers" / "core")}
    return subprocess.Popen(
        [sys.executable, "-m", "earwitness.cli", *arguments],
        env={**os.environ, **paths, **options},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_output_is_utf_8_whatever_the_locale_says(watchlist):
    process = earwitness("scan", "-w", watchlist, LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="")
    post = {"id": "ä", "text": "Nörthwind Air 😀 \ud800 Northwind Air"}
    out, err = process.communicate(json.dumps(post).encode())
    assert err == b""
    assert json.loads(out.decode("utf-8"))["post_id"] == "ä"


def test_a_reader_that_has_seen_enough_is_no_error(watchlist):
    process = earwitness("scan", "-w", watchlist)
    process.stdout.close()
    line = b'{"id": "1", "text": "Northwind Air"}\n'
    try:
        process.stdin.write(line * 20_000)
        process.stdin.close()
    except BrokenPipeError:
        pass
    assert process.stderr.read() == b""
    process.wait(timeout=60)


def test_a_line_is_answered_before_the_next_is_written(watchlist):
    process = earwitness("scan", "-w", watchlist)
    for number in range(2):
        post = {"id": number, "text": "Northwind Air"}
        process.stdin.write(json.dumps(post).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["post_id"] == number
    process.communicate()
    assert process.returncode == 0


def test_help_needs_neither_the_matcher_nor_aws():
    code = (
        "import sys, earwitness.cli as c\n"
        "try: c.app(['scan', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'numpy', 'boto3', 'yaml', 'rich', 'rapidfuzz'} & set(sys.modules))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT / "layers" / "core")
    assert said.endswith(b"set()\n")


def test_the_products_own_engine_is_used():
    (found,) = engine(BRANDS).find([parse(b'{"id": "1", "text": "Corvane Airways"}').post])
    assert [m.brand for m in found] == ["Corvane"]
