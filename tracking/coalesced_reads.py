"""Reads of states for many sockets: those that are asked for while a read is under way are read together."""

import asyncio
from contextlib import suppress
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async

from tracking.domain.shipment import ShipmentState
from tracking.ports import ports
from tracking.services.reading.shipments import read_current_states

SHIPMENTS_A_READ = 100


class CoalescedReads:
    """Reads of one event loop. Each begins after it was asked for, so it finds all that was durable then."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[ShipmentState | None]] = {}
        self._task: asyncio.Task[None] | None = None
        # Set while a read is waited for that must not wait for others.
        self._is_urgent = asyncio.Event()

    async def read(self, shipment_id: str, within_s: float = 0.0) -> ShipmentState | None:
        """Return the current state joined with its vehicle's position, None for an unknown shipment.

        The read may begin up to `within_s` seconds later, to be made together with others. Raises
        `TransientError` when the store cannot be reached.
        """
        found = self._waiting.get(shipment_id)
        if found is None:
            found = self._waiting[shipment_id] = asyncio.get_running_loop().create_future()
        if not within_s:
            self._is_urgent.set()
        if self._task is None:
            self._task = asyncio.create_task(self._read_waiting(within_s))
        return await asyncio.shield(found)

    async def _read_waiting(self, within_s: float) -> None:
        if within_s:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_urgent.wait(), within_s)
        while self._waiting:
            self._is_urgent.clear()
            taken = dict(list(self._waiting.items())[:SHIPMENTS_A_READ])
            for shipment_id in taken:
                del self._waiting[shipment_id]
            await _answer(taken)
        self._task = None


async def _answer(taken: dict[str, asyncio.Future[ShipmentState | None]]) -> None:
    """Read these shipments and set the results; an error is that of each of them."""
    read = sync_to_async(read_current_states, thread_sensitive=False)
    try:
        states = await read(ports(), list(taken))
    except Exception as error:  # noqa: BLE001 - raised again where the state is awaited
        for found in taken.values():
            found.set_exception(error)
            # Nobody may be left to await it.
            found.exception()
        return
    for shipment_id, found in taken.items():
        found.set_result(states.get(shipment_id))


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, CoalescedReads] = WeakKeyDictionary()


def coalesced_reads() -> CoalescedReads:
    """Return the reads of the running event loop."""
    return _by_loop.setdefault(asyncio.get_running_loop(), CoalescedReads())
