"""Processes with keepers of their own that read one stream, and who is always putting on it."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.world import World
from workers.consumers.shard_duty import ShardDuty
from workers.leases.ports import Lease
from workers.leases.renewer import LeaseRenewer
from workers.leases.roster import Roster

IDS = [f"parcel-{number}" for number in range(12)]
# A round of twelve scans so often is 200 events a second.
ROUND_EVERY_S = 0.06

Put = Callable[[list[tuple[str, bytes]]], object]


class Processes:
    """Two processes in one; what is free is offered to one after the other, as by a broker."""

    def __init__(self, world: World, put: Put, count: int = 2) -> None:
        """`put` puts (partition key, bytes) records on the stream of this world."""
        self.world = world
        self.order: list[tuple[str, str, int, float]] = []
        self.sent = 0
        self.putting = threading.Lock()
        self._put = put
        self._lock = threading.Lock()
        self._duties: list[ShardDuty] = []
        self._rosters: list[Roster] = []
        self._keepers: list[LeaseRenewer] = []
        for number in range(count):
            self._start(f"process-{number}")
        self._turns = itertools.cycle(self._rosters)

    def _start(self, name: str) -> None:
        duty = ShardDuty(
            self.world.stream, self.world.leases, self.world.workers.quarantine, self._process, self._offer
        )
        roster = Roster(duty, self.world.leases, 8, threading.Event(), name, time.monotonic)
        self._duties.append(duty)
        self._rosters.append(roster)
        keeper = LeaseRenewer(duty, roster, self.world.leases, exit_process=lambda _code: None)
        keeper.start()
        self._keepers.append(keeper)

    def _offer(self, lease: Lease) -> None:
        with self._lock:
            roster = next(self._turns)
        roster.start(lease)

    def _process(self, records) -> None:
        """The line, with a note of what was committed when, by which shard."""
        self.world.process(records)
        with self._lock:
            for record in records:
                scan = json.loads(record.raw)
                shard_id = record.source.partition("/")[2]
                self.order.append((scan["shipment_id"], shard_id, scan["device_seq"], time.monotonic()))

    def put_round(self) -> None:
        """One more scan of every parcel."""
        with self.putting:
            self.sent += 1
            scans = [
                {"shipment_id": one, "device_id": one, "device_seq": self.sent, "timestamp": time.time()}
                for one in IDS
            ]
            self._put([(scan["shipment_id"], json.dumps(scan).encode()) for scan in scans])

    @contextmanager
    def load(self) -> Iterator[None]:
        """Round after round, from a thread, while the block runs."""
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
        """List the shards now, in every process."""
        for duty in self._duties:
            duty.audit()

    def wait_until_read(self, *shard_ids: str) -> None:
        """Wait until something of each of these shards has been committed."""
        wait_for(lambda: set(shard_ids) <= {shard_id for _, shard_id, _, _ in list(self.order)})

    def wait_until_done(self) -> None:
        """Wait until every scan of every parcel has been committed."""
        wanted = self.sent * len(IDS)
        wait_for(lambda: len({(one, number) for one, _, number, _ in list(self.order)}) == wanted)

    def find_gaps(self) -> list[float]:
        """Per parent and child: seconds from the last commit of the one to the first of the other."""
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
        """What was committed first of each scan is in order; a record that came again counts once."""
        for one in IDS:
            numbers = dict.fromkeys(number for parcel, _, number, _ in self.order if parcel == one)
            assert list(numbers) == list(range(1, self.sent + 1))
            assert len(self.world.tracking.store.read_timeline(one)) == self.sent

    def stop(self) -> None:
        for roster in self._rosters:
            roster.drain.set()
        for keeper in self._keepers:
            keeper.join(PATIENCE_S)
