from __future__ import annotations

import pytest

from earwitness.judging import LANGUAGES
from earwitness.judging.notation import FOLDER, HARMLESS, MODIFIERS, patterns_of
from earwitness.judging.rules import lexicon
from earwitness.model import Intent


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_several_hundred_entries(language):
    assert len(list(patterns_of(language))) > 800


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_rules_in_every_language(language):
    assert {p.rule.intent for p in patterns_of(language)} - {None} == set(Intent)


@pytest.mark.parametrize("name", ["any", *LANGUAGES])
def test_a_section_is_an_intent_a_feeling_or_acts_on_others(name):
    known = {*MODIFIERS, HARMLESS, "valence", "courtesy"}
    assert {p.rule.name for p in patterns_of(name) if not p.rule.intent} <= known


@pytest.mark.parametrize("name", ["any", *LANGUAGES])
def test_no_phrase_has_an_empty_place(name):
    assert all(part.atoms and "" not in part.atoms for p in patterns_of(name) for part in p.parts)


def test_alternatives_behind_a_gap_are_phrases_also_at_the_head_of_an_entry(tmp_path, monkeypatch):
    text = "[safety/danger -3]\n.. cot|car seat .. broke|fell off, cot|car seat"
    (tmp_path / "xx.txt").write_text(text, "utf-8")
    monkeypatch.setattr("earwitness.judging.notation.FOLDER", tmp_path)
    found = {" ".join("|".join(sorted(part.atoms)) for part in p.parts) for p in patterns_of("xx")}
    assert found == {
        "cot broke", "cot fell off", "car seat broke", "car seat fell off", "car|cot seat",
    }  # fmt: skip


def test_a_heading_that_is_no_section_is_named_with_its_file(tmp_path, monkeypatch):
    (tmp_path / "xx.txt").write_text("[Valence +2]\ngood\n", "utf-8")
    monkeypatch.setattr("earwitness.judging.notation.FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"rules/xx\.txt: '\[Valence \+2\]' is no section"):
        list(patterns_of("xx"))


def test_a_language_without_rules_has_those_of_every_language():
    assert lexicon("ja") is lexicon("und")


def test_rules_are_loaded_once():
    assert lexicon("sv") is lexicon("sv")


def test_every_file_of_rules_belongs_to_a_language():
    assert {path.stem for path in FOLDER.glob("*.txt")} == {"any", "others", *LANGUAGES}
