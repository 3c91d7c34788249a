"""Pacing of the reads of one shard: four a second, and without delay while more records wait."""

import time

from workers.leases.clock import Clock

# Kinesis allows five reads a second per shard. One of them is left to other readers, such as an owner that
# is about to lose the lease.
READ_EVERY_S = 0.25
READS_AT_ONCE = 2.0


class ReadPacing:
    """Token bucket of reads for one shard: four are added a second, and it holds two."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._read_at = clock() - READ_EVERY_S
        self._filled_at = clock()
        self._reads = READS_AT_ONCE

    def delay(self, *, more_waits: bool) -> float:
        """Return the seconds until the next read may begin."""
        now = self._clock()
        if not more_waits:
            return max(0.0, self._read_at + READ_EVERY_S - now)
        return max(0.0, (1.0 - self._level(now)) * READ_EVERY_S)

    def spend(self) -> None:
        """Take one read out of the bucket: a read begins now."""
        now = self._clock()
        self._reads, self._filled_at = max(0.0, self._level(now) - 1.0), now
        self._read_at = now

    def _level(self, now: float) -> float:
        return min(READS_AT_ONCE, self._reads + (now - self._filled_at) / READ_EVERY_S)
