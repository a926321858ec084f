"""What acts on a hit: negation, emphasis, doubt, questions; and which brand it is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

from earwitness.judging.notation import HARMLESS, MODIFIERS, Rule
from earwitness.judging.reading import Hit, Reading
from earwitness.model import Intent

NEGATED_PRAISE = -0.7  # "not good" is milder than "bad", as VADER measured (its -0.74)
NEGATED_BLAME = -0.5  # "not bad" praises faintly
_BEFORE = 4  # words that a negation reaches forward to praise
_BEFORE_BLAME = 3  # and to blame: further off it is a trouble of its own ("not arrived, no help")
_AFTER = 2  # words back that a negation behind the verb reaches
_MENDED = 5  # words that "is fixed" may stand behind the trouble
_EMPHASIS_REACH = 2
_DOUBT_REACH = 6
_IRONY_REACH = 7
_CONCORD = frozenset({"es", "fr", "ru", "tr"})  # where "no .. nada" denies once, not twice
_EMPHASIS, _WEAKENING, _DOUBT, _ASKED = 1.35, 0.6, 0.4, 0.35
_ASKING = (Intent.SUPPORT, Intent.QUESTION, Intent.URGENT, Intent.REFERENCE)
_FIRM = (Intent.SAFETY, Intent.CHURN, Intent.SUPPORT, Intent.QUESTION, Intent.URGENT)


class Evidence(NamedTuple):
    """A hit as it counts: what it weighs, and whether its intent holds."""

    hit: Hit
    weight: float
    negated: bool
    doubted: bool

    @property
    def intent(self) -> Intent | None:
        """The intent shown, unless it is negated or only supposed."""
        dropped = self.negated or (self.doubted and self.hit.rule.intent not in _FIRM)
        return None if dropped else self.hit.rule.intent


class Modifiers:
    """Where the words stand that act on others; ``units`` are clauses cut at contrasts too."""

    def __init__(self, reading: Reading, found: Sequence[Hit]) -> None:
        at: dict[str, set[int]] = {name: set() for name in MODIFIERS}
        for hit in found:
            if hit.rule.name in MODIFIERS:  # a word may be listed in two spellings
                at[hit.rule.name].add(hit.at[0])
        self.negation, self.negation_after = at["negation"], at["negation after"]
        self.mended = at["mended"]
        self.intensify, self.soften = at["intensify"], at["soften"]
        self.unreal, self.contrast = at["unreal"], at["contrast"]
        cuts = self.contrast
        self.units, cut = [], 0
        for index, clause in enumerate(reading.clauses):
            cut += index in cuts
            self.units.append(clause + cut)

    def count(self, places: Collection[int], unit: int, low: int, high: int) -> int:
        """How many of the places lie in the unit, from low to high inclusive."""
        if not places:  # as mostly
            return 0
        return sum(low <= place <= high and self.units[place] == unit for place in places)


def weigh(reading: Reading, found: Sequence[Hit], modifiers: Modifiers) -> list[Evidence]:
    """Each hit that means something by itself, with what acts on it counted in."""
    content = [hit for hit in found if hit.rule.name not in (*MODIFIERS, HARMLESS)]
    weighed = [_weighed(reading, hit, modifiers) for hit in content]
    return _ironic(reading, weighed, modifiers)


def _weighed(reading: Reading, hit: Hit, by: Modifiers) -> Evidence:
    first, last = hit.at[0], hit.at[-1]
    unit = by.units[first]
    weight = hit.rule.valence
    reach = _BEFORE if weight > 0 else _before_blame(reading, first)
    negations = by.count(by.negation, unit, first - reach, first - 1)
    if weight > 0:
        negations += by.count(by.negation_after, by.units[last], last + 1, last + _AFTER)
    if reading.language in _CONCORD:
        negations = min(1, negations)
    if weight <= 0:  # "the outage is fixed"
        negations += min(1, by.count(by.mended, by.units[last], last + 1, last + _MENDED))
    negated = negations % 2 == 1 and hit.rule.intent not in _ASKING
    if negated:
        weight *= NEGATED_PRAISE if weight > 0 else NEGATED_BLAME
    if by.count(by.intensify, unit, first - _EMPHASIS_REACH, last + 1):
        weight *= _EMPHASIS
    if by.count(by.soften, unit, first - _EMPHASIS_REACH, first - 1):
        weight *= _WEAKENING
    doubted = by.count(by.unreal, unit, first - _DOUBT_REACH, first - 1) > 0
    if doubted:
        weight *= _DOUBT
    if hit.rule.intent is None and reading.sentences[first] in reading.asking:
        weight *= _ASKED
    if by.contrast:  # what follows a "but" is what is meant
        weight *= 1.3 if any(place <= first for place in by.contrast) else 0.7
    return Evidence(hit, weight, negated, doubted)


def _before_blame(reading: Reading, first: int) -> int:
    """How far back a negation may stand: "not tasty, and awful service" denies the taste alone."""
    for back in range(1, min(_BEFORE_BLAME, first) + 1):
        if reading.words[first - back] in _JOINS:
            return back - 1
    return _BEFORE_BLAME


def _ironic(reading: Reading, weighed: list[Evidence], by: Modifiers) -> list[Evidence]:
    """Praise just before a failure, in one sentence, is meant the other way round."""
    failures = [
        e.hit.at[0]
        for e in weighed
        if e.weight <= -1 and e.intent in (Intent.COMPLAINT, Intent.OUTAGE)
    ]

    def mocks(e: Evidence) -> bool:
        at = e.hit.at[-1]
        return any(
            at < failure <= at + _IRONY_REACH
            and reading.sentences[failure] == reading.sentences[at]
            and not any(at < place <= failure for place in by.contrast)
            for failure in failures
        )

    return [
        Evidence(_as_irony(e.hit), -abs(e.weight) * 0.7, e.negated, e.doubted)
        if e.hit.rule.name == "praise/or irony" and e.weight > 0 and mocks(e)
        else e
        for e in weighed
    ]


def _as_irony(hit: Hit) -> Hit:
    return hit._replace(rule=Rule("complaint/irony", Intent.COMPLAINT, -1.0, asks=False))


def brands_of_words(reading: Reading, modifiers: Modifiers) -> list[frozenset[str]]:
    """For each word, the brands it is said about.

    Those named in its clause, else those of the clause before it, else the first named.
    """
    named = sorted(reading.brands)
    if len(set(reading.brands.values())) < 2:
        return [frozenset(reading.brands.values())] * len(reading.words)
    about: list[frozenset[str]] = []
    current = frozenset({reading.brands[named[0]]})
    for index in range(len(reading.words)):
        unit = modifiers.units[index]
        here = [place for place in named if modifiers.units[place] == unit]
        if here:
            anchor = max((place for place in here if place <= index), default=here[0])
            current = _listed_with(anchor, here, reading)
        about.append(current)
    return about


def _listed_with(anchor: int, here: list[int], reading: Reading) -> frozenset[str]:
    """The anchor's brand and those in one list with it ("@A @B", "A and B")."""
    listed = {anchor}
    for before, after in pairwise(here):
        between = reading.words[before + 1 : after]
        if all(word in _AND for word in between) and {before, after} & listed:
            listed |= {before, after}
    return frozenset(reading.brands[place] for place in listed)


_JOINS = frozenset({"and", "und", "и", "ve", "och", "y", "et"})
_AND = frozenset({"and", "or", "und", "oder", "и", "или", "ve", "veya", "och", "eller", "y", "o",
                  "e", "et", "ou", "as", "sowie"})  # fmt: skip
