"""The dictionary of figures: what each one means, for the page, the documentation and workbooks."""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """One figure, what it means, and its unit."""

    name: str
    says: str
    unit: str


DEFINITIONS = (
    Definition(
        "mentions",
        "Posts about the brand, copies counted each. Matches that are doubtful never count, nor "
        "does what the brand mutes.",
        "posts",
    ),
    Definition(
        "stories",
        "Distinct texts (story_id in exports): copies, shares and syndication of one are one "
        "story. Less than five words are a story of each who says them, and near-copies in other "
        "words are told apart, which alerts and the signals of volume join.",
        "stories",
    ),
    Definition(
        "authors",
        "Distinct authors, told apart by kind of channel; mentions without one count for none.",
        "authors",
    ),
    Definition(
        "reach",
        "Views, else followers, else how many reacted: of each place the largest of a day (UTC), "
        "added up. A place is an article's site or a remark's author. An upper bound, since people "
        "read several places; what is told nowhere adds nothing.",
        "people",
    ),
    Definition(
        "share of voice",
        "Own / (own + those compared with): by mentions, by stories, by reach.",
        "percent",
    ),
    Definition(
        "95% interval",
        "What 95 of 100 draws of whole stories, with replacement, come to (by reach: of places): "
        "mentions come in clumps and are not as many voices. Too few: less than ten of them.",
        "percent",
    ),
    Definition("sentiment", "Mentions by what their authors feel about the brand.", "percent"),
    Definition(
        "response time",
        "From when an alert was first said to when somebody took it: median and 90th percentile "
        "of those taken, beside how many of all were.",
        "minutes and hours",
    ),
    Definition(
        "in time",
        "The share of alerts with a time to be answered by that were taken by then. One that may "
        "still be taken in time is not counted yet.",
        "percent",
    ),
    Definition(
        "peak hours",
        "Mentions by weekday and hour on the brand's clock. Shades compare by mentions an hour: an "
        "hour that the clock leaves out never came, one that it goes through twice counts as two.",
        "posts",
    ),
    Definition(
        "coverage",
        "The share of channels' hours in which the channel was watched and answered.",
        "percent",
    ),
    Definition(
        "change", "Against the period before: the week or month, else as many days.", "percent"
    ),
    Definition(
        "words that rose",
        "Words, or two in a row, in more stories than in the period before, by a log-likelihood of "
        "15.13 or more: chance does that once in ten thousand.",
        "stories",
    ),
    Definition(
        "burst",
        "Hours with far more stories than the same hours of the two weeks before. Trouble: a third "
        "tell of an outage or danger, or more than half are negative. Launch: a third say that "
        "something is new, opens or starts.",
        "posts",
    ),
    Definition(
        "customers who change",
        "People whose post names both brands and says that they go, or think of going, from one to "
        "the other.",
        "authors",
    ),
)


def markdown() -> str:
    """The dictionary as a table for people."""
    lines = ["| figure | unit | meaning |", "|---|---|---|"]
    lines += [f"| {one.name} | {one.unit} | {one.says} |" for one in DEFINITIONS]
    return "\n".join(lines)
