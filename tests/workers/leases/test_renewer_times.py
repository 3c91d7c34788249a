"""Lease renewer by its clock: at which times it renews, checks, audits and reports."""

import json
import os
import threading

import pytest

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tests.workers.leases.workloads import GROUP, PlainWorkload
from tracking.domain.errors import TransientError
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.ports import Lease, Phase, Worker
from workers.leases.renewer import RENEWER_DIED, LeaseRenewer
from workers.leases.running_leases import RunningLeases


class CountingWorkload(PlainWorkload):
    """Workload that counts its audits, which run on threads of their own."""

    def __init__(self, work=None) -> None:
        super().__init__(*([work] if work else []))
        self.audited = threading.Semaphore(0)
        self.audits = 0

    def audit(self) -> None:
        self.audits += 1
        self.audited.release()


class WatchedLeases(MemoryLeases):
    """Lease table that records when it was read and renewed, by the clock of the test."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.reads: list[float] = []
        self.renewals: list[float] = []

    def read_group(self, group):
        self.reads.append(self.clock.now)
        return super().read_group(group)

    def renew_all(self, leases, worker=None):
        self.renewals.append(self.clock.now)
        return super().renew_all(leases, worker)


class Process:
    """Process whose lease renewer runs when the test says so; it has no slots unless it is given some."""

    def __init__(self, slots: int = 0, workload: CountingWorkload | None = None) -> None:
        self.clock = Clock()
        self.table = WatchedLeases(self.clock)
        self.workload = workload or CountingWorkload()
        self.running = RunningLeases(self.workload, self.table, slots, threading.Event(), "me", self.clock)
        self.renewer = LeaseRenewer(self.workload, self.running, self.table, exit_process=lambda _code: None)

    def run_for(self, seconds: float) -> None:
        ends_at = self.clock.now + seconds
        while self.clock.now + (wait_s := self.renewer.run_due_steps()) <= ends_at:
            self.clock.now += wait_s
        self.clock.now = ends_at


def test_the_first_round_runs_every_step_and_the_next_round_is_due_at_the_next_check():
    process = Process()
    wait_s = process.renewer.run_due_steps()
    assert process.workload.audited.acquire(timeout=PATIENCE_S)
    assert (process.table.renewals, process.table.reads, process.workload.audits) == ([1000.0], [1000.0], 1)
    assert 0.4 <= wait_s <= 0.6


def test_leases_are_renewed_every_second():
    process = Process()
    process.run_for(10.5)
    assert process.table.renewals == pytest.approx([1000.0 + second for second in range(11)])


def test_leases_of_a_workload_that_can_wait_are_renewed_less_often():
    process = Process()
    process.workload.renew_every_s = 2.0
    process.run_for(10.5)
    assert process.table.renewals == pytest.approx([1000.0 + second for second in range(0, 11, 2)])


def test_checks_are_as_far_apart_as_the_workload_says_give_or_take_a_fifth():
    process = Process()
    process.workload.check_every_s = 5.0
    process.run_for(60)
    gaps = [
        later - earlier for earlier, later in zip(process.table.reads, process.table.reads[1:], strict=False)
    ]
    assert (len(gaps) >= 9, min(gaps) >= 4.0, max(gaps) <= 6.0) == (True, True, True)
    assert max(gaps) - min(gaps) > 0.1


def test_the_audit_runs_every_half_minute():
    process = Process()
    process.run_for(0)
    assert process.workload.audited.acquire(timeout=PATIENCE_S)
    wait_for(lambda: not process.renewer._audit.is_alive())
    process.run_for(29.9)
    assert process.workload.audits == 1
    process.run_for(0.2)
    assert process.workload.audited.acquire(timeout=PATIENCE_S)
    assert process.workload.audits == 2


def test_an_audit_that_waits_for_the_stream_is_not_started_again_and_delays_no_renewal():
    asked, answer = threading.Semaphore(0), threading.Event()

    class WaitingWorkload(CountingWorkload):
        def audit(self) -> None:
            self.audits += 1
            asked.release()
            answer.wait(PATIENCE_S)

    process = Process(workload=WaitingWorkload())
    process.run_for(65)
    assert asked.acquire(timeout=PATIENCE_S)
    assert (process.workload.audits, len(process.table.renewals)) == (1, 66)
    answer.set()


def test_a_check_runs_as_soon_as_an_unchanged_lease_may_be_taken():
    process = Process(slots=1)
    process.workload.check_every_s = 60.0
    process.table.add_missing([Lease(GROUP, "shard#a", owner_id="killed", epoch=1)])
    process.run_for(6)
    wait_for(process.running.read_runs)
    process.running.drain.set()
    assert 1005.0 <= process.table.reads[1] <= 1005.05


def test_a_table_that_cannot_be_read_is_read_again_when_the_next_check_is_due():
    process = Process()

    class UnreachableLeases(WatchedLeases):
        def read_group(self, group):
            super().read_group(group)
            raise TransientError("no connection")

    process.table = process.renewer._table = UnreachableLeases(process.clock)
    process.run_for(3)
    assert 1 + 3 / 0.6 - 1 <= len(process.table.reads) <= 1 + 3 / 0.4
    assert len(process.table.renewals) == 4


def test_a_process_of_a_workload_that_is_not_shared_fills_its_slots_and_has_no_row_of_its_own():
    process = Process(slots=2)
    process.workload.shares_fairly = False
    process.table.add_missing([Lease(GROUP, f"slot#{number}") for number in range(3)])
    for beat in range(3):
        process.table.renew_all([], Worker(GROUP, "other", beat, slots=4))
        process.renewer.renew()
        process.renewer.start_free_leases()
    wait_for(lambda: len(process.running.read_runs()) == 2)
    process.renewer.start_free_leases()
    workers = [worker.worker_id for worker in process.table.read_group(GROUP).workers]
    held = len(process.running.read_runs())
    process.running.drain.set()
    assert (workers, held) == (["other"], 2)


def test_a_process_without_a_group_to_work_on_has_no_row():
    process = Process()
    process.workload.list_groups = list
    process.renewer.renew()
    process.renewer.start_free_leases()
    assert (process.table.renewals, process.table.reads) == ([1000.0], [])


def test_the_heartbeat_of_a_process_grows_with_every_renewal():
    process = Process(slots=3)
    beats = []
    for _ in range(3):
        process.renewer.renew()
        (worker,) = process.table.read_group(GROUP).workers
        beats.append((worker.heartbeat, worker.slots, worker.held, worker.draining))
    assert beats == [(1, 3, 0, False), (2, 3, 0, False), (3, 3, 0, False)]


def test_ended_and_halted_leases_count_for_no_share():
    process = Process(slots=4)
    process.table.add_missing([Lease(GROUP, f"shard#{name}") for name in "ab"])
    process.table.add_missing([Lease(GROUP, f"shard#x{n}", phase=Phase.ENDED) for n in range(6)])
    for beat in range(3):
        process.table.renew_all([], Worker(GROUP, "other", beat, slots=4))
        process.renewer.start_free_leases()
    wait_for(process.running.read_runs)
    process.renewer.start_free_leases()
    held = len(process.running.read_runs())
    process.running.drain.set()
    assert held == 1


class CountedWaits(threading.Event):
    """Drain flag that is set at the second wait, and records the timeout of each wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        if len(self.waits) == 2:
            self.set()
        return self.is_set()


