"""The line at a pace: one thread per shard reads as often as a shard consumer, and records what it reads."""

import threading
import time
from collections.abc import Callable, Sequence

from workers.consumers.read_pacing import ReadPacing
from workers.ports import RecordStream, StreamRecord

Take = Callable[[Sequence[StreamRecord]], None]


class PacedReading:
    """Reads all shards side by side until `events` records are done; `take` does them."""

    def __init__(self, stream: RecordStream, take: Take, events: int) -> None:
        self._stream = stream
        self._take = take
        self._left = events
        self._lock = threading.Lock()

    def run(self, shard_ids: Sequence[str], limit: int) -> None:
        """Return when all records are done."""
        threads = [threading.Thread(target=self._read, args=(shard_id, limit)) for shard_id in shard_ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read(self, shard_id: str, limit: int) -> None:
        cursor = self._stream.open_shard(shard_id, "")
        cadence, more_waits = ReadPacing(), False
        while self._left > 0:
            time.sleep(cadence.delay(more_waits=more_waits))
            cadence.spend()
            read = self._stream.read(shard_id, cursor, limit)
            cursor, more_waits = read.next_cursor or "", len(read.records) == limit
            self._take(read.records)
            with self._lock:
                self._left -= len(read.records)
