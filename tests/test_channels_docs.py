"""The documentation of the channels is held to the code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from earwitness.channels import KINDS, Kind
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health
from tests.loopback import Answer, Asked, serving

DOCS = Path(__file__).resolve().parents[1] / "docs"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_section(kind):
    assert f"\n### {kind}\n" in (DOCS / "channels.md").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_and_credential_of_a_kind_is_explained(kind):
    section = (DOCS / "channels.md").read_text("utf-8").partition(f"\n### {kind}\n")[2]
    section = section.partition("\n### ")[0]
    names = {*KINDS[kind].options, *KINDS[kind].credentials} - {"since", "credentials"}
    assert [name for name in names if f"`{name}" not in section] == []


def guide() -> list[str]:
    text = (DOCS / "add-a-channel.md").read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_guide_to_a_new_kind_works_as_it_is_written():
    scope: dict[str, object] = {"KINDS": {}, "Kind": Kind}
    for code in guide():
        exec(code, scope)  # noqa: S102 - our own documentation
    kinds = scope["KINDS"]
    numbers = range(25)

    def answer(asked: Asked) -> Answer:
        low, high = int(asked.query["since"]), int(asked.query.get("until", 1 << 40))
        times = [(n, int(NOW.timestamp()) - 60 * n) for n in numbers]
        found = [(n, at) for n, at in times if low <= at <= high][:10]
        posts = [f'{{"id": {n}, "at": {at}, "html": "<p>Northwind {n}</p>"}}' for n, at in found]
        return Answer(f'{{"posts": [{", ".join(posts)}]}}'.encode())

    with serving(answer) as server, Fetcher(allow_loopback=True) as fetch:
        channel = Channel("mine", "example", kinds["example"].default_every, server.url)
        first = kinds["example"].poll(channel, None, fetch, NOW)
        second = kinds["example"].poll(channel, first.cursor, fetch, NOW + timedelta(minutes=1))
    assert first.health is Health.OK
    assert {post.text for post in first.posts} == {f"Northwind {n}" for n in numbers}
    assert second.posts == ()


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_how_far_back_a_kind_can_be_read_is_told(name, kind):
    assert f"\n| {name} | {kind.reaches} |\n" in (DOCS / "channels.md").read_text("utf-8")
