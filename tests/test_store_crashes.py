"""Whatever fails at any call to the table, no mention is lost or doubled and no alert forgotten.

F1 to F6 and F16, with G1 and G3 as the assertions, for the store's own verbs in the order in
which the functions call them.
"""

from datetime import timedelta

import pytest
from botocore.config import Config

from tests.simulation.faults import Fault, Injector, no_waiting
from tests.simulation.spine import EVERY_FOR, World
from tests.tables import a_client, a_store, a_table, empty_table

MISTAKES = {
    "cursor moved before the mentions are kept": "kept 0 times",
    "flag cleared before the notification is kept": "not told",
    "proof before deed": "not told",
}
SKEWS = (timedelta(seconds=-4000), timedelta(seconds=4000))
SENDS = Config(retries={"mode": "standard", "total_max_attempts": 3})


@pytest.fixture
def world():
    """Gives a new world each time, with faults planned and mistakes made."""
    injector = Injector()
    with no_waiting(), a_table():
        store = a_store(injector.attach(a_client(SENDS)))

        def begin(plan=None, mistakes=()):
            empty_table()
            injector.reset(plan or {})
            return World(store, injector, frozenset(mistakes))

        yield begin


def sweep(world, fault, mistakes=(), skew=timedelta(0)):
    """What went wrong with the fault at each call of two ticks in turn."""
    clean = world()
    clean.tick()
    clean.tick(EVERY_FOR)
    for number, call in enumerate(list(clean.injector.calls)):
        for wrong in world({number: fault}, mistakes).run(skew):
            yield f"{fault} at call {number}, {call.operation}: {wrong}"


def test_without_faults_all_is_kept_and_told_once(world):
    clean = world()
    assert clean.run() == []
    assert set(clean.told.values()) == {1}


def test_f1_a_kill_at_any_call_loses_and_doubles_nothing(world):
    assert list(sweep(world, Fault.KILLED_AFTER)) == []


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_f12_a_clock_far_off_loses_and_doubles_nothing(world, skew):
    assert world().run(skew) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_sweep_finds_a_wrong_order_of_work(world, mistake):
    wrongs = sweep(world, Fault.KILLED_AFTER, mistakes=[mistake])
    assert MISTAKES[mistake] in next(wrongs)
