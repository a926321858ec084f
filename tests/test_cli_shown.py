"""What the command line prints of posts steers no terminal and misleads no reader."""

import json

import pytest

from earwitness.cli import shown
from earwitness.cli.channels import lines_of
from earwitness.cli.matches import _line as match_line
from tests.expansion import ROOT
from tests.posts import a_match, a_mention, a_post

STEERING = [
    "\x1b[2J",
    "\x1b]0;root\x07",
    "\x1b]8;;https://evil.example\x1b\\",
    "\x9b31m",
    "\x08" * 9,
    "\r\nHIGH forged",
    "\u202edesrever",
    "\u2066",
    "\u2028",
    "\x00",
]
OBEYED = set(map(chr, [*range(32), *range(0x7F, 0xA0)])) | set("\u2028\u2029\u202e\u2066\u200f")
POST = a_post("Nortwind Air lost " + " ".join(STEERING), title=STEERING[0], url=None)
MENTION = a_mention(POST, matches=[a_match(text=POST.text)])


@pytest.mark.parametrize("text", STEERING)
def test_a11_json_for_programs_steers_no_terminal_and_reads_back(text):
    written = shown.as_json({"text": text})
    assert set(written) & OBEYED == set()
    assert json.loads(written) == {"text": text}


def test_a11_json_shows_every_script_as_it_is():
    assert shown.as_json("Нортвинд 航空 şikâyet 🛫") == '"Нортвинд 航空 şikâyet 🛫"'


@pytest.mark.parametrize("text", STEERING)
def test_a10_a11_a_line_of_a_post_is_one_line_without_control_signs(text):
    assert set(shown.clean(f"before {text} after")) & OBEYED == set()


def test_a11_a_line_of_a_match_steers_no_terminal():
    assert set(match_line(MENTION)) & OBEYED == set()


def test_a11_the_reason_of_a_dark_channel_steers_no_terminal():
    told = dict.fromkeys(("channel", "kind", "health", "posts", "mentions"), "x")
    told |= {"stale": False, "lag_seconds": 1, "gap_hours": [], "quota_left": None}
    told |= {"next_poll_at": "2026-11-22T00:00:00Z", "reason": "".join(STEERING)}
    assert set("".join(lines_of([told]))) & OBEYED == set()


def test_a11_no_command_writes_json_past_the_one_that_escapes():
    commands = (ROOT / "layers" / "core" / "earwitness" / "cli").glob("*.py")
    others = [path for path in commands if path.stem != "shown"]
    found = [path.name for path in others if "ensure_ascii=False" in path.read_text("utf-8")]
    assert found == []
