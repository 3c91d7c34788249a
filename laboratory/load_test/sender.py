"""Sends reports when they are due, whatever the answers: a slow product is met by the full rate."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

from laboratory.load_test.reports import Planned
from laboratory.simulator.stream_sink import CONNECTIONS, RECORDS_A_CALL, Receipt

TICK_S = 0.02
SENDERS = CONNECTIONS
# A refused report is sent again after a pause, which doubles each time.
TRIES, PAUSE_S = 6, 0.2

Put = Callable[[Sequence[tuple[str, bytes]]], Sequence[Receipt | None]]


class Sent(NamedTuple):
    """Result of sending: the times of those that the stream took, by shipment; how many it refused.

    `refused` counts tries, `given_up` reports. `late_s` are the seconds from the due moment of a report
    until the stream had it, for each.
    """

    accepted: dict[str, list[datetime]]
    refused: int
    given_up: int
    late_s: list[float]


class Sender:
    """Puts reports on the stream from several threads; the stream's order is that of the calls."""

    def __init__(self, put: Put, pause_s: float = PAUSE_S) -> None:
        self._put, self._pause_s = put, pause_s
        self._lock = threading.Lock()
        self._accepted: defaultdict[str, list[datetime]] = defaultdict(list)
        self._late_s: list[float] = []
        self._refused = self._given_up = 0

    def send(self, batches: Iterable[Sequence[Planned]]) -> Sent:
        """Send each batch once its last report is due; return when all are done."""
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="sender") as senders:
            for batch in batches:
                if not batch:
                    continue
                time.sleep(max(0.0, batch[-1].due_at.timestamp() - time.time()))
                for start in range(0, len(batch), RECORDS_A_CALL):
                    senders.submit(self._send_batch, batch[start : start + RECORDS_A_CALL])
        return Sent(dict(self._accepted), self._refused, self._given_up, self._late_s)

    def _send_batch(self, batch: Sequence[Planned]) -> None:
        waiting = list(batch)
        for number in range(TRIES):
            receipts = self._put([(each.shipment_id, each.raw) for each in waiting])
            now = datetime.now(UTC)
            taken = [each for each, receipt in zip(waiting, receipts, strict=True) if receipt]
            waiting = [each for each, receipt in zip(waiting, receipts, strict=True) if not receipt]
            self._note(taken, now, len(waiting))
            if not waiting:
                return
            time.sleep(self._pause_s * 2**number)
        with self._lock:
            self._given_up += len(waiting)

    def _note(self, taken: Sequence[Planned], now: datetime, refused: int) -> None:
        with self._lock:
            self._refused += refused
            for each in taken:
                self._accepted[each.shipment_id].append(each.due_at)
                self._late_s.append((now - each.due_at).total_seconds())
