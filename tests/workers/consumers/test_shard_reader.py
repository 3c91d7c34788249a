"""Shard reader: its read-ahead, where it resumes, and the end of a shard."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.kpl_aggregates import aggregate
from tests.workers.leases.clocks import Clock
from tests.workers.world import World
from tracking.domain.errors import TransientError
from workers.adapters.memory_stream import MemoryStream
from workers.consumers.read_pacing import READ_EVERY_S
from workers.consumers.shard_listing import ShardListing
from workers.consumers.shard_reader import CURSOR_MAX_AGE_S, Batch, ReplacedError, ShardReader
from workers.leases.held import HeldLease, Hold
from workers.leases.policies import FENCE_AFTER_S
from workers.leases.workload import StopSignal
from workers.ports import Read


class WatchedStream(MemoryStream):
    """Memory stream that counts its reads, records where it was opened, and can throttle."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.reads = 0
        self.opened_at: list[str] = []
        self.throttles = 0

    def open_shard(self, shard_id: str, at: str) -> str:
        self.opened_at.append(at)
        return super().open_shard(shard_id, at)

    def read(self, shard_id: str, cursor: str, limit: int) -> Read:
        self.reads += 1
        if self.throttles:
            self.throttles -= 1
            raise TransientError("ProvisionedThroughputExceededException")
        return super().read(shard_id, cursor, limit)


class NotedStop(StopSignal):
    """Adds up how long it was waited on."""

    waited_s = 0.0

    def wait(self, seconds: float) -> bool:
        self.waited_s += seconds
        return super().wait(seconds)


class Reading:
    """Reader of the first shard of a world, with the objects it needs."""

    def __init__(self, world: World, held: HeldLease | None = None) -> None:
        self.drain = threading.Event()
        self.stop = NotedStop(self.drain)
        self.held = held or world.hold()
        self.listing = ShardListing()
        self.reader = ShardReader(self.held, world.stream, self.stop, self.listing)
        self.batches = self.reader.read_batches()

    def next_records(self) -> Batch:
        """Return the next batch that is not empty."""
        return next(batch for batch in self.batches if batch.records)


@pytest.fixture
def world():
    return World(stream=WatchedStream())


@pytest.fixture
def reading(world):
    reading = Reading(world)
    yield reading
    reading.drain.set()


def put(world: World, *bodies: bytes) -> None:
    world.stream.put([("key", body) for body in bodies])


def test_one_more_batch_is_fetched_while_one_is_processed_and_then_reading_waits(world, reading):
    """Back-pressure: unread records wait in the stream."""
    put(world, b"1")
    assert [record.raw for record in reading.next_records().records] == [b"1"]
    put(world, b"2")
    wait_for(lambda: world.stream.reads >= 2)
    fetched = world.stream.reads
    time.sleep(3 * READ_EVERY_S)
    assert world.stream.reads == fetched
    assert [record.raw for record in reading.next_records().records] == [b"2"]


def test_a_commit_that_hangs_leaves_the_holder_without_a_tick(world):
    """Failure matrix: shard consumer wedged, lease renewer alive."""
    clock = Clock()
    reading = Reading(world, HeldLease(world.leases, world.hold().lease, clock))
    put(world, b"1", b"2")
    reading.next_records()
    wait_for(lambda: world.stream.reads >= 2)
    time.sleep(0.1)
    clock.now += 3
    time.sleep(2 * READ_EVERY_S)
    assert reading.held.prepare_renewal() is None
    reading.drain.set()


def test_a_throttled_read_is_tried_again_after_a_pause_and_nothing_is_missed(world, reading, monkeypatch):
    """Failure matrix: Kinesis throttles, or is unreachable."""
    monkeypatch.setattr("workers.consumers.shard_reader.BACKOFF_S", (3 * READ_EVERY_S, 3 * READ_EVERY_S))
    world.stream.throttles = 1
    put(world, b"1")
    assert [record.raw for record in reading.next_records().records] == [b"1"]
    # The usual pause before each of two reads would be less.
    assert reading.stop.waited_s >= 3 * READ_EVERY_S


def test_an_expired_cursor_is_opened_again_at_the_last_record_which_is_not_repeated(world, reading):
    """Failure matrix: iterator expired."""
    put(world, b"1", b"2")
    reading.next_records()
    world.stream.expire_cursors()
    put(world, b"3")
    assert [record.raw for record in reading.next_records().records] == [b"3"]
    assert world.stream.opened_at == ["", "2"]


def test_a_cursor_that_is_too_old_is_not_used_any_more(world, reading, monkeypatch):
    put(world, b"1")
    reading.next_records()
    reading.reader._cursor_from -= CURSOR_MAX_AGE_S
    put(world, b"2")
    assert [record.raw for record in reading.next_records().records] == [b"2"]
    assert world.stream.opened_at == ["", "1"]


