"""States for public reads: one read of Redis, and one of the store, for all that wait."""

from collections.abc import Mapping

from tracking.batched_calls import BatchedCalls
from tracking.domain.payload import is_id
from tracking.limits import WAITING_READS
from tracking.ports import ports
from tracking.services.reading.pushed_states import Found, complete, find_pushed
from tracking.services.reading.shipments import Tracked

# A slow read of the store must not hold up all others.
STORE_READS_AT_ONCE = 4


class TooManyReadsError(Exception):
    """Raised for a read beyond `WAITING_READS`."""


class PublicStates:
    """States of shipments for one event loop; at most `waiting` shipments are read at once or wait."""

    def __init__(self, waiting: int = WAITING_READS) -> None:
        self._pushed: BatchedCalls[None, Found] = BatchedCalls(_find, 1)
        self._stored: BatchedCalls[Found, Tracked] = BatchedCalls(_complete, STORE_READS_AT_ONCE)
        self._most = waiting

    async def read(self, shipment_id: str) -> Tracked | None:
        """Return the state of a shipment, None for an unknown one.

        It may be as old as the read of the same shipment that is under way. Raises `TransientError` when the
        store cannot be reached, and `TooManyReadsError`.
        """
        if not is_id(shipment_id):
            return None
        if len(self._pushed) + len(self._stored) >= self._most:
            raise TooManyReadsError
        found = await self._pushed.ask(shipment_id, None)
        assert found is not None
        return found.tracked or await self._stored.ask(shipment_id, found)


def _find(asked: Mapping[str, None]) -> dict[str, Found]:
    return find_pushed(ports(), list(asked))


def _complete(found: Mapping[str, Found]) -> dict[str, Tracked]:
    return complete(ports(), found)
