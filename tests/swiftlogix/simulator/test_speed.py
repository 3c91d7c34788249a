"""A core writes thousands of events a second, so that a month can be simulated over a coffee."""

import time

import pytest

from swiftlogix.simulator.faults import ALL_FAULTS, FaultyWay
from swiftlogix.simulator.reports import Report
from tests.swiftlogix.simulator.drives import LIVELY, STARTED_AT, drive

pytestmark = pytest.mark.slow

ASKED_PER_S = 5000


@pytest.mark.slow
def test_a_core_generates_five_thousand_events_a_second():
    began = time.process_time()
    steps = drive(8, rate=4000.0, world=LIVELY, payload=None, faults=ALL_FAULTS)
    way = FaultyWay(ALL_FAULTS, 1, STARTED_AT)
    written = sum(len(way.send(step)) for step in steps if isinstance(step, Report))
    took = time.process_time() - began
    assert written > 25_000
    assert written / took > ASKED_PER_S
