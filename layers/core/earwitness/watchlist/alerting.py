"""The section ``alerting`` of a watchlist, and what a brand says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from earwitness.model import Alerting, ByPriority, Mute, Sensitivity
from earwitness.watchlist import values

if TYPE_CHECKING:
    from collections.abc import Callable

    from earwitness.watchlist.shape import AlertingShape, ByPriorityShape


def alerting(given: AlertingShape | None, otherwise: Alerting | None = None) -> Alerting:
    """What a section says, and where it says nothing what holds ``otherwise``.

    VIPs and mutes add to those that hold otherwise; all else takes their place.
    """
    held = otherwise or Alerting()
    if given is None:
        return held
    mute = given.mute
    return replace(
        held,
        hours=values.hours(given.hours) if given.hours else held.hours,
        respond_within=_by_priority(given.respond_within, held.respond_within, values.duration),
        group_wait=_by_priority(given.group_wait, held.group_wait, values.wait),
        vip_authors=_both(held.vip_authors, given.vip_authors),
        mute=Mute(
            authors=_both(held.mute.authors, mute.authors if mute else []),
            sites=_both(held.mute.sites, mute.sites if mute else []),
            words=_both(held.mute.words, mute.words if mute else []),
        ),
        daily_cap=held.daily_cap if given.daily_cap is None else given.daily_cap,
        escalation=held.escalation if given.escalation is None else given.escalation,
        spikes=held.spikes if given.spikes is None else Sensitivity(given.spikes),
    )


def _by_priority(
    given: ByPriorityShape | None, held: ByPriority, read: Callable[[str], timedelta]
) -> ByPriority:
    if given is None:
        return held
    return ByPriority(
        critical=read(given.critical) if given.critical else held.critical,
        high=read(given.high) if given.high else held.high,
    )


def _both(held: tuple[str, ...], given: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*held, *given)))
