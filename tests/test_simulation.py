"""A sample of what `make simulate` tries in full: real functions, faults at their AWS calls.

The bulk is played over the plain AWS of tests/simulation, a little over moto.
"""

import pytest

from tests.simulation import sweeping
from tests.simulation.faults import Fault
from tests.simulation.mutants import MUTANTS, Mutant, MutantStale
from tests.simulation.schedules import Aim, Schedule, Weather
from tests.simulation.stage import a_stage
from tests.simulation.workers import FOLDER
from tests.stack import FUNCTIONS

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")


@pytest.fixture(scope="module")
def stage():
    with a_stage() as stage:
        yield stage


@pytest.fixture(scope="module")
def calm(stage):
    """A world without faults."""
    world = stage.play(Schedule())
    world.calls = tuple(stage.injector.calls)
    return world


@pytest.fixture(scope="module")
def calls(calm):
    return calm.calls


def test_without_faults_all_is_kept_and_told_once(calm):
    assert calm.wrongs == []
    assert calm.errors == []


def test_a_schedule_plays_the_same_whenever_it_is_played(stage, calls):
    (schedule,) = sweeping.seeded(calls, [7])
    first, again = stage.play(schedule), stage.play(schedule)
    assert said(again) == said(first)


def said(world):
    return [(one.alert_id, one.at) for one in world.observed.published]


def test_every_function_is_played(calls):
    found = {call.function for call in calls}
    assert found == set(FUNCTIONS)


@pytest.mark.parametrize("number", range(len(FUNCTIONS)))
def test_g1_g2_g3_f1_f2_f3_f4_f5_f11_f13_a_fault_at_any_call_leaves_nothing_wrong(
    stage, calls, number
):
    *_, schedule = sweeping.sample(calls, number + 1)
    assert sweeping.tried(stage, schedule) is None


@pytest.mark.parametrize("seed", range(1))
def test_g1_g2_g3_f1_f12_a_few_faults_in_any_weather_leave_nothing_wrong(stage, calls, seed):
    (schedule,) = sweeping.seeded(calls, [seed])
    assert sweeping.tried(stage, schedule) is None


WEATHERS = {
    "f8_messages_come_twice_and_in_any_order": Weather(duplicates=True, shuffled=True),
    "f9_f10_three_workers_have_each_tick": Weather(instances=3, shuffled=True),
    "f12_clocks_are_off_by_up_to_4000_seconds": Weather(skewed=True),
    "f32_f35_sources_fail": Weather(flaky=True),
}


@pytest.mark.parametrize("name", WEATHERS)
def test_f8_f9_f10_f12_f32_f35_nothing_is_wrong_in_the_weather(stage, name):
    assert sweeping.tried(stage, Schedule((), WEATHERS[name], seed=1)) is None


def test_f10_three_instances_say_what_one_says(stage, calm):
    one, three = (
        sorted((alert.said["group_id"], alert.event) for alert in world.observed.published)
        for world in (calm, stage.play(Schedule((), Weather(instances=3))))
    )
    assert one == three


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mistake_can_still_be_made(mutant):
    with mutant.made() as mistakes:
        for name, change in mistakes.items():
            change((FOLDER / f"{name.removeprefix('functions.')}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mutant", MUTANTS[::5], ids=lambda mutant: mutant.name)
def test_the_simulation_notices_that(stage, mutant):
    with mutant.made() as mistakes:
        assert stage.play(Schedule(), mistakes, mutant.aim).wrongs


def test_a_mutant_of_code_that_has_changed_is_an_error():
    gone = Mutant("gone", "functions.poll", [{"old": "no such line", "new": ""}])
    with pytest.raises(MutantStale, match=r"not once in functions\.poll"):
        gone.changed("x = 1\n")


def test_the_shortest_failing_schedule_is_found(stage, calls):
    mutant = next(one for one in MUTANTS if "swallowed" in one.name)
    harmless = sweeping.sites(calls)
    first = [numbers[0] for numbers in harmless.values()]
    at = next(n for n, call in enumerate(calls) if Aim(Fault.THROTTLED, mutant.site).matches(call))
    faults = tuple(sorted({(first[0], Fault.THROTTLED_ONCE), (at, Fault.THROTTLED)}))
    with mutant.made() as mistakes:
        failing = sweeping.tried(stage, Schedule(faults), mistakes)
        found = sweeping.shortest(stage, failing, mistakes)
    assert found.schedule.faults == ((at, Fault.THROTTLED),)
    assert "throttled at call" in found.told(calls)


def test_over_moto_the_functions_make_the_same_calls_and_say_the_same(calm, calls):
    with a_stage(over_moto=True) as over_moto:
        world = over_moto.play(Schedule())
    assert world.wrongs == []
    assert said(world) == said(calm)
    assert [str(call) for call in over_moto.injector.calls] == [str(call) for call in calls]
