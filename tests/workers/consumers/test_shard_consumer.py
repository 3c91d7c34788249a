"""A shard consumer: each record is recorded or quarantined before the checkpoint passes it."""

import json
import threading
import time
from collections.abc import Sequence

import pytest

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tests.workers.world import World
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from tracking.ports import Commit, Outcome
from tracking.progress import report_progress
from workers.consumers.failure_window import FailureWindow, HaltError
from workers.leases.held import HeldLease, Hold
from workers.leases.ports import Phase
from workers.leases.workload import StopSignal


@pytest.fixture
def world() -> World:
    return World()


def put(world: World, *shipment_ids: str) -> None:
    world.stream.put(
        [
            (shipment_id, json.dumps({"shipment_id": shipment_id, "status": "in_transit"}).encode())
            for shipment_id in shipment_ids
        ]
    )


def renew(world: World, held: HeldLease) -> None:
    """Renew as the lease renewer does."""
    sent = held.prepare_renewal()
    (answer,) = world.leases.renew_all([sent])
    held.take_renewal(sent, world.clock(), answer)


def count_events(world: World, *shipment_ids: str) -> list[int]:
    return [len(world.tracking.store.read_timeline(shipment_id)) for shipment_id in shipment_ids]


def test_records_are_recorded_and_then_the_checkpoint_passes_them(world):
    put(world, "a", "b", "a")
    world.run_shard_consumer()
    assert count_events(world, "a", "b") == [2, 1]
    assert world.lease().checkpoint_sequence == "3"


def test_the_next_shard_consumer_starts_behind_the_checkpoint(world):
    put(world, "a")
    world.run_shard_consumer()
    put(world, "b")
    world.run_shard_consumer()
    assert (count_events(world, "a", "b"), world.lease().epoch) == ([1, 1], 2)


def test_a_crash_before_the_checkpoint_replays_records_and_changes_nothing_twice(world):
    put(world, "a", "b")
    world.run_shard_consumer(crash=True)
    before = world.tracking.store.read_states(["a", "b"])
    assert world.lease().checkpoint_sequence == ""
    world.run_shard_consumer()
    assert (world.tracking.store.read_states(["a", "b"]), count_events(world, "a", "b")) == (before, [1, 1])


def test_a_thousand_malformed_records_are_quarantined_and_the_good_ones_pass_in_order(world):
    """Failure matrix: undecodable record."""
    for number in range(1000):
        world.stream.put([("x", b"\x00 noise %d" % number)])
        if number % 100 == 0:
            put(world, f"s{number}")
    world.run_shard_consumer()
    good = [f"s{number}" for number in range(0, 1000, 100)]
    assert (world.workers.quarantine.count(), count_events(world, *good)) == (1000, [1] * 10)
    assert world.lease().checkpoint_sequence == "1010"


def test_more_deep_records_than_a_bad_deploy_would_give_do_not_halt_the_shard(world):
    """Failure matrix: undecodable record."""
    deep = b'{"shipment_id": "d", "status": "in_transit", "meta": ' + b"[" * 1500 + b"]" * 1500 + b"}"
    world.stream.put([("d", deep)] * 20)
    put(world, "good")
    world.run_shard_consumer()
    kept = world.workers.quarantine.read_newest(100)
    assert [record.reason for record in kept] == ["undecodable"] * 20
    assert (count_events(world, "d", "good"), world.lease().phase) == ([0, 1], Phase.OPEN)


def test_a_hundred_events_of_one_shipment_in_one_record_are_all_kept(world):
    scans = [{"shipment_id": "a", "timestamp": time.time() - 100 + n} for n in range(100)]
    world.stream.put([("a", json.dumps(scans).encode())])
    world.run_shard_consumer()
    world.run_shard_consumer()
    assert (count_events(world, "a"), world.workers.quarantine.count()) == ([100], 0)


def test_a_crash_in_the_middle_of_one_record_loses_none_of_its_events():
    world = World(FailingStore())
    store = world.tracking.store
    scans = [{"shipment_id": "a", "timestamp": time.time() - 100 + n} for n in range(100)]
    world.stream.put([("a", json.dumps(scans).encode())])
    store.fails_from_commit = 2
    world.run_shard_consumer(crash=True, until=lambda: store.has_failed)
    half = count_events(world, "a")
    store.fails_from_commit = None
    world.run_shard_consumer()
    assert (half, count_events(world, "a")) == ([60], [100])


class FailingStore(MemoryShipmentStore):
    """Store that cannot be reached for some calls, or that fails on one shipment."""

    def __init__(self, failures: int = 0, fails_on: str = "") -> None:
        super().__init__()
        self.failures = failures
        self.fails_on = fails_on
        self.fails_from_commit: int | None = None
        self.has_failed = False

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        if self.fails_from_commit is not None:
            self.fails_from_commit -= 1
            if self.fails_from_commit < 1:
                self.has_failed = True
                raise TransientError("gone")
        if self.failures:
            self.failures -= 1
            raise TransientError("throttled")
        if any(commit.shipment_id == self.fails_on for commit in commits):
            raise ZeroDivisionError("a bug of ours")
        return super().commit(commits)


def test_a_store_that_cannot_be_reached_for_a_while_delays_and_loses_nothing():
    """Failure matrix: DynamoDB throttles."""
    world = World(FailingStore(failures=2))
    put(world, "a", "b")
    world.run_shard_consumer()
    assert (count_events(world, "a", "b"), world.workers.quarantine.count()) == ([1, 1], 0)


