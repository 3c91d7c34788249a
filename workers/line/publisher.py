"""Publisher: a thread that publishes changes, so that no shard waits for the bus."""

import queue
import threading
from collections.abc import Callable, Sequence

import structlog

from tracking.domain.events import Change

# Changes beyond this are left to the sweep, which finds them by their mark in the store.
QUEUE_LENGTH = 1_000
MAX_BATCH = 100
# The thread waits this long for a change before it looks whether it is to close.
_WAIT_S = 0.25

log = structlog.get_logger()


class Publisher:
    """Bounded queue in front of the bus; a change that is dropped or lost with the process stays pending."""

    def __init__(self, publish: Callable[[Sequence[Change]], object]) -> None:
        """`publish` puts changes on the bus and clears the mark of those it took; it may raise."""
        self._publish = publish
        self._waiting: queue.Queue[Change] = queue.Queue(QUEUE_LENGTH)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def enqueue(self, changes: Sequence[Change]) -> None:
        """Queue changes for publishing; those that find the queue full are left to the sweep."""
        for index, change in enumerate(changes):
            try:
                self._waiting.put_nowait(change)
            except queue.Full:
                log.warning(
                    "publish", outcome="left pending", changes=len(changes) - index, error="queue full"
                )
                return

    def close(self, timeout_s: float) -> bool:
        """Publish what is queued, for at most `timeout_s`; return whether all of it was published."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return self._waiting.empty() and not self._thread.is_alive()

    def _run(self) -> None:
        while not (self._closing.is_set() and self._waiting.empty()):
            changes = self._take_waiting()
            if changes:
                try:
                    self._publish(changes)
                except Exception:
                    # The changes are still marked as pending; no error may end the thread.
                    log.exception("publish", outcome="left pending", changes=len(changes))

    def _take_waiting(self) -> list[Change]:
        """Return up to `MAX_BATCH` queued changes; an empty list if none came within `_WAIT_S`."""
        changes: list[Change] = []
        try:
            changes.append(self._waiting.get(timeout=_WAIT_S))
            while len(changes) < MAX_BATCH:
                changes.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return changes
