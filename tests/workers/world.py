"""World for tests: every port by its memory adapter, and shard consumers that read the stream."""

import threading
from collections.abc import Callable, Sequence

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.ports import LivePush, TrackingPorts
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.consumers.shard_workload import ShardWorkload
from workers.leases.held import HeldLease
from workers.leases.ports import Lease
from workers.leases.workload import StopSignal
from workers.line.process import process
from workers.places.index import OfflinePlaces
from workers.ports import StreamRecord, WorkerPorts

# Read once for all tests, before a test waits for anything.
PLACES = OfflinePlaces()
PLACES.locate([])


class World:
    """Memory adapters behind all ports, and the workload of the stream."""

    def __init__(
        self,
        store: MemoryShipmentStore | None = None,
        live: LivePush | None = None,
        stream: MemoryStream | None = None,
    ) -> None:
        self.stream = stream or MemoryStream()
        self.bus_is_up = True
        self.bus = MemoryBus(lambda _change: self.bus_is_up)
        self.live = live or MemoryLivePush()
        self.leases = MemoryLeases()
        self.tracking = TrackingPorts(
            store or MemoryShipmentStore(), self.stream, self.live, MemoryVehicleStore()
        )
        self.workers = WorkerPorts(
            stream=self.stream,
            leases=self.leases,
            quarantine=MemoryQuarantine(),
            bus=self.bus,
            queues=MemoryQueues(["notify", "readmodel", "ops"]),
            places=PLACES,
        )
        self.clock = Clock()
        self.offered: list[Lease] = []
        self.workload = self.make_workload()
        self.workload.audit()

    def make_workload(self) -> ShardWorkload:
        """Return the workload of the stream, as another process would have it."""
        return ShardWorkload(
            self.stream, self.leases, self.workers.quarantine, self.process, self.offered.append
        )

    def process(self, records: Sequence[StreamRecord]) -> None:
        """Process records."""
        process(records, self.tracking, self.workers)

    def rows(self) -> list[Lease]:
        """Return the leases of the current stream."""
        return self.leases.read_group(self.stream.incarnation()).leases

    def lease(self) -> Lease:
        """Return the lease of the first shard."""
        return self.rows()[0]

    def lease_of(self, shard_id: str) -> Lease:
        """Return the lease of this shard."""
        (lease,) = [lease for lease in self.rows() if lease.entry == f"shard#{shard_id}"]
        return lease

    def hold(self, lease: Lease | None = None) -> HeldLease:
        """Take a lease, by default that of the first shard. It never expires: its clock stands still."""
        taken = self.leases.take(lease or self.lease(), "test")
        assert taken is not None
        return HeldLease(self.leases, taken, self.clock)

    def start_shard_consumer(self, held: HeldLease | None = None) -> tuple[threading.Thread, threading.Event]:
        """Start a shard consumer in a thread; return the thread, and the flag that ends it."""
        drain = threading.Event()
        run = self.workload.run
        thread = threading.Thread(target=run, args=(held or self.hold(), StopSignal(drain)), daemon=True)
        thread.start()
        return thread, drain

    def run_shard_consumer(self, *, crash: bool = False, until: Callable[[], bool] | None = None) -> None:
        """Run a shard consumer to the end of the stream or until `until`; a crash stores no checkpoint."""
        held = self.hold()
        last = self._last_sequence()
        thread, drain = self.start_shard_consumer(held)
        is_done = until or (lambda: held.lease.checkpoint_sequence == last)
        wait_for(lambda: is_done() or not thread.is_alive())
        drain.set()
        thread.join(PATIENCE_S)
        if not crash:
            held.release()

    def _last_sequence(self) -> str:
        shard_id = self.stream.list_shards()[0].shard_id
        records = self.stream.read(shard_id, self.stream.open_shard(shard_id, ""), 100_000).records
        return records[-1].sequence if records else ""
