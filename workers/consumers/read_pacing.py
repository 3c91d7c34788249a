"""Pacing of the reads of one shard: at a fixed interval, and up to two at once while more records wait."""

import time
from collections import deque

from workers.leases.clock import Clock

# Half of it is the average time until a record is read. What is left of the five reads a second is for other
# readers, such as an owner that is about to lose the lease.
READ_EVERY_S = 0.22
READS_AT_ONCE = 2.0
FURTHER_READ_EVERY_S = 0.25
# Kinesis allows so many reads of a shard in a second.
READS_A_SECOND = 5


class ReadPacing:
    """Reads of one shard: one every `READ_EVERY_S`, and while more records wait those of a token bucket.

    A token is added every `FURTHER_READ_EVERY_S`, each read takes one, and the bucket holds `READS_AT_ONCE`.
    No second has more than `READS_A_SECOND` reads.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._begun: deque[float] = deque(maxlen=READS_A_SECOND)
        self._filled_at = clock()
        self._reads = READS_AT_ONCE

    def delay(self, *, more_waits: bool) -> float:
        """Return the seconds until the next read may begin."""
        now = self._clock()
        if not self._begun:
            return 0.0
        due_at = self._begun[-1] + READ_EVERY_S
        if more_waits:
            due_at = now + (1.0 - self._level(now)) * FURTHER_READ_EVERY_S
        if len(self._begun) == READS_A_SECOND:
            due_at = max(due_at, self._begun[0] + 1.0)
        return max(0.0, due_at - now)

    def spend(self) -> None:
        """Take one read out of the bucket: a read begins now."""
        now = self._clock()
        self._reads, self._filled_at = max(0.0, self._level(now) - 1.0), now
        self._begun.append(now)

    def _level(self, now: float) -> float:
        return min(READS_AT_ONCE, self._reads + (now - self._filled_at) / FURTHER_READ_EVERY_S)
