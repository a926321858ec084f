"""Sentiment lexicons to compare with, development only: a score above zero is positive.

VADER and AFINN (English), VADER-fr (French) as published; BabelSenticNet in every language, as
the sum of the polarities of a post's words, over the root of their number as VADER normalises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial

Score = Callable[[str], float]
_WORD = re.compile(r"[^\W\d_]+")


def _vader() -> Score:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    analyser = SentimentIntensityAnalyzer()
    return lambda text: float(analyser.polarity_scores(text)["compound"])


def _vader_fr() -> Score:
    from vaderSentiment_fr.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    analyser = SentimentIntensityAnalyzer()
    return lambda text: float(analyser.polarity_scores(text)["compound"])


def _afinn() -> Score:
    from afinn import Afinn  # noqa: PLC0415

    scorer = Afinn(emoticons=True)
    return lambda text: math.tanh(float(scorer.score(text)) / 5)


def _senticnet(language: str) -> Score:
    from senticnet.babelsenticnet import BabelSenticNet  # noqa: PLC0415

    polarity = {word: float(values[6]) for word, values in BabelSenticNet(language).data.items()}

    def score(text: str) -> float:
        found = [polarity[w] for w in _WORD.findall(text.lower()) if w in polarity]
        total = sum(found)
        return total / math.sqrt(total * total + 1.5)

    return score


LEXICONS: dict[str, dict[str, Callable[[], Score]]] = {
    "en": {"VADER": _vader, "AFINN": _afinn},
    "de": {"BabelSenticNet": partial(_senticnet, "de")},
    "ru": {"BabelSenticNet": partial(_senticnet, "ru")},
    "es": {"BabelSenticNet": partial(_senticnet, "es")},
    "fr": {"VADER-fr": _vader_fr, "BabelSenticNet": partial(_senticnet, "fr")},
}
