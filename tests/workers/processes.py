"""Simulated processes, each with a lease renewer, that read one stream while records are put on it."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.world import World
from workers.consumers.shard_workload import ShardWorkload
from workers.leases.ports import Lease
from workers.leases.renewer import LeaseRenewer
from workers.leases.running_leases import RunningLeases

IDS = [f"parcel-{number}" for number in range(12)]
# One round of twelve scans at this interval is 200 events a second.
ROUND_EVERY_S = 0.06

Put = Callable[[list[tuple[str, bytes]]], object]


class Processes:
    """Simulated processes; free leases are offered to them in turn, as by a broker."""

    def __init__(self, world: World, put: Put, count: int = 2) -> None:
        """`put` puts (partition key, bytes) records on the stream of this world."""
        self.world = world
        self.order: list[tuple[str, str, int, float]] = []
        self.sent = 0
        self.putting = threading.Lock()
        self._put = put
        self._lock = threading.Lock()
        self._workloads: list[ShardWorkload] = []
        self._running: list[RunningLeases] = []
        self._renewers: list[LeaseRenewer] = []
        for number in range(count):
            self._start(f"process-{number}")
        self._turns = itertools.cycle(self._running)

    def _start(self, name: str) -> None:
        workload = ShardWorkload(
            self.world.stream, self.world.leases, self.world.workers.quarantine, self._process, self._offer
        )
        running = RunningLeases(workload, self.world.leases, 8, threading.Event(), name, time.monotonic)
        self._workloads.append(workload)
        self._running.append(running)
        renewer = LeaseRenewer(workload, running, self.world.leases, exit_process=lambda _code: None)
        renewer.start()
        self._renewers.append(renewer)

    def _offer(self, lease: Lease) -> None:
        with self._lock:
            running = next(self._turns)
        running.start(lease)

    def _process(self, records) -> None:
        """Process records, and note when each was committed, and its shard."""
        self.world.process(records)
        with self._lock:
            for record in records:
                scan = json.loads(record.raw)
                shard_id = record.source.partition("/")[2]
                self.order.append((scan["shipment_id"], shard_id, scan["device_seq"], time.monotonic()))

    def put_round(self) -> None:
        """Put one more scan of every parcel."""
        with self.putting:
            self.sent += 1
            scans = [
                {"shipment_id": one, "device_id": one, "device_seq": self.sent, "timestamp": time.time()}
                for one in IDS
            ]
            self._put([(scan["shipment_id"], json.dumps(scan).encode()) for scan in scans])

    @contextmanager
    def load(self) -> Iterator[None]:
        """Put rounds from a thread during the block."""
        over = threading.Event()

        def put_always() -> None:
            due = time.monotonic()
            while not over.wait(max(0.0, due - time.monotonic())):
                self.put_round()
                due += ROUND_EVERY_S

        thread = threading.Thread(target=put_always, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def audit(self) -> None:
        """Run the audit of every process."""
        for workload in self._workloads:
            workload.audit()

    def wait_until_read(self, *shard_ids: str) -> None:
        """Wait until records of each of these shards have been committed."""
        wait_for(lambda: set(shard_ids) <= {shard_id for _, shard_id, _, _ in list(self.order)})

    def wait_until_done(self) -> None:
        """Wait until every scan of every parcel has been committed."""
        wanted = self.sent * len(IDS)
        wait_for(lambda: len({(one, number) for one, _, number, _ in list(self.order)}) == wanted)

    def find_gaps(self) -> list[float]:
        """Return for each parent and child the seconds from the parent's last commit to the child's first."""
        first_at: dict[str, float] = {}
        last_at: dict[str, float] = {}
        for _, shard_id, _, moment in self.order:
            first_at.setdefault(shard_id, moment)
            last_at[shard_id] = moment
        return [
            first_at[shard.shard_id] - last_at[parent]
            for shard in self.world.stream.list_shards()
            for parent in shard.parent_ids
        ]

    def assert_nothing_is_lost_and_order_is_kept(self) -> None:
        """Assert that the first commits of the scans of each parcel are complete and in order."""
        for one in IDS:
            numbers = dict.fromkeys(number for parcel, _, number, _ in self.order if parcel == one)
            assert list(numbers) == list(range(1, self.sent + 1))
            assert len(self.world.tracking.store.read_timeline(one)) == self.sent

    def stop(self) -> None:
        for running in self._running:
            running.drain.set()
        for renewer in self._renewers:
            renewer.join(PATIENCE_S)
