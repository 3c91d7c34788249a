"""Worker processes in simulated time: the product's own lease renewers, without threads or a stream."""

import contextlib
import heapq
import itertools
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import structlog

from workers.adapters.memory_leases import MemoryLeases
from workers.leases.held import HeldLease
from workers.leases.policies import CHECK_EVERY_S, RENEW_EVERY_S, WEDGED_AFTER_S
from workers.leases.ports import Lease, LeaseGroup, Renewal, Worker
from workers.leases.renewer import LeaseRenewer
from workers.leases.running_leases import Run, RunningLeases
from workers.leases.workload import StopSignal

GROUP = "scans@1"
# Processes start within this time of each other, as tasks of a service do.
START_SPREAD_S = 1.0
HOLDERS_LOOK_EVERY_S = 0.25


class SimulatedClock:
    """Clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the simulated time, in seconds."""
        return self.now


class CountedTable(MemoryLeases):
    """Lease table of the contract suite, which counts the rows that are read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def read_group(self, group: str) -> LeaseGroup:
        """Return the rows of the group."""
        rows = super().read_group(group)
        self.counts["reads"] += 1
        self.counts["rows read"] += len(rows.leases) + len(rows.workers)
        return rows

    def renew_all(self, leases: Sequence[Lease], worker: Worker | None = None) -> list[Renewal]:
        """Store these leases and the row of the worker."""
        self.counts["rows written"] += len(leases) + (worker is not None)
        return super().renew_all(leases, worker)

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """Make `owner_id` the owner, or return None if another was faster."""
        taken = super().take(seen, owner_id)
        self.counts["taken" if taken else "taken by another before"] += 1
        return taken

    def find(self, entries: Sequence[str]) -> list[Lease]:
        """Return the leases with these entries, without counting a read."""
        return [self._leases[GROUP, entry] for entry in entries]


class ShardsOnly:
    """Workload of plain shards without parents, which no process offers by a broker."""

    wedged_after_s = WEDGED_AFTER_S
    renew_every_s = RENEW_EVERY_S
    check_every_s = CHECK_EVERY_S
    offer_every_s = 0.0
    shares_fairly = True

    def audit(self) -> None:
        """Do nothing: the shards of a simulation never change."""

    def list_groups(self) -> list[str]:
        """Return the one group."""
        return [GROUP]

    def may_start(self, _lease: Lease, _group: LeaseGroup) -> bool:
        """No shard has a parent."""
        return True

    def run(self, _held: HeldLease, _stop: StopSignal) -> list[Lease]:
        """Runs have no thread in a simulation."""
        raise NotImplementedError

    def offer(self, _lease: Lease) -> None:
        """Without a broker a free lease is found by the checks of other processes, which takes longest."""


class RunsWithoutThreads(RunningLeases):
    """Running leases whose runs only hold their lease: reading is not simulated here."""

    def start(self, seen: Lease) -> None:
        """Take the lease, if a slot is free and nobody else was faster."""
        held = self._take(seen) if len(self._runs) < self.slots else None
        if held is not None:
            self._runs.append(Run(held, StopSignal(self.drain), self.clock()))

    def look(self) -> None:
        """Tick every run, and end those that were asked to."""
        for run in list(self._runs):
            run.held.tick()
            if run.stop.is_requested():
                run.held.release()
                self._runs.remove(run)


class SimulatedProcess:
    """Process of the role shards, with its own watch of the rows."""

    def __init__(self, name: str, table: CountedTable, clock: SimulatedClock, slots: int) -> None:
        workload = ShardsOnly()
        self.name = name
        self.is_alive = True
        self.running = RunsWithoutThreads(workload, table, slots, threading.Event(), name, clock)
        # Its audit would be a thread; nothing is audited here, so it is done before it starts.
        self.renewer = _RenewerWithoutAudit(workload, self.running, table)


class _RenewerWithoutAudit(LeaseRenewer):
    def _start_audit(self) -> None:
        """Do nothing: the shards never change."""


class SimulatedFleet:
    """Processes over one lease table; time passes from one due step to the next."""

    def __init__(self, shards: int, slots: int, seed: int) -> None:
        """Make a table of free leases. `seed` decides who starts when, and every jitter."""
        random.seed(seed)
        self.clock = SimulatedClock()
        self.table = CountedTable()
        self.table.add_missing([Lease(GROUP, f"shard#{number:05d}") for number in range(shards)])
        self.processes: dict[str, SimulatedProcess] = {}
        self._slots = slots
        self._due: list[tuple[float, int, Callable[[], float | None]]] = []
        self._order = itertools.count()

    def add(self, count: int, at: float) -> list[SimulatedProcess]:
        """Start so many processes at a time, within a second of each other."""
        added = []
        for _ in range(count):
            process = SimulatedProcess(
                f"process-{len(self.processes):04d}", self.table, self.clock, self._slots
            )
            self.processes[process.name] = process
            starts_at = at + random.uniform(0, START_SPREAD_S)  # noqa: S311 - repeatable chance
            self._plan(starts_at, lambda process=process: _take_step(process))
            self._plan(starts_at, lambda process=process: _look_at_runs(process))
            added.append(process)
        return added

    def kill(self, count: int) -> list[Lease]:
        """End so many processes without a word; return the leases that they held."""
        alive = [process for process in self.processes.values() if process.is_alive]
        killed = random.sample(alive, count)
        for process in killed:
            process.is_alive = False
        return [run.held.lease for process in killed for run in process.running.read_runs()]

    def pass_until(self, is_reached: Callable[[], bool], at_latest: float) -> bool:
        """Pass time until the condition holds after a step; return False if it is not reached in time."""
        with _without_output():
            while not is_reached():
                due_at, _, step = heapq.heappop(self._due)
                if due_at > at_latest:
                    self._plan(due_at, step)
                    self.clock.now = at_latest
                    return False
                self.clock.now = due_at
                wait_s = step()
                if wait_s is not None:
                    self._plan(due_at + wait_s, step)
        return True

    def count_held(self) -> Counter[str]:
        """Return how many leases each process that is alive holds."""
        return Counter(
            {
                process.name: len(process.running.read_runs())
                for process in self.processes.values()
                if process.is_alive
            }
        )

    def _plan(self, at: float, step: Callable[[], float | None]) -> None:
        heapq.heappush(self._due, (at, next(self._order), step))


def _take_step(process: SimulatedProcess) -> float | None:
    """Run the due steps of the lease renewer; return the seconds until the next one, None if it is dead."""
    # A step that is due at once would not let time pass.
    return max(0.001, process.renewer.run_due_steps()) if process.is_alive else None


def _look_at_runs(process: SimulatedProcess) -> float | None:
    if not process.is_alive:
        return None
    process.running.look()
    return HOLDERS_LOOK_EVERY_S


@contextlib.contextmanager
def _without_output() -> Iterator[None]:
    """Drop metrics and log lines of simulated processes; they describe no real one."""
    configured = structlog.get_config()
    structlog.configure(
        logger_factory=lambda *_args: structlog.ReturnLogger(), cache_logger_on_first_use=False
    )
    try:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123 - no path
            yield
    finally:
        structlog.configure(**configured)