def test_a_record_that_our_code_fails_on_is_quarantined_alone_after_three_attempts():
    world = World(FailingStore(fails_on="bad"))
    put(world, "a", "bad", "b")
    world.run_shard_consumer()
    (kept,) = world.workers.quarantine.read_newest(10)
    assert count_events(world, "a", "bad", "b") == [1, 0, 1]
    assert (kept.reason, kept.detail) == ("failed", "ZeroDivisionError: a bug of ours")


def test_a_bus_that_cannot_be_reached_leaves_the_change_pending_and_reading_goes_on(world):
    """Failure matrix: EventBridge, SNS or SQS down."""
    world.bus_is_up = False
    put(world, "a")
    world.run_shard_consumer()
    (row,) = world.tracking.store.read_timeline("a")
    assert (row.pending is not None, world.lease().checkpoint_sequence) == (True, "1")


def test_a_shard_consumer_whose_lease_was_taken_stops_before_it_writes_again(world):
    held = world.hold()
    successor = world.leases.take(world.lease(), "successor")
    renew(world, held)
    put(world, "a")
    world.workload.run(held, StopSignal(threading.Event()))
    assert (count_events(world, "a"), world.lease()) == ([0], successor)


def test_an_expired_cursor_is_opened_again_at_the_same_stream_position(world):
    put(world, "a")
    thread, drain = world.start_shard_consumer()
    wait_for(lambda: count_events(world, "a") == [1])
    world.stream.expire_cursors()
    put(world, "b")
    wait_for(lambda: count_events(world, "b") == [1])
    drain.set()
    thread.join(PATIENCE_S)
    assert (count_events(world, "a", "b"), isinstance(world.hold(), HeldLease)) == ([1, 1], True)


def test_a_bad_deploy_halts_the_shard_with_a_reason_and_reading_resumes_where_it_stopped(capsys):
    """Failure matrix: our bug on one record / on many."""
    world = World(FailingStore(fails_on="x"))
    put(world, "a", *["x"] * 20, "b")
    world.run_shard_consumer()
    halted = world.lease()
    assert (halted.phase, halted.owner_id, halted.checkpoint_sequence) == (Phase.HALTED, None, "11")
    assert halted.halt_reason == "ZeroDivisionError on 11 of the last 1000 records: a bug of ours"
    assert world.workers.quarantine.count() == 10
    assert '"shards_halted":1' in capsys.readouterr().out
    assert world.leases.take(halted, "another") is None

    world.tracking.store.fails_on = ""
    world.leases.resume(halted)
    world.run_shard_consumer()
    assert count_events(world, "a", "x", "b") == [1, 10, 1]
    assert (world.lease().phase, world.lease().checkpoint_sequence) == (Phase.OPEN, "22")


def test_ten_failures_of_a_type_in_a_thousand_records_are_tolerated_and_eleven_halt_the_shard():
    failures = FailureWindow()
    for _ in range(10):
        failures.add_failure(KeyError("x"))
    failures.add_failure(ValueError("another kind"))
    with pytest.raises(HaltError):
        failures.add_failure(KeyError("x"))


def test_failures_more_than_a_thousand_records_ago_are_forgotten():
    failures = FailureWindow()
    for _ in range(10):
        failures.add_failure(KeyError("x"))
    failures.add_processed(5_000)
    for _ in range(10):
        failures.add_failure(KeyError("x"))


def test_a_commit_stops_at_its_next_call_once_the_lease_is_gone(world):
    """Failure matrix: SIGSTOP, long pause, partition."""
    held = world.hold()
    calls = []

    def process(records) -> None:
        for number in range(3):
            report_progress()
            calls.append(number)
            held.release()

    world.process = process
    world.workload = world.make_workload()
    put(world, "a")
    world.workload.run(held, StopSignal(threading.Event()))
    assert (calls, held.hold, world.lease().checkpoint) == ([0], Hold.GONE, "")


def test_work_that_makes_calls_keeps_its_lease_however_long_it_takes(world):
    held = world.hold()
    clock = Clock()
    held._clock = clock
    held.tick()

    def process(records) -> None:
        for _ in range(5):
            clock.now += 1.5
            report_progress()
            assert held.prepare_renewal() is not None
            held.take_renewal(held.lease, clock.now, "renewed")

    held._renewed_at = clock.now
    world.process = process
    world.workload = world.make_workload()
    put(world, "a")
    thread, drain = world.start_shard_consumer(held)
    wait_for(lambda: held.lease.checkpoint_sequence == "1")
    drain.set()
    thread.join(PATIENCE_S)


def test_a_large_read_is_processed_in_pieces_and_the_checkpoint_follows_each(world):
    held = world.hold()
    pieces = []

    def process(records) -> None:
        pieces.append((records[0].sequence, len(records), held.lease.checkpoint_sequence))
        if len(pieces) == 3:
            held.release()
            raise TransientError("no route")

    world.process = process
    world.workload = world.make_workload()
    world.stream.put([("a", b"{}")] * 1_200)
    world.workload.run(held, StopSignal(threading.Event()))
    assert pieces == [("1", 500, ""), ("501", 500, "500"), ("1001", 200, "1000")]
    assert world.lease().checkpoint_sequence == "1000"


def test_a_crash_between_record_and_publish_is_repaired_by_the_replay(world):
    """Failure matrix: crash between record and publish / publish and unmark."""
    world.bus_is_up = False
    put(world, "a")
    world.run_shard_consumer(crash=True)
    assert world.bus.published == []
    world.bus_is_up = True
    world.run_shard_consumer()
    assert [change.shipment_id for change in world.bus.published] == ["a"]
    assert [row.pending for row in world.tracking.store.read_timeline("a")] == [None]