def test_a_lease_renewer_begins_at_once_and_then_waits_until_the_next_step_is_due():
    process = Process()
    process.workload.shares_fairly = False
    process.running.drain = CountedWaits()
    process.renewer.start()
    assert process.renewer.join(PATIENCE_S)
    first, second = process.running.drain.waits
    assert (first, 0.4 <= second <= 0.6) == (0.0, True)


def read_metrics(output: str, name: str) -> list[dict]:
    """Return the lines with this metric, without their descriptions."""
    lines = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return [{key: line[key] for key in line if key != "_aws"} for line in lines if name in line]


def test_a_process_reports_every_ten_seconds_how_many_leases_it_holds(capsys):
    process = Process()
    process.run_for(20.5)
    assert read_metrics(capsys.readouterr().out, "leases_held") == [{"leases_held": 0}] * 3


def test_a_process_reports_how_far_behind_each_of_its_shards_is(capsys):
    process = Process(slots=1)
    process.table.add_missing([Lease(GROUP, "shard#shardId-1")])
    process.running.start(process.table.read_group(GROUP).leases[0])
    wait_for(process.running.read_runs)
    process.running.read_runs()[0].held.note_lag(1500, None)
    capsys.readouterr()
    process.renewer.run_due_steps()
    output = capsys.readouterr().out
    process.running.drain.set()
    assert read_metrics(output, "read_lag_s") == [{"read_lag_s": 1.5, "shard": "shardId-1"}]
    assert read_metrics(output, "leases_held") == [{"leases_held": 1}]


def test_a_process_of_a_workload_that_is_not_shared_reports_nothing(capsys):
    process = Process()
    process.workload.shares_fairly = False
    process.run_for(20.5)
    assert read_metrics(capsys.readouterr().out, "leases_held") == []


def test_the_exit_code_of_a_dead_lease_renewer_is_that_of_an_internal_software_error():
    assert RENEWER_DIED == os.EX_SOFTWARE
