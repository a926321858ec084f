"""Which mentions a managed reader looks over, and within what cost and time.

Only what is about to be kept for the first time, or with another text, is read and paid for. The
rules have judged it before: whatever keeps the reader from answering leaves their judgement.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol

import boto3
from botocore.config import Config

from earwitness.environment import EnvironmentIncomplete
from earwitness.model import RULES, Mention
from earwitness.readers import BedrockModel, Judged, with_bedrock, with_comprehend

READ_FOR = 5.0  # seconds after which no further batch is sent: a poll has a minute for all it does
CALL_FOR = 8  # seconds that one call may take; a throttled one is not repeated
SPARE_MS = 15_000  # what looking mentions over may take in all
_SERVICES = {"comprehend": "comprehend", "bedrock": "bedrock-runtime"}
_PRICES = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")


class Memory(Protocol):
    """What the store remembers for a reader."""

    def known(self, mentions: Sequence[Mention], now: datetime) -> AbstractSet[str]:
        """The ids of those that are nothing new."""

    def spend(self, what: str, dollars: float, most: float, now: datetime) -> bool:
        """Take US dollars out of the month's ``most``; False: they are not left."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A managed reader that is switched on. ``cap`` is in US dollars a month."""

    name: str  # comprehend, bedrock
    cap: float
    model: BedrockModel | None = None

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Reader | None:
        """The reader that JUDGE names; None: the rules judge alone.

        Raises:
            EnvironmentIncomplete: names the variable that is missing or malformed.
        """
        name = variables.get("JUDGE", RULES)
        if name == RULES:
            return None
        if name not in _SERVICES:
            raise EnvironmentIncomplete(f"JUDGE: expected rules, comprehend or bedrock: {name!r}")
        try:
            cap = float(variables.get("JUDGE_DOLLARS_PER_MONTH", "0"))
        except ValueError as error:
            raise EnvironmentIncomplete(f"JUDGE_DOLLARS_PER_MONTH: {error}") from None
        return cls(name, cap, _model(variables) if name == "bedrock" else None)

    def look_over(
        self,
        mentions: Sequence[Mention],
        memory: Memory,
        now: datetime,
        client: Callable[[str], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> list[Mention]:
        """The mentions in the order given, each new one as the reader judges it.

        One that stands with the same text is left as it is offered, since keeping it leaves the
        judgement that it has: an engagement that changed is no reason to pay again.
        """
        known = memory.known(mentions, now)
        new = [one for one in mentions if one.mention_id not in known]
        if not new:
            return list(mentions)
        until = clock() + READ_FOR

        def spend(dollars: float) -> bool:
            return clock() < until and memory.spend(self.name, dollars, self.cap, now)

        judged: dict[str, Judged] = {}
        for one in new:
            others = judged[one.post.post_id].judgements if one.post.post_id in judged else {}
            judged[one.post.post_id] = Judged(one.post, {**others, one.brand: one.judgement})
        service = (client or _client)(_SERVICES[self.name])
        read = (
            with_comprehend(list(judged.values()), service, spend)
            if self.model is None
            else with_bedrock(list(judged.values()), service, self.model, spend)
        )
        changed = {
            Mention.id_of(brand, one.post.post_id): judgement
            for one in read
            for brand, judgement in one.judgements.items()
        }
        return [
            replace(one, judgement=changed.get(one.mention_id, one.judgement)) for one in mentions
        ]


def _model(variables: Mapping[str, str]) -> BedrockModel:
    # The first is asked; the others are what an inference profile stands for, for the permission.
    arn = variables.get("BEDROCK_MODELS", "").partition(",")[0].strip()
    prices = variables.get("BEDROCK_PRICES", "")
    if not arn:
        raise EnvironmentIncomplete("BEDROCK_MODELS: expected the ARN of a model, got nothing")
    if not (price := _PRICES.fullmatch(prices)):
        raise EnvironmentIncomplete(f"BEDROCK_PRICES: expected dollars as IN/OUT, got {prices!r}")
    return BedrockModel(arn, float(price[1]), float(price[2]))


@cache  # it costs a tenth of a second
def _client(service: str) -> Any:
    once = Config(connect_timeout=2, read_timeout=CALL_FOR, retries={"total_max_attempts": 1})
    return boto3.client(service, config=once)  # type: ignore[call-overload]
