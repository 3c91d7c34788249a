"""A device's view of the world: noisy, and wrong in ways that have names."""

from collections import Counter

import numpy as np
import pytest

from laboratory.simulator.devices import DEVICE_FAULTS, Device
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.traffic import DAY_S
from tests.laboratory.simulator.drives import STARTED_AT

pytestmark = pytest.mark.slow

POINT = 13.0, 77.5
COUNT = 200_000


def make_device(faults=DEVICE_FAULTS, name="LH-01", **parameters):
    return Device(1, name, Parameters().override(parameters), faults, STARTED_AT)


def look(device, count=COUNT):
    return device.observe(np.full(count, POINT[0]), np.full(count, POINT[1]))


def test_a_sound_device_errs_by_metres():
    sight = look(make_device(frozenset()))
    metres = np.hypot(sight.lat - POINT[0], (sight.lon - POINT[1]) * np.cos(np.radians(POINT[0]))) * 111_200
    assert 7 < np.median(metres) < 15
    assert metres.max() < 250
    assert set(sight.flaws) == {None}


def test_fixes_go_wrong_as_often_as_they_should():
    flaws = Counter(look(make_device()).flaws)
    assert flaws["spike"] / COUNT == pytest.approx(0.001, rel=0.3)
    assert flaws["frozen"] / COUNT == pytest.approx(0.003, rel=0.5)
    assert flaws["null_island"] / COUNT == pytest.approx(0.0002, rel=0.6)
    assert flaws["swapped"] / COUNT == pytest.approx(0.0001, rel=0.9)


def test_a_fix_goes_wrong_as_its_name_says():
    sight = look(make_device())
    by_flaw = {flaw: index for index, flaw in enumerate(sight.flaws) if flaw}
    swapped, nowhere = by_flaw["swapped"], by_flaw["null_island"]
    assert (sight.lat[swapped], sight.lon[swapped]) == pytest.approx((POINT[1], POINT[0]), abs=0.01)
    assert (sight.lat[nowhere], sight.lon[nowhere]) == (0.0, 0.0)
    frozen = [index for index, flaw in enumerate(sight.flaws) if flaw == "frozen"]
    assert sight.lat[frozen[0]] == sight.lat[frozen[1]]


def test_leaving_a_fault_out_leaves_the_others_where_they_are():
    every, fewer = look(make_device()), look(make_device(DEVICE_FAULTS - {"spike"}))
    nulls = [[i for i, flaw in enumerate(sight.flaws) if flaw == "null_island"] for sight in (every, fewer)]
    assert nulls[0] == nulls[1]
    assert nulls[0]


def test_what_is_said_out_of_reach_is_sent_when_the_device_is_back():
    device = make_device(offline_a_day=40.0)
    held = [(moment, device.hold(moment)) for moment in np.arange(0, DAY_S, 30.0)]
    waiting = [(moment, sent) for moment, sent in held if sent is not None]
    assert 200 < len(waiting) < len(held)
    assert all(sent > moment for moment, sent in waiting)


def test_a_clock_is_off_for_an_hour_at_a_time():
    device = make_device(clock_530_share=1.0, clock_wild_share=0.0)
    assert device.clock_off(10.0) == device.clock_off(3000.0)
    assert device.clock_off(10.0) == pytest.approx(19_800, abs=10)


def test_a_device_without_faults_knows_the_time_and_is_always_in_reach():
    device = make_device(frozenset())
    assert [device.clock_off(moment) for moment in (0.0, 1e6)] == [0.0, 0.0]
    assert not any(device.hold(moment) or device.is_dead(moment) for moment in np.arange(0, DAY_S, 300.0))
