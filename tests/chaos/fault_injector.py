"""Injects faults one after the other and measures recovery: last commit before to first commit after."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from laboratory.local.addresses import wait_until
from tests.chaos.commits import CommitLog, Committed
from tests.chaos.environment import ChaosEnvironment, Worker
from tests.chaos.ledger import Ledger
from workers.leases.ports import Lease

# After this time a shard counts as stuck. Slower recovery than usual is only reported and does not fail the
# run: on a busy machine it may take a minute.
RECOVERED_WITHIN_S = 120.0
# Prefer an owner that works on all its shards for this long; afterwards any owner will do.
WORKING_OWNER_WITHIN_S = 40.0
# Lets owners commit before the next fault.
PAUSE_BETWEEN_FAULTS_S = 1.5
# Workers that must be up before the next fault; others may still be starting.
MIN_WORKERS_UP = 2
# A shard with a commit not older than this is being worked on.
CURRENT_WITHIN_S = 1.0
PAUSED_S = (3.0, 20.0)
# Faults that fit into half a minute. The one with failing calls comes first: a message that could not be
# deleted comes again only after a while, and the other fault happens meanwhile.
SHORT = ["KILL", "deploy"]
CUT_S = 8.0

ReportProgress = Callable[[str], None]


@dataclass
class FaultResults:
    """Numbers of injected faults, and measured recovery times and replays."""

    faults: Counter[str] = field(default_factory=Counter)
    recovery_ms: list[float] = field(default_factory=list)
    failing_calls_recovery_ms: list[float] = field(default_factory=list)
    deploy_gap_ms: list[float] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


class StuckError(Exception):
    """No worker has owned a shard for longer than a busy machine could explain."""


class FaultInjector:
    """Injects faults into a chaos environment.

    Use it only from the main thread, since it starts processes.
    """

    def __init__(
        self, environment: ChaosEnvironment, ledger: Ledger, seed: int, report_progress: ReportProgress
    ) -> None:
        self._environment = environment
        self._ledger = ledger
        self._commits = CommitLog(environment.log, "shards-*.log")
        self._chance = random.Random(seed)
        self._report_progress = report_progress
        self.results = FaultResults()

    def inject(self, faults: Iterable[str]) -> None:
        """Inject faults one after the other; during one in capitals, calls to AWS fail as well."""
        for fault in faults:
            if self.results.stuck:
                break
            name = fault.lower()
            self._set_call_faults(failing=fault.isupper())
            began_at = time.monotonic()
            try:
                getattr(self, f"_{name}")()
            except StuckError as error:
                self.results.stuck.append(f"{fault}: {error}")
            self.results.faults[name] += 1
            self._restore()
            self._report_progress(f"{fault} ({time.monotonic() - began_at:.1f} s)")
        self._set_call_faults(failing=False)

    def _set_call_faults(self, *, failing: bool) -> None:
        """Turn failing calls on or off: a fifth throttled or in conflict, some resets, added latency."""
        call_faults = self._environment.call_faults
        call_faults.latency_s = (0.005, 0.06) if failing else (0.0, 0.0)
        call_faults.throttles = call_faults.conflicts = 0.2 if failing else 0.0
        call_faults.resets = 0.01 if failing else 0.0

    def _kill(self) -> None:
        """Kill an owner with SIGKILL; measure how long its shards stood still and what was replayed."""
        worker, leases = self._choose_owner()
        killed_at = time.time()
        worker.send(signal.SIGKILL)
        checkpoints = {
            lease.entry: int(lease.checkpoint_sequence or 0) for lease in self._environment.read_leases()
        }
        for lease, first in self._wait_for_successors(leases):
            last = self._commits.find_last(_shard(lease), lease.epoch)
            failing = self._environment.call_faults.throttles > 0
            times = self.results.failing_calls_recovery_ms if failing else self.results.recovery_ms
            times.append(1000 * (first.at - (last.at if last else killed_at)))
            upto = last.checkpoint if last else 0
            self.results.replayed.append(
                self._ledger.count_between(_shard(lease), checkpoints.get(lease.entry, 0), upto)
            )
        worker.restart()

    def _deploy(self) -> None:
        """Send SIGTERM to an owner, as a deploy does; measure the time until its successors commit."""
        worker, leases = self._choose_owner()
        signalled_at = time.time()
        worker.send(signal.SIGTERM)
        for _, first in self._wait_for_successors(leases):
            self.results.deploy_gap_ms.append(1000 * (first.at - signalled_at))
        worker.child.wait_or_kill(10.0)
        worker.restart()

    def _pause(self) -> None:
        """Freeze an owner with SIGSTOP for a while; it continues as if it still had its leases."""
        worker, _ = self._choose_owner()
        worker.send(signal.SIGSTOP)
        time.sleep(self._chance.uniform(*PAUSED_S))
        worker.send(signal.SIGCONT)

    def _cut(self) -> None:
        """Cut an owner off from AWS for a while; its calls get no answer."""
        worker, _ = self._choose_owner()
        worker.proxy.is_cut = True
        time.sleep(CUT_S)
        worker.proxy.is_cut = False

    def _restart_redis(self) -> None:
        self._environment.restart_service("redis")

    def _restart_aws(self) -> None:
        self._environment.restart_service("aws")

    def _choose_owner(self) -> tuple[Worker, list[Lease]]:
        """Choose an owner and its leases.

        Preferably one that works on all shards, to measure only this fault.
        """
        found: list[tuple[Worker, list[Lease]]] = []

        def is_found(*, working: bool) -> bool:
            found[:] = [
                (worker, leases)
                for worker, leases in self._read_owners()
                if not working or all(map(self._is_working, leases))
            ]
            return bool(found)

        if wait_until(lambda: is_found(working=True), WORKING_OWNER_WITHIN_S) or wait_until(
            lambda: is_found(working=False), RECOVERED_WITHIN_S
        ):
            return self._chance.choice(found)
        raise StuckError("no worker owns a shard")

    def _read_owners(self) -> list[tuple[Worker, list[Lease]]]:
        """Return the workers that own shards now, with their leases."""
        leases = self._environment.read_leases()
        owned = [
            (worker, [lease for lease in leases if self._owns(worker, lease)])
            for worker in self._environment.workers
        ]
        return [(worker, leases_of_worker) for worker, leases_of_worker in owned if leases_of_worker]

    def _is_working(self, lease: Lease) -> bool:
        self._commits.read()
        last = self._commits.find_last(_shard(lease), lease.epoch)
        return last is not None and time.time() - last.at < CURRENT_WITHIN_S

    def _owns(self, worker: Worker, lease: Lease) -> bool:
        return self._environment.find_owner(lease) is worker

    def _wait_for_successors(self, leases: list[Lease]) -> Iterator[tuple[Lease, Committed]]:
        """Yield each lease with the first commit of a later epoch; a missing one is recorded as stuck."""
        for lease in leases:

            def is_there(lease: Lease = lease) -> bool:
                self._commits.read()
                return self._commits.find_first_after(_shard(lease), lease.epoch) is not None

            if wait_until(is_there, RECOVERED_WITHIN_S):
                first = self._commits.find_first_after(_shard(lease), lease.epoch)
                assert first is not None
                yield lease, first
            else:
                self.results.stuck.append(f"{lease.entry}: no commit after epoch {lease.epoch}")

    def _restore(self) -> None:
        """Restart workers that ended, wait until every shard is owned, and let them work for a moment."""
        for worker in self._environment.workers:
            if worker.child.exit_code is not None:
                self.results.faults["left by itself"] += 1
                worker.restart()
        if not self._environment.wait_until_owned(MIN_WORKERS_UP):
            self.results.stuck.append("the shards found no owner, or too few workers came up")
        time.sleep(PAUSE_BETWEEN_FAULTS_S)


def plan_faults(kills: int) -> Iterator[str]:
    """Yield the names of a run's faults: kills, and between them deploys, pauses, cuts, service restarts."""
    for number in range(kills):
        yield "KILL" if number % 4 == 2 else "kill"
        if number % 3 == 0:
            yield "deploy"
        if number % 8 == 1:
            yield "pause"
        if number % 8 == 5:
            yield "CUT"
        if number % 8 == 7:
            yield "PAUSE"
        if number == kills // 3:
            yield "restart_redis"
        if number == kills // 2:
            yield "restart_aws"


def _shard(lease: Lease) -> str:
    return lease.entry.removeprefix("shard#")
