"""How often a shard is read: four times a second, and at once while more is known to wait."""

import time

from workers.leases.clock import Clock

# Four reads a second leave one of a shard's five to others, and to a dying predecessor.
READ_EVERY_S = 0.25
READS_AT_ONCE = 2.0


class ReadPacing:
    """A bucket of reads for one shard: it fills with four a second and holds two."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._read_at = clock() - READ_EVERY_S
        self._filled_at = clock()
        self._reads = READS_AT_ONCE

    def delay(self, *, more_waits: bool) -> float:
        """Seconds until the next read may begin."""
        now = self._clock()
        if not more_waits:
            return max(0.0, self._read_at + READ_EVERY_S - now)
        return max(0.0, (1.0 - self._level(now)) * READ_EVERY_S)

    def spend(self) -> None:
        """Note that a read begins now."""
        now = self._clock()
        self._reads, self._filled_at = max(0.0, self._level(now) - 1.0), now
        self._read_at = now

    def _level(self, now: float) -> float:
        return min(READS_AT_ONCE, self._reads + (now - self._filled_at) / READ_EVERY_S)
