"""How far people agree with each rule, over time, and which rules to drop."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from earwitness.model import RULES, Correction
from earwitness.signals.viral import FIRED

CONFIDENT_Z = 1.96  # standard normal quantile of a two-sided 95% interval
HALF = 0.5  # a rule that is wrong more often than right makes judgements worse


@dataclass(frozen=True, slots=True)
class Agreement:
    """Judgements that a rule took part in and people looked at: how many, how many were right.

    ``weeks`` are the same by week: its Monday, looked at, right.
    """

    rule: str
    language: str
    reviewed: int
    right: int
    weeks: tuple[tuple[date, int, int], ...] = ()

    @property
    def at_best(self) -> float:
        """The upper end of the 95% interval of the share that is right.

        Wilson score interval (Wilson 1927, JASA 22:209): holds for few cases too.
        """
        n, z = self.reviewed, CONFIDENT_Z
        share = self.right / n
        middle = share + z * z / (2 * n)
        spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return (middle + spread) / (1 + z * z / n)

    @property
    def to_drop(self) -> bool:
        """Whether the rule is surely wrong more often than right."""
        return self.at_best < HALF


def agreement(corrections: Iterable[Correction]) -> list[Agreement]:
    """Per rule and language, those that people agree with least first.

    A judgement by several rules counts for each: what is wrong with it may be any one's fault.
    Only what our rules judged is counted; what a signal added is no rule's, and whether the name
    in the post is the brand's is none's.
    """
    by_rule: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for correction in corrections:
        if correction.judged.reader == RULES and correction.agrees is not None:
            for reason in correction.judged.reasons:
                if reason.name in FIRED:
                    continue
                by_rule[reason.name, correction.judged.language].append(correction)
    found = [
        Agreement(rule, language, len(said), sum(c.agrees is True for c in said), _weeks(said))
        for (rule, language), said in by_rule.items()
    ]
    return sorted(found, key=lambda a: (a.right / a.reviewed, -a.reviewed, a.rule, a.language))


def _weeks(said: Iterable[Correction]) -> tuple[tuple[date, int, int], ...]:
    weeks: dict[date, list[bool]] = defaultdict(list)
    for correction in said:
        day = correction.at.date()
        weeks[day - timedelta(days=day.weekday())].append(correction.agrees is True)
    return tuple((monday, len(right), sum(right)) for monday, right in sorted(weeks.items()))
