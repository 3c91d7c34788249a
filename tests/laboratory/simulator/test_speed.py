"""Speed of the simulator on one core."""

import time

import pytest

from laboratory.simulator.faults import ALL_FAULTS, FaultyUplink
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT, drive, reports_of

pytestmark = pytest.mark.slow

REQUIRED_PER_S = 5000


def test_a_core_generates_five_thousand_events_a_second():
    began = time.process_time()
    # Starting a fleet computes its first minute; a shorter drive would mostly measure that.
    reports = reports_of(drive(100, rate=1000.0, world=LIVELY, payload=None, faults=ALL_FAULTS))
    uplink = FaultyUplink(ALL_FAULTS, 1, STARTED_AT)
    written = sum(len(uplink.send(report)) for report in reports)
    took = time.process_time() - began
    assert written > 90_000
    assert written / took > REQUIRED_PER_S
