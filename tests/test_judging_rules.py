from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from earwitness.judging import LANGUAGES
from earwitness.judging.notation import (
    BRAND,
    FOLDER,
    HARMLESS,
    MODIFIERS,
    NUMBER,
    Part,
    Pattern,
    patterns_of,
)
from earwitness.judging.reading import hits, read
from earwitness.judging.rules import Lexicon, lexicon, moves_lexicon
from earwitness.model import Intent, Match, Post, Tier

NAMES = ["any", *LANGUAGES, *(f"moves/{language}" for language in LANGUAGES)]


def rules_of(name: str) -> Lexicon:
    folder, _, language = name.rpartition("/")
    found = moves_lexicon(language) if folder else lexicon(language)
    assert found
    return found


def written(atom: str, ending: str) -> str:
    if atom in (BRAND, NUMBER):
        return {BRAND: "Norvia", NUMBER: "7"}[atom]
    if atom in (")", "(", "^"):
        return atom * 2  # as an emoticon they come in runs, which are known by one
    return atom.removesuffix("*") + ending * atom.endswith("*")


def word_by_word(parts: tuple[Part, ...], ending: str) -> Iterator[str]:
    """Posts made of a phrase's words: as many as have each alternative in one of them."""
    places = [sorted(part.atoms) for part in parts]
    for number in range(max(map(len, places))):
        yield " ".join(written(atoms[number % len(atoms)], ending) for atoms in places)


def is_set_off(pattern: Pattern, text: str, rules: Lexicon) -> bool:
    """Whether the rule is set off by all words of the text."""
    brand = [
        Match("Norvia", "Norvia", "Norvia", *found.span(), 0, "exact", 1.0, Tier.SURE)
        for found in re.finditer("Norvia", text)
    ]
    reading = read(Post("x", "1", text + "?" * pattern.rule.asks), brand, rules)
    every = tuple(range(len(reading.words)))
    return any(hit.rule == pattern.rule and hit.at == every for hit in hits(reading, rules))


def deaf(pattern: Pattern, rules: Lexicon) -> list[str]:
    """Posts made of a phrase's own words that do not set its rule off, whatever a stem ends in."""
    bare = word_by_word(pattern.parts, "")
    inflected = word_by_word(pattern.parts, "x")
    return [
        text
        for text, other in zip(bare, inflected, strict=True)
        if not is_set_off(pattern, text, rules) and not is_set_off(pattern, other, rules)
    ]


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


@pytest.mark.parametrize("name", NAMES)
def test_every_alternative_of_every_entry_sets_its_rule_off(name):
    rules = rules_of(name)
    silent = [
        f"rules/{name}.txt, line {pattern.line}, [{pattern.rule.name}]: {text!r} sets off"
        " nothing, or an intent's rule of the same words: drop the entry, or write what posts say"
        for pattern in patterns_of(name)
        for text in deaf(pattern, rules)
    ]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize(
    ("entry", "twice"),
    [
        ("mi hijo|mi hija .. urgencias", "mi mi"),
        ("timed out|timing out|times out", "out out"),
        ("cant even|not even", "even even"),
    ],
)
def test_phrases_as_alternatives_before_a_gap_are_refused_with_what_to_write(
    entry, twice, tmp_path, monkeypatch
):
    (tmp_path / "xx.txt").write_text(f"[safety/danger -3]\nfire,\nsmoke, {entry}\n", "utf-8")
    monkeypatch.setattr("earwitness.judging.notation.FOLDER", tmp_path)
    told = rf'rules/xx\.txt, line 3: .* asks for "{twice}": .* begin with the gap \("\.\. '
    with pytest.raises(ValueError, match=told):
        list(patterns_of("xx"))


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


def test_a_known_word_with_a_letter_held_too_long_is_no_misspelling_of_a_rule_s():
    assert not lexicon("en").meaning("concesssion").atoms  # one slip from a concussion


def test_a_language_without_rules_has_those_of_every_language():
    assert lexicon("ja") is lexicon("und")


def test_rules_are_loaded_once():
    assert lexicon("sv") is lexicon("sv")


def test_every_file_of_rules_belongs_to_a_language():
    assert {path.stem for path in FOLDER.glob("*.txt")} == {"any", "others", *LANGUAGES}
