"""Turns at the interpreter: threads that process batches do so one after the other, not in slices of it.

Python runs one thread at a time. Ten threads that all compute are switched every few milliseconds, so each
batch leaves the processor's cache before it is done, and each thread that has received a response waits for
all others. With turns, the others wait without asking for the interpreter, and a thread gives its turn away
while it waits for a response itself.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

# A turn that lasts longer is passed over, and a thread that has waited longer goes on without one: a thread
# that hangs holds up nobody. Consumers that show no progress for two seconds lose their leases.
LONGEST_S = 1.0


class _Place:
    """Place of one thread in the queue; its gate opens when its turn begins."""

    def __init__(self) -> None:
        self.gate = threading.Lock()
        self.gate.acquire()


class Turns:
    """Turns of the threads of one process, first come, first served. They are an order and no lock."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._queue: deque[_Place] = deque()
        self._holder: _Place | None = None
        self._held_since = 0.0
        self._own = threading.local()

    @contextmanager
    def taking_turn(self) -> Iterator[None]:
        """Run the block in a turn, except where it lets others go first. Inside a turn do nothing more."""
        if self._has_turn():
            yield
            return
        self._take()
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def letting_others(self) -> Iterator[None]:
        """Give the turn of this thread away for the block, in which it waits; without a turn do nothing."""
        if not self._has_turn():
            yield
            return
        self._give_back()
        try:
            yield
        finally:
            self._take()

    def sleep(self, seconds: float) -> None:
        """Sleep, and let others go first meanwhile."""
        with self.letting_others():
            time.sleep(seconds)

    def _has_turn(self) -> bool:
        return getattr(self._own, "place", None) is not None

    def _take(self) -> None:
        place = self._own.place = _Place()
        with self._lock:
            if self._holder is None:
                self._hand_to(place)
            else:
                self._queue.append(place)
        if not place.gate.acquire(timeout=self._longest_s):
            self._go_without(place)

    def _give_back(self) -> None:
        place, self._own.place = self._own.place, None
        with self._lock:
            if self._holder is place:
                self._hand_to_next()

    def _go_without(self, place: _Place) -> None:
        with self._lock:
            if self._holder is not place and time.monotonic() - self._held_since >= self._longest_s:
                self._hand_to_next()
            if self._holder is not place:
                self._queue.remove(place)

    def _hand_to_next(self) -> None:
        self._holder = None
        if self._queue:
            self._hand_to(self._queue.popleft())

    def _hand_to(self, place: _Place) -> None:
        self._holder, self._held_since = place, time.monotonic()
        place.gate.release()


TURNS = Turns()
