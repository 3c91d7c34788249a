"""A whole world of memory adapters for tests of the workers: one stream, one shard, real code around it."""

import threading
import time
from collections.abc import Callable

from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.ports import LivePush, TrackingPorts
from workers.adapters.memory import MemoryBus, MemoryLeases, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_stream import MemoryStream
from workers.leases import HeldLease
from workers.places.index import OfflinePlaces
from workers.ports import Lease, WorkerPorts
from workers.stint import Stint

# Read once for all tests, before a test waits for anything.
PLACES = OfflinePlaces()
PLACES.locate([])


class World:
    """Memory adapters wired as the product wires its own."""

    def __init__(self, store: MemoryShipmentStore | None = None, live: LivePush | None = None) -> None:
        self.stream = MemoryStream()
        self.bus_is_up = True
        self.bus = MemoryBus(lambda _change: self.bus_is_up)
        self.live = live or MemoryLivePush()
        self.tracking = TrackingPorts(store or MemoryShipmentStore(), self.stream, self.live)
        self.workers = WorkerPorts(
            stream=self.stream,
            leases=MemoryLeases(),
            quarantine=MemoryQuarantine(),
            bus=self.bus,
            queues=MemoryQueues(["notify", "readmodel", "ops"]),
            places=PLACES,
        )
        shards = [f"shard#{shard.shard_id}" for shard in self.stream.list_shards()]
        self.workers.leases.add_missing(self.stream.incarnation(), shards)

    def lease(self) -> Lease:
        """The only shard's lease."""
        return self.workers.leases.read_leases(self.stream.incarnation())[0]

    def hold(self) -> HeldLease:
        """The only shard's lease, taken."""
        lease = self.workers.leases.take(self.lease(), "test")
        assert lease is not None
        return HeldLease(self.workers.leases, lease)

    def start_stint(self) -> tuple[threading.Thread, threading.Event]:
        """A stint running in a thread, and the flag that ends it."""
        drain = threading.Event()
        stint = Stint(self.hold(), self.tracking, self.workers, drain)
        thread = threading.Thread(target=stint.run, daemon=True)
        thread.start()
        return thread, drain

    def run_stint(self, *, crash: bool = False, seconds: float = 1.0) -> None:
        """Run a stint until the stream is read, or the time is over; a crash keeps no checkpoint."""
        held, drain = self.hold(), threading.Event()
        stint = Stint(held, self.tracking, self.workers, drain)
        thread = threading.Thread(target=stint.run, daemon=True)
        thread.start()
        last = self._last_sequence()
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at and held.lease.checkpoint_sequence != last:
            time.sleep(0.005)
        drain.set()
        thread.join(5)
        if not crash:
            held.release()

    def wait_for(self, holds: Callable[[], bool], seconds: float = 3.0) -> None:
        """Wait until something holds; fails when it does not in time."""
        ends_at = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends_at, "did not come to hold in time"
            time.sleep(0.005)

    def _last_sequence(self) -> str:
        shard_id = self.stream.list_shards()[0].shard_id
        records = self.stream.read(shard_id, self.stream.open_shard(shard_id, ""), 100_000).records
        return records[-1].sequence if records else ""
