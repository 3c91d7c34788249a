"""Reads of states for many sockets: those that are asked for while a read is under way are read together."""

import asyncio
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from tracking.batched_calls import BatchedCalls
from tracking.domain.shipment import ShipmentState
from tracking.ports import ports
from tracking.services.reading.shipments import read_current_states

CoalescedReads = BatchedCalls[None, ShipmentState]
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, CoalescedReads] = WeakKeyDictionary()


def coalesced_reads() -> CoalescedReads:
    """Return the reads of the running event loop.

    They are asked by shipment id and return current states, joined with the positions of their vehicles. Each
    read begins after it was asked for, so it finds all that was durable then. Asking raises `TransientError`
    when the store cannot be reached.
    """
    loop = asyncio.get_running_loop()
    reads = _by_loop.get(loop)
    if reads is None:
        reads = _by_loop[loop] = BatchedCalls(_read, 1, begins_after=True)
    return reads


def _read(asked: Mapping[str, None]) -> dict[str, ShipmentState]:
    return read_current_states(ports(), list(asked))
