"""Resharding under load: no record is lost, order is kept, and children wait for all their parents."""

import json
import threading
import time

import pytest

from tests.waiting import PATIENCE_S
from tests.workers.processes import Processes
from tests.workers.world import World
from tracking.adapters.aws import build_client
from workers.adapters.kinesis import KinesisStream
from workers.adapters.memory_stream import MemoryStream
from workers.consumers.shard_workload import ShardWorkload
from workers.leases.ports import Lease, Phase
from workers.leases.workload import StopSignal


@pytest.fixture
def processes():
    world = World(stream=MemoryStream(shards=2))
    processes = Processes(world, world.stream.put)
    yield processes
    processes.stop()


def test_split_and_merge_under_load_lose_nothing_and_keep_the_order_of_every_parcel(processes):
    """Failure matrix: split, merge."""
    stream = processes.world.stream
    first, second = (shard.shard_id for shard in stream.list_shards())
    with processes.load():
        processes.wait_until_read(first, second)
        lower, upper = stream.split(first)
        processes.wait_until_read(lower, upper)
        merged = stream.merge(upper, second)
        processes.wait_until_read(merged)
    processes.wait_until_done()

    processes.assert_nothing_is_lost_and_order_is_kept()
    phases = {lease.entry: lease.phase for lease in processes.world.rows()}
    assert phases == {
        f"shard#{first}": Phase.ENDED,
        f"shard#{second}": Phase.ENDED,
        f"shard#{upper}": Phase.ENDED,
        f"shard#{lower}": Phase.OPEN,
        f"shard#{merged}": Phase.OPEN,
    }
    assert min(processes.find_gaps()) >= 0, "a child was read before its parents had ended"


def end(world: World, lease: Lease) -> list[Lease]:
    """Read a closed shard to its end; return the leases that may start then."""
    return world.workload.run(world.hold(lease), StopSignal(threading.Event()))


def test_the_owner_adds_the_leases_of_the_children_before_it_ends_its_own():
    world = World()
    lower, upper = world.stream.split(world.stream.list_shards()[0].shard_id)
    following = end(world, world.lease())
    assert [lease.entry for lease in following] == [f"shard#{lower}", f"shard#{upper}"]
    assert world.lease().phase is Phase.ENDED
    # As long as the stream lists the shard, also if its retention is raised later.
    assert world.lease().expires_at > time.time() + 7 * 86400
    assert [int(lease.hash_from) for lease in following] == [0, 2**127]


def test_the_child_of_a_merge_waits_for_both_parents_whichever_ends_last():
    world = World(stream=MemoryStream(shards=2))
    first, second = (shard.shard_id for shard in world.stream.list_shards())
    child = world.stream.merge(first, second)
    assert end(world, world.lease_of(second)) == []
    assert world.workload.may_start(world.lease_of(child), world.leases.read_group("scans@1")) is False
    assert [lease.entry for lease in end(world, world.lease_of(first))] == [f"shard#{child}"]


def test_a_child_may_start_if_a_newer_listing_lacks_its_parent_and_the_parent_has_no_row():
    world = World()
    parent = world.stream.list_shards()[0].shard_id
    lower, _ = world.stream.split(parent)
    child = Lease("scans@1", f"shard#{lower}", parent_ids=(parent,))
    world.leases.delete(world.lease())
    rows = world.leases.read_group("scans@1")
    assert world.workload.may_start(child, rows) is False
    world.stream.drop(parent)
    assert world.workload.may_start(child, rows) is False
    world.workload.audit()
    assert world.workload.may_start(child, rows) is True


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.HALTED])
def test_a_child_waits_for_a_parent_that_is_not_listed_any_more_while_its_row_has_not_ended(phase):
    world = World()
    parent = world.stream.list_shards()[0].shard_id
    lower, _ = world.stream.split(parent)
    held = world.hold()
    if phase is Phase.HALTED:
        held.halt("a bug")
    world.stream.drop(parent)
    world.workload.audit()
    rows = world.leases.read_group("scans@1")
    assert world.lease_of(parent).phase is phase
    assert world.workload.may_start(world.lease_of(lower), rows) is False


