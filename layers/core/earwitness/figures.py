"""The arithmetic of figures that people read, each defined once. Imports the model alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from earwitness.model import Post, Response, ResponseTime


def share_of_voice(counts: Mapping[str, float], brand: str) -> float | None:
    """A brand's part of what is said about all these brands: own / (own + others), 0 to 1.

    ``counts`` are of one measure (mentions, stories, reach), over one stretch of time, by brand.
    None where nothing was said of any.
    """
    total = sum(counts.values())
    return counts.get(brand, 0) / total if total else None


def quantile(values: Iterable[float], part: float) -> float | None:
    """The value below which ``part`` (0 to 1) of the values lie; None of none.

    Between two values on a straight line: definition 7 of Hyndman and Fan, "Sample quantiles in
    statistical packages", 1996; the same as numpy's, Excel's PERCENTILE.INC and QUANTILE_CONT.
    """
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * part
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Iterable[float]) -> float | None:
    """The middle value, None of none; of two in the middle the mean."""
    return quantile(values, 0.5)


def audience(post: Post) -> int:
    """How many people a post reached: views, else the author's followers, else who reacted."""
    engagement = post.engagement
    reacted = sum(n or 0 for n in (engagement.likes, engagement.reposts, engagement.replies))
    return engagement.views or post.author.followers or reacted


def response_times(
    responses: Iterable[Response], name: Callable[[Response], str], until: datetime
) -> tuple[ResponseTime, ...]:
    """How fast people were, by whatever ``name`` tells apart; what it calls "" is left out.

    Times run from when the first alert was decided. Median and 90th percentile are of those that
    were taken, which is why ``taken`` of ``alerts`` stands beside them: who never answers
    is not slow by them, but late. An alert that nobody has taken, and whose time to be answered
    by has not come ``until`` then, is neither late nor within its clock yet.
    """
    named: dict[str, list[Response]] = {}
    for response in responses:
        if name(response):
            named.setdefault(name(response), []).append(response)
    return tuple(_time(one, held, until) for one, held in sorted(named.items()))


def _time(name: str, held: list[Response], until: datetime) -> ResponseTime:
    first = [(r.acknowledged.at - r.said_at).total_seconds() for r in held if r.acknowledged]
    done = [(r.handled.at - r.said_at).total_seconds() for r in held if r.handled]
    clocked = [r for r in held if r.respond_by_at and (r.acknowledged or r.respond_by_at <= until)]
    return ResponseTime(
        name=name,
        alerts=len(held),
        taken=len(first),
        late=sum(_is_late(one) for one in clocked),
        first_response=median(first),
        handled=median(done),
        slow=quantile(first, 0.9),
        clocked=len(clocked),
    )


def _is_late(response: Response) -> bool:
    taken, due = response.acknowledged, response.respond_by_at
    return due is not None and (taken is None or taken.at > due)
