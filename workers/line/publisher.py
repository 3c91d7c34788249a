"""Publishes changes on a thread of its own, so that no shard waits for the bus."""

import queue
import threading
from collections.abc import Callable, Sequence

import structlog

from tracking.domain.events import Change

# More than this waits nowhere: a change is marked in the store, and the sweep finds it there.
QUEUE_LENGTH = 1_000
AT_ONCE = 100
_SLICE_S = 0.25

log = structlog.get_logger()


class Publisher:
    """A bounded queue before the bus; what is not taken, or lost with the process, stays pending."""

    def __init__(self, publish: Callable[[Sequence[Change]], object]) -> None:
        """`publish` puts changes on the bus and unmarks those it took; it may fail."""
        self._publish = publish
        self._waiting: queue.Queue[Change] = queue.Queue(QUEUE_LENGTH)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def take(self, changes: Sequence[Change]) -> None:
        """Publish these soon; what finds the queue full is left to the sweep."""
        for index, change in enumerate(changes):
            try:
                self._waiting.put_nowait(change)
            except queue.Full:
                log.warning(
                    "publish", outcome="left pending", changes=len(changes) - index, error="queue full"
                )
                return

    def close(self, timeout_s: float) -> bool:
        """Publish what waits, for at most so long; whether all of it went out."""
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
                    # They are still marked as pending; whatever was wrong must not end the thread.
                    log.exception("publish", outcome="left pending", changes=len(changes))

    def _take_waiting(self) -> list[Change]:
        """All that waits, up to a hundred; empty when nothing came for a moment."""
        changes: list[Change] = []
        try:
            changes.append(self._waiting.get(timeout=_SLICE_S))
            while len(changes) < AT_ONCE:
                changes.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return changes
