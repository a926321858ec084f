"""What people rule: corrections, spellings, silences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from earwitness.model.mentions import Judgement
from earwitness.model.words import Intent, Priority, Sentiment


class Verdict(StrEnum):
    """What a person says of a judgement or of a doubtful match."""

    OURS = "ours"  # it is about the brand
    NOT_OURS = "not_ours"
    LESS_URGENT = "less_urgent"
    MORE_URGENT = "more_urgent"


_NOT_SO_URGENT = (Verdict.LESS_URGENT, Verdict.MORE_URGENT)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of the judgement of a mention; what was said last stands.

    ``judged`` is what they spoke of, its reasons without the post's words. They give a
    ``verdict`` on the whole, or say what single parts should have been: None says nothing of a
    part, the same value that it was right.
    """

    mention_id: str
    brand: str
    by: str
    at: datetime
    judged: Judgement
    verdict: Verdict | None = None
    language: str | None = None
    sentiment: Sentiment | None = None
    intent: Intent | None = None
    priority: Priority | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether all that the person spoke of was right; None: it was the match they spoke of."""
        if self.verdict is not None:
            return False if self.verdict in _NOT_SO_URGENT else None
        said = (self.language, self.sentiment, self.intent, self.priority)
        judged = self.judged
        held = (judged.language, judged.sentiment, judged.intent, judged.priority)
        return all(one is None or one == other for one, other in zip(said, held, strict=True))


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a person says of a near miss: whether ``surface`` stands for ``term``, or does not.

    ``verdict`` is OURS or NOT_OURS. It holds for the surface whatever its case and accents.
    """

    brand: str
    term: str
    surface: str
    verdict: Verdict
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """Keeps alerts quiet that fit all of its scope. It always expires and has a reason.

    Scope: None does not narrow; at least one is given. ``author`` is a handle or a name,
    ``word`` a word or words of the post, ``kind`` an intent.
    """

    silence_id: str
    reason: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    brand: str | None = None
    channel: str | None = None
    author: str | None = None
    word: str | None = None
    kind: str | None = None
