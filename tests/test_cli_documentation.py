"""What the documentation says of the watchlist and the command line is held to the code."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from earwitness.channels import KINDS
from earwitness.cli import app, exits
from earwitness.watchlist import WatchlistInvalid, load
from earwitness.watchlist.shape import (
    AlertingShape,
    BrandShape,
    ByPriorityShape,
    ChannelShape,
    MuteShape,
    TermShape,
)

DOCS = Path(__file__).parents[1] / "docs"
WATCHLIST = (DOCS / "watchlist.md").read_text(encoding="utf-8")
COMMANDS = (DOCS / "command-line.md").read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(command, name="earwitness"):
    for inner in getattr(command, "commands", {}).values():
        yield from commands(inner, f"{name} {inner.name}")
    if not hasattr(command, "commands"):
        yield name, command


ALL_COMMANDS = dict(commands(get_command(app)))


def test_the_documented_watchlist_is_valid():
    valid, _ = blocks(WATCHLIST, "yaml")
    assert load(valid, "watchlist.yaml").brands[0].name == "Northwind Air"


def test_the_documented_mistakes_are_said_in_these_words():
    _, invalid = blocks(WATCHLIST, "yaml")
    (said,) = blocks(WATCHLIST, "text")
    with pytest.raises(WatchlistInvalid) as caught:
        load(invalid, "watchlist.yaml")
    assert str(caught.value) + "\n" == said


def test_every_key_and_kind_is_documented():
    shapes = (BrandShape, ChannelShape, TermShape, AlertingShape, ByPriorityShape, MuteShape)
    keys = {key for shape in shapes for key in shape.model_fields}
    keys |= {option for kind in KINDS.values() for option in kind.options} | set(KINDS)
    assert {key for key in keys if f"`{key}`" not in WATCHLIST} == set()


def test_every_command_is_documented():
    assert {name for name in ALL_COMMANDS if f"\n## {name}" not in COMMANDS} == set()


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_option_is_documented(name):
    section = COMMANDS.split(f"\n## {name}")[1].split("\n## ")[0]
    options = {option for p in ALL_COMMANDS[name].params for option in p.opts if option[0] == "-"}
    assert {
        option for option in options - {"--help", "-h"} if f"`{option}`" not in section
    } == set()


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_help_teaches_by_examples_and_exit_status(name):
    done = CliRunner().invoke(app, [*name.split()[1:], "--help"])
    assert "Examples:\n    earwitness " in done.stdout
    assert "Exit status:" in done.stdout


def test_every_exit_status_is_documented():
    for line in exits.EXPLAINED.splitlines()[2:]:
        status, meaning = line.strip().split("  ")
        assert f"| {status} | {meaning} |" in COMMANDS


def test_the_documented_scan_gives_the_documented_mention(tmp_path):
    post, mention = blocks(COMMANDS, "json")
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(blocks(WATCHLIST, "yaml")[0], encoding="utf-8")
    done = CliRunner().invoke(app, ["scan", "-w", str(watchlist)], input=post)
    said, documented = json.loads(done.stdout), json.loads(mention)
    for found in (said, documented):  # how sure, and by which rules, is for others to hold
        found["matches"][0].pop("confidence")
        found["judgement"]["reasons"] = [list(reason) for reason in found["judgement"]["reasons"]]
    assert said == documented
