"""States of a web peer: kept for a second, and safe for its threads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from laboratory.bench.peers.kept_for_a_second import KEPT_FOR_S, STATES, KeptForASecond
from tests.workers.leases.clocks import Clock
from tracking.domain.shipment import ShipmentState

THREADS, READS = 8, 10_000


@pytest.fixture
def switching_often():
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval_s)


def test_a_state_is_kept_for_a_second():
    clock = Clock()
    kept, state = KeptForASecond(clock), ShipmentState(shipment_id="1")
    kept.keep(state)
    found = [kept.find("1"), kept.find("2")]
    clock.now += KEPT_FOR_S
    assert [*found, kept.find("1")] == [state, None, None]


@pytest.mark.usefixtures("switching_often")
def test_threads_may_keep_states_while_others_expire():
    ticks = count()
    # Each look at the clock is a part of a second, so that states expire at every moment.
    kept = KeptForASecond(lambda: next(ticks) / STATES)
    states = [ShipmentState(shipment_id=str(number)) for number in range(READS)]

    def read(_thread):
        for state in states:
            if kept.find(state.shipment_id) is None:
                kept.keep(state)
        return "done"

    with ThreadPoolExecutor(THREADS) as threads:
        assert list(threads.map(read, range(THREADS))) == ["done"] * THREADS
