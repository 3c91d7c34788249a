"""A core writes thousands of events a second, so that a month can be simulated over a coffee."""

import time

import pytest

from laboratory.simulator.faults import ALL_FAULTS, FaultyWay
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT, drive, reports_of

pytestmark = pytest.mark.slow

ASKED_PER_S = 5000


def test_a_core_generates_five_thousand_events_a_second():
    began = time.process_time()
    # A fleet reads its first minute ahead; a shorter drive would count that time and not its events.
    reports = reports_of(drive(100, rate=1000.0, world=LIVELY, payload=None, faults=ALL_FAULTS))
    way = FaultyWay(ALL_FAULTS, 1, STARTED_AT)
    written = sum(len(way.send(report)) for report in reports)
    took = time.process_time() - began
    assert written > 90_000
    assert written / took > ASKED_PER_S
