"""Simulated devices: GPS noise and named faults."""

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


def observe(device, count=COUNT):
    return device.observe(np.full(count, POINT[0]), np.full(count, POINT[1]))


def test_a_device_without_faults_errs_by_metres():
    fixes = observe(make_device(frozenset()))
    metres = np.hypot(fixes.lat - POINT[0], (fixes.lon - POINT[1]) * np.cos(np.radians(POINT[0]))) * 111_200
    assert 7 < np.median(metres) < 15
    assert metres.max() < 250
    assert set(fixes.flaws) == {None}


def test_faulty_fixes_are_as_frequent_as_configured():
    flaws = Counter(observe(make_device()).flaws)
    assert flaws["spike"] / COUNT == pytest.approx(0.001, rel=0.3)
    assert flaws["frozen"] / COUNT == pytest.approx(0.003, rel=0.5)
    assert flaws["null_island"] / COUNT == pytest.approx(0.0002, rel=0.6)
    assert flaws["swapped"] / COUNT == pytest.approx(0.0001, rel=0.9)


def test_each_kind_of_faulty_fix_has_its_effect():
    fixes = observe(make_device())
    by_flaw = {flaw: index for index, flaw in enumerate(fixes.flaws) if flaw}
    swapped, null_island = by_flaw["swapped"], by_flaw["null_island"]
    assert (fixes.lat[swapped], fixes.lon[swapped]) == pytest.approx((POINT[1], POINT[0]), abs=0.01)
    assert (fixes.lat[null_island], fixes.lon[null_island]) == (0.0, 0.0)
    frozen = [index for index, flaw in enumerate(fixes.flaws) if flaw == "frozen"]
    assert fixes.lat[frozen[0]] == fixes.lat[frozen[1]]


def test_disabling_a_fault_does_not_change_the_others():
    every, fewer = observe(make_device()), observe(make_device(DEVICE_FAULTS - {"spike"}))
    nulls = [[i for i, flaw in enumerate(fixes.flaws) if flaw == "null_island"] for fixes in (every, fewer)]
    assert nulls[0] == nulls[1]
    assert nulls[0]


def test_reports_made_during_an_outage_are_sent_after_it():
    device = make_device(offline_a_day=40.0)
    held = [(moment, device.hold(moment)) for moment in np.arange(0, DAY_S, 30.0)]
    waiting = [(moment, sent) for moment, sent in held if sent is not None]
    assert 200 < len(waiting) < len(held)
    assert all(sent > moment for moment, sent in waiting)


def test_a_wrong_clock_stays_wrong_by_the_same_amount_for_an_hour():
    device = make_device(clock_530_share=1.0, clock_wild_share=0.0)
    assert device.clock_off(10.0) == device.clock_off(3000.0)
    assert device.clock_off(10.0) == pytest.approx(19_800, abs=10)


def test_a_device_without_faults_has_the_right_time_and_no_outages():
    device = make_device(frozenset())
    assert [device.clock_off(moment) for moment in (0.0, 1e6)] == [0.0, 0.0]
    assert not any(device.hold(moment) or device.is_dead(moment) for moment in np.arange(0, DAY_S, 300.0))