def test_a_fenced_reader_reads_nothing_and_goes_on_once_the_lease_is_renewed(world):
    """Failure matrix: SIGSTOP, long pause, partition."""
    clock = Clock()
    held = HeldLease(world.leases, world.hold().lease, clock)
    clock.now += FENCE_AFTER_S
    reading = Reading(world, held)
    put(world, b"1")
    next_one = threading.Thread(target=reading.next_records, daemon=True)
    next_one.start()
    time.sleep(0.3)
    assert (held.hold, world.stream.reads) == (Hold.FENCED, 0)
    sent = held.prepare_renewal()
    held.take_renewal(sent, clock(), *world.leases.renew_all([sent]))
    next_one.join(PATIENCE_S)
    assert world.stream.reads >= 1
    reading.drain.set()


def test_a_checkpoint_inside_an_aggregate_is_exact(world):
    put(world, aggregate(("a", b"one"), ("b", b"two"), ("a", b"three")), b"plain")
    first = Reading(world)
    one, two, *_ = first.next_records().records
    first.drain.set()
    first.held.move_checkpoint(two.stream_position, two.sequence, two.arrived_at)
    first.held.release()
    again = Reading(world)
    assert [record.raw for record in again.next_records().records] == [b"three", b"plain"]
    again.drain.set()
    assert one.stream_position < two.stream_position


def test_the_checkpoint_passes_an_aggregate_of_which_nothing_belongs_here(world):
    lower, upper = world.stream.split(world.stream.list_shards()[0].shard_id)
    world.workload.audit()
    keys = {world.stream._shard_for(str(key)).shard_id: str(key) for key in range(20)}
    world.stream.put([(keys[lower], aggregate((keys[upper], b"the sibling's"), (keys[lower], b"ours")))])
    world.stream.put([(keys[lower], aggregate((keys[upper], b"the sibling's")))])
    reading = Reading(world, world.hold(world.lease_of(lower)))
    batch = reading.next_records()
    assert [record.raw for record in batch.records] == [b"ours"]
    assert batch.reaches.sequence == "2"
    reading.drain.set()


def test_the_end_of_a_shard_comes_with_its_last_records_and_names_the_children(world, reading):
    put(world, b"1")
    children = world.stream.split(world.stream.list_shards()[0].shard_id)
    last = list(reading.batches)[-1]
    assert (last.ended, tuple(child.shard_id for child in last.children)) == (True, children)


def test_a_shard_listed_as_closed_has_ended_after_three_empty_reads_if_the_stream_reports_no_end():
    """Failure matrix: split, merge."""
    world = World(stream=WatchedStream(says_end=False))
    reading = Reading(world)
    put(world, b"1")
    reading.next_records()
    world.stream.split(world.stream.list_shards()[0].shard_id)
    before = world.stream.reads
    wait_for(lambda: not next(reading.batches).ended and world.stream.reads > before + 3)
    reading.listing.replace(world.stream.incarnation(), world.stream.list_shards())
    listed_at = world.stream.reads
    last = list(reading.batches)[-1]
    assert (last.ended, last.children) == (True, ())
    assert world.stream.reads >= listed_at + 3


def test_records_of_a_replaced_stream_are_never_read_under_the_old_lease(world):
    """Failure matrix: stream re-created, emulator restarted empty."""
    held = world.hold()
    world.stream = WatchedStream(created_epoch=2)
    put(world, b"new")
    reading = Reading(world, held)
    with pytest.raises(ReplacedError):
        reading.next_records()


def test_an_idle_reader_learns_from_the_listing_that_the_stream_was_replaced(world, reading):
    reading.listing.replace("scans@2", [])
    with pytest.raises(ReplacedError):
        list(reading.batches)


@pytest.mark.parametrize(
    ("arrived_days_ago", "caught_up_days_ago", "lost"),
    [(9, 9, True), (9, 8, True), (9, 1, False), (1, 9, False), (9, None, True)],
)
def test_records_trimmed_unread_are_reported_unless_the_shard_was_merely_idle(
    world, capsys, arrived_days_ago, caught_up_days_ago, lost
):
    """Failure matrix: trimmed past the checkpoint."""
    world.stream.set_retention(timedelta(days=7))
    put(world, b"old", b"kept")
    now, held = datetime.now(UTC), world.hold()
    first = world.stream.read(held.lease.entry[6:], world.stream.open_shard(held.lease.entry[6:], ""), 1)
    held.move_checkpoint(first.records[0].stream_position, "1", now - timedelta(days=arrived_days_ago))
    if caught_up_days_ago is not None:
        held.note_lag(0, now - timedelta(days=caught_up_days_ago))
    world.stream.trim(held.lease.entry[6:], 1)
    reading = Reading(world, held)
    assert [record.raw for record in reading.next_records().records] == [b"kept"]
    reading.drain.set()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "read_lost_gap_s" in line]
    gaps = [line["read_lost_gap_s"] for line in lines]
    days = min(arrived_days_ago, caught_up_days_ago or 99) - 7
    assert gaps == ([pytest.approx(days * 86400, abs=60)] if lost else [])