def test_a_child_of_a_missing_shard_waits_until_the_records_of_its_owner_are_done(capsys):
    world = World()
    parent = world.stream.list_shards()[0].shard_id
    order, has_begun, go_on = [], threading.Event(), threading.Event()

    def process(records) -> None:
        has_begun.set()
        assert go_on.wait(PATIENCE_S)
        order.extend(record.source.partition("/")[2] for record in records)

    first = ShardWorkload(world.stream, world.leases, world.workers.quarantine, process, lambda _lease: None)
    first.audit()
    world.stream.put([("a", b"{}")])
    held = world.hold()
    consumer = threading.Thread(target=first.run, args=(held, StopSignal(threading.Event())), daemon=True)
    consumer.start()
    assert has_begun.wait(PATIENCE_S)
    lower, upper = world.stream.split(parent)
    world.stream.put([("a", b"{}")])
    world.stream.drop(parent)
    world.workload.audit()
    children = [world.lease_of(lower), world.lease_of(upper)]
    assert [may_start(world, child) for child in children] == [False, False]
    go_on.set()
    consumer.join(PATIENCE_S)
    assert (order, world.lease_of(parent).phase, len(lost(capsys))) == ([parent], Phase.ENDED, 1)
    assert [may_start(world, child) for child in children] == [True, True]


def may_start(world: World, lease: Lease) -> bool:
    return world.workload.may_start(lease, world.leases.read_group("scans@1"))


def test_a_missing_shard_of_a_dead_owner_is_reported_as_lost_before_its_children_start(capsys):
    """Let the lease of the parent expire: its next owner finds the shard missing."""
    world = World()
    parent = world.stream.list_shards()[0].shard_id
    dead = world.hold().lease
    lower, _ = world.stream.split(parent)
    world.stream.drop(parent)
    world.workload.audit()
    assert may_start(world, dead) is True
    assert may_start(world, world.lease_of(lower)) is False
    capsys.readouterr()
    end(world, dead)
    assert len(lost(capsys)) == 1
    assert may_start(world, world.lease_of(lower)) is True


def lost(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if "read_lost_gap_s" in line]


def test_a_shard_missing_before_its_end_was_read_is_reported_and_its_children_may_start(capsys):
    """Failure matrix: trimmed past the checkpoint."""
    world = World()
    parent = world.stream.list_shards()[0].shard_id
    world.stream.put([("a", b"{}")])
    world.stream.split(parent)
    world.stream.drop(parent)
    world.workload.audit()
    capsys.readouterr()
    end(world, world.lease_of(parent))
    assert len(lost(capsys)) == 1
    assert world.lease_of(parent).phase is Phase.ENDED


def test_a_replaced_stream_is_read_from_its_start_under_its_own_leases(capsys):
    """Failure matrix: stream re-created, emulator restarted empty."""
    world = World()
    old = world.lease()
    thread, _ = world.start_shard_consumer(world.hold(old))
    world.stream = world.workload._stream = MemoryStream(created_epoch=2)
    world.workload.audit()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert [(lease.group, lease.checkpoint) for lease in world.rows()] == [("scans@2", "")]
    assert world.leases.read_group("scans@1").leases[0].phase is Phase.OPEN
    assert lost(capsys) == []


def test_an_audit_adds_a_lease_that_was_deleted_by_hand_at_the_oldest_record():
    """Failure matrix: lease row deleted by hand."""
    world = World()
    world.leases.delete(world.lease())
    world.workload.audit()
    assert (world.lease().owner_id, world.lease().checkpoint, world.lease().epoch) == (None, "", 0)


def test_a_split_parent_that_the_local_aws_drops_unread_is_reported_as_lost(local_aws, capsys):
    """Failure matrix: trimmed past the checkpoint."""
    name = f"reshard-{time.time_ns()}"
    kinesis = build_client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    world = World(stream=KinesisStream(name))
    parent = world.lease()
    kinesis.put_record(StreamName=name, PartitionKey="a", Data=b'{"shipment_id": "a"}')
    kinesis.split_shard(
        StreamName=name, ShardToSplit=parent.entry.removeprefix("shard#"), NewStartingHashKey=str(2**127)
    )
    world.workload.audit()
    capsys.readouterr()
    end(world, parent)
    assert len(lost(capsys)) == 1
    rows = world.leases.read_group(parent.group)
    assert [lease.phase for lease in rows.leases] == [Phase.ENDED, Phase.OPEN, Phase.OPEN]
    assert all(world.workload.may_start(lease, rows) for lease in rows.leases[1:])
    kinesis.delete_stream(StreamName=name)


def test_the_audit_counts_shards_that_nobody_reads_without_children_that_wait_for_a_parent(capsys):
    world = World()

    def audit() -> list[int]:
        capsys.readouterr()
        world.workload.audit()
        lines = capsys.readouterr().out.splitlines()
        return [json.loads(line)["shards_unread"] for line in lines if '"shards_unread"' in line]

    shards = len(world.rows())
    assert audit() == [shards]
    held = [world.hold(lease) for lease in world.rows()]
    assert audit() == [0]
    world.stream.split(world.stream.list_shards()[0].shard_id)
    assert audit() == [0]
    held[0].release()
    assert audit() == [1]
