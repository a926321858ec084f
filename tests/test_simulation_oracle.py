"""What the oracle of the simulation notices, and what it excuses."""

from types import SimpleNamespace

import pytest

from tests.simulation.excuses import could_not_be_seen
from tests.simulation.observing import Fetched
from tests.simulation.oracle import too_often
from tests.simulation.press import AGAIN, BEGAN, HN, ITEMS, NEWS

FRONT = [one for one in ITEMS if one.front]


def a_world(runs=(), failures=(), readings=None):
    """One in which these runs asked for a page of Hacker News, and these sources failed once."""
    return SimpleNamespace(
        is_skewed=False,
        injector=SimpleNamespace(fired=[]),
        observed=SimpleNamespace(fetches=[Fetched(HN, "a page", BEGAN, run) for run in runs]),
        sources=SimpleNamespace(failures=[(source, BEGAN) for source in failures]),
        store=SimpleNamespace(readings=lambda _: readings or {}),
    )


@pytest.mark.parametrize(
    ("runs", "is_noticed"),
    [([1], False), ([1, 1], False), ([1, 1, 1], True), ([1, 2], True), ([1, 1, 2], True)],
)
def test_f9_a_page_is_asked_for_by_one_run_and_twice_at_the_most(runs, is_noticed):
    assert bool(list(too_often(a_world(runs)))) is is_noticed


@pytest.mark.parametrize(
    ("failed", "is_excused"), [(AGAIN, True), (HN, True), (NEWS, False), (None, False)]
)
def test_the_front_page_is_excused_where_a_source_failed_that_shows_it(failed, is_excused):
    world = a_world(failures=[failed] if failed else [])
    assert could_not_be_seen(world, FRONT) is is_excused


def test_the_front_page_is_not_excused_once_it_was_read():
    world = a_world(failures=[AGAIN], readings={FRONT[0].post_id: {"any": None}})
    assert not could_not_be_seen(world, FRONT)
