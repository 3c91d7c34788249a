"""Screens of a bench: sockets of the real web role, which note how old the event of each frame is."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Self

from laboratory.bench.inputs import Sent
from laboratory.bench.socket_load import ReadFrame, Server, Sockets
from tracking.domain.identity import cut_to_milliseconds

OPENED_WITHIN_S = 60.0
# The last frames are on their way for no longer than this once the worker is done.
ARRIVED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.05
OPENED_AT_ONCE = 100
_REPORTED = re.compile(rb'"type": ?"state".*?"updated_at": ?"([^"]+)"', re.DOTALL)
_ARRIVED = re.compile(rb'"arrived_at": ?"([^"]+)"')
_MILLI = 1000


def read_reported(payload: bytes) -> float | None:
    """Return the moment that the newest report of a state tells, in epoch seconds."""
    return _read_moment(_REPORTED.search(payload))


def read_traced(payload: bytes) -> tuple[int, float | None] | None:
    """Return the moment of a state's newest report, in epoch milliseconds, and its delay since it arrived.

    A state that a socket has read before a heartbeat, ahead of the push, has no trace and so no delay.
    """
    reported_s, arrived_s = read_reported(payload), _read_moment(_ARRIVED.search(payload))
    if reported_s is None:
        return None
    delay_s = None if arrived_s is None else datetime.now(UTC).timestamp() - arrived_s
    return round(reported_s * _MILLI), delay_s


def _read_moment(found: "re.Match[bytes] | None") -> float | None:
    return None if found is None else datetime.fromisoformat(found[1].decode()).timestamp()


def find_last_reports(sent: Iterable[Sent]) -> dict[str, int]:
    """Return by shipment the moment of its last readable record, in epoch milliseconds."""
    last = {record.shipment_id: record.raw for record in sent if record.shipment_id is not None}
    return {shipment_id: _find_moment(raw) for shipment_id, raw in last.items()}


def _find_moment(raw: bytes) -> int:
    # A state keeps whole milliseconds.
    moment = cut_to_milliseconds(datetime.fromisoformat(json.loads(raw)["timestamp"]))
    return round(moment.timestamp() * _MILLI)


class LiveScreens:
    """Context manager that holds a socket for each shipment, on a thread of its own.

    `read_frame` returns the moment of a frame's report, in epoch milliseconds, and its delay in seconds, if
    that is known.
    """

    def __init__(
        self, server: Server, shipment_ids: Iterable[str], read_frame: ReadFrame = read_traced
    ) -> None:
        paths = [f"/ws/track/{shipment_id}/" for shipment_id in shipment_ids]
        self._sockets = Sockets(
            server, paths, needs_frame=True, at_once=OPENED_AT_ONCE, read_frame=read_frame
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="screens", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._sockets.__aenter__()).result(OPENED_WITHIN_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._sockets.__aexit__()).result(OPENED_WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def refused(self) -> int:
        """Number of sockets that were refused."""
        return self._sockets.refused

    @property
    def delays_ms(self) -> Sequence[float]:
        """Milliseconds from the arrival of the newest event of a frame until the frame was on its screen."""
        return [delay_s * _MILLI for delay_s in self._sockets.arrivals.delays_s]

    def wait_for(self, last: Sequence[int], within_s: float = ARRIVED_WITHIN_S) -> int:
        """Wait until each screen has shown the last report of its shipment; return how many have not.

        `last` are the moments of these reports by screen, in epoch milliseconds.
        """
        ends_at = time.monotonic() + within_s
        while (behind := self._count_behind(last)) and time.monotonic() < ends_at:
            time.sleep(LOOK_EVERY_S)
        return behind

    def _count_behind(self, last: Sequence[int]) -> int:
        seen = self._sockets.arrivals.times
        return sum((screen, moment) not in seen for screen, moment in enumerate(last))

    def _run(self, coroutine: object) -> Future[object]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)  # type: ignore[arg-type]
