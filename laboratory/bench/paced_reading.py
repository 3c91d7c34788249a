"""Reads shards as they fill: one thread per shard reads as often as a shard consumer does."""

import threading
import time
from collections.abc import Callable, Sequence

from workers.consumers.read_pacing import ReadPacing
from workers.ports import RecordStream, StreamRecord

Process = Callable[[Sequence[StreamRecord]], None]


class PacedReading:
    """Reads all shards in parallel until `process` has been given `events` records."""

    def __init__(self, stream: RecordStream, process: Process, events: int) -> None:
        self._stream = stream
        self._process = process
        self._left = events
        self._lock = threading.Lock()

    def run(self, shard_ids: Sequence[str], limit: int) -> None:
        """Read up to `limit` records at a time; return when all records were processed."""
        threads = [threading.Thread(target=self._read, args=(shard_id, limit)) for shard_id in shard_ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read(self, shard_id: str, limit: int) -> None:
        cursor = self._stream.open_shard(shard_id, "")
        pacing, more_waits = ReadPacing(), False
        while self._left > 0:
            time.sleep(pacing.delay(more_waits=more_waits))
            pacing.spend()
            read = self._stream.read(shard_id, cursor, limit)
            cursor, more_waits = read.next_cursor or "", len(read.records) == limit
            self._process(read.records)
            with self._lock:
                self._left -= len(read.records)
