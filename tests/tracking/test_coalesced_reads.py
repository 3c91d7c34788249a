"""Reads for sockets that ask at the same time are made together."""

import asyncio

import pytest

from tests.events import make_event
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S
from tracking.adapters.memory import MemoryShipmentStore
from tracking.coalesced_reads import coalesced_reads
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts, wire


class CountingStore(MemoryShipmentStore):
    """Store that records which shipments each read asks for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def read_current(self, shipment_ids):
        self.asked.append(len(shipment_ids))
        return super().read_current(shipment_ids)


@pytest.fixture
def store(world):
    store = CountingStore()
    wire(TrackingPorts(store, *world[1:]))
    return store


async def test_shipments_asked_for_together_are_read_by_the_hundred_and_each_once(store):
    states = {
        f"s{number}": record_timeline(store, make_event(0, shipment_id=f"s{number}", status="in_transit"))[1]
        for number in range(150)
    }
    reads = coalesced_reads()
    asked = [*states, "unknown", "s7", "s7", "not/an/id"]
    found = await asyncio.gather(*(reads.ask(shipment_id, None) for shipment_id in asked))
    assert found == [*states.values(), None, states["s7"], states["s7"], None]
    assert store.asked == [100, 51]


async def test_a_read_that_may_wait_is_made_with_one_that_may_not(store):
    reads = coalesced_reads()
    waiting = asyncio.create_task(reads.ask("a", None, within_s=PATIENCE_S * 10))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S):
        assert [await reads.ask("b", None), await waiting] == [None, None]
    assert store.asked == [2]


async def test_a_failure_is_that_of_everyone_who_asked_and_of_nobody_later(store, world):
    class LostStore(MemoryShipmentStore):
        def read_current(self, shipment_ids):
            raise TransientError("no route")

    reads = coalesced_reads()
    wire(TrackingPorts(LostStore(), *world[1:]))
    found = await asyncio.gather(reads.ask("a", None), reads.ask("b", None), return_exceptions=True)
    assert [type(error) for error in found] == [TransientError, TransientError]
    wire(TrackingPorts(store, *world[1:]))
    assert await reads.ask("a", None) is None
