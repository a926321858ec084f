"""The shape of a watchlist, as pydantic models.

Pydantic is imported here and in ``shape_checks``: only what checks a watchlist pays for it, never
a poll.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from earwitness.model import Role
from earwitness.watchlist import values

Name = Annotated[str, AfterValidator(values.name)]
Word = Annotated[str, AfterValidator(values.word)]
Words = Annotated[list[Word], Field(min_length=1)]


def _checked(read: Callable[[str], object]) -> AfterValidator:
    """A text that ``read`` can read, kept as it is written."""

    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


Every = Annotated[str, _checked(values.duration)]
Wait = Annotated[str, _checked(values.wait)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TermShape(_Shape):
    """A term; the short form is its text alone."""

    text: Annotated[str, AfterValidator(values.term)]
    match: Literal["fuzzy", "exact"] | None = None
    case_sensitive: bool = False
    require_any: Words = []
    exclude_any: Words = []
    allow: Words = []

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class ByPriorityShape(_Shape):
    """A length of time for each priority that alerts."""

    critical: str | None = None
    high: str | None = None


class RespondShape(ByPriorityShape):
    """By when somebody must have taken an alert."""

    critical: Every | None = None
    high: Every | None = None


class WaitShape(ByPriorityShape):
    """How long the first alert of a group waits for more posts."""

    critical: Wait | None = None
    high: Wait | None = None


class MuteShape(_Shape):
    """What is left out before anything is counted."""

    authors: Words = []
    sites: Annotated[list[Annotated[str, AfterValidator(values.site)]], Field(min_length=1)] = []
    words: Words = []


class AlertingShape(_Shape):
    """How alerts behave: of the watchlist, or of one brand."""

    hours: Annotated[str, _checked(values.hours)] | None = None
    respond_within: RespondShape | None = None
    group_wait: WaitShape | None = None
    vip_authors: Words = []
    mute: MuteShape | None = None
    daily_cap: Annotated[int, Field(ge=1, le=1000)] | None = None
    escalation: Annotated[int, Field(ge=0, le=3)] | None = None
    spikes: Literal["fewer", "balanced", "more"] | None = None


class BrandShape(_Shape):
    """A brand and its terms."""

    name: Name
    role: Literal["own", "competitor"] = Role.OWN.value
    time_zone: Annotated[str, AfterValidator(values.time_zone)] = "UTC"
    language: Annotated[str, AfterValidator(values.language)] = "en"
    terms: Annotated[list[TermShape], Field(min_length=1)]
    alerting: AlertingShape | None = None
    digest: Literal["hourly", "daily", "weekly", "never"] | None = None


class ChannelShape(_Shape):
    """A channel. Further keys are options of its kind, checked against the table of kinds."""

    model_config = ConfigDict(extra="allow")

    name: Name
    kind: str
    every: Every | None = None
    at_least_every: Every | None = None
    url: str | None = None


class ReplyShape(_Shape):
    """A saved reply of the customer's own."""

    text: Annotated[str, AfterValidator(values.reply)]
    intent: Annotated[str, AfterValidator(values.reply_intent)]
    language: Annotated[str, AfterValidator(values.language)] | None = None
    channel: Name | None = None
    brand: Name | None = None


class AccountShape(_Shape):
    """An account of a person on a kind of channel."""

    channel: Name
    handle: Name


class PersonShape(_Shape):
    """Somebody whose accounts on several channels are known to be one's."""

    name: Name
    accounts: Annotated[list[AccountShape], Field(min_length=1)]


class WatchlistShape(_Shape):
    """The whole watchlist."""

    brands: Annotated[list[BrandShape], Field(min_length=1)]
    channels: Annotated[list[ChannelShape], Field(min_length=1)]
    alerting: AlertingShape | None = None
    replies: list[ReplyShape] = []
    people: list[PersonShape] = []


class UnpolledShape(WatchlistShape):
    """A watchlist whose channels may be left out."""

    channels: list[ChannelShape] = []
