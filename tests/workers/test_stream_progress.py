"""Progress of reading the stream: the slowest open shard counts, and shards without a reader are counted."""

from datetime import timedelta

import pytest

from tests.workers.records import NOON
from tracking.lookup_ports import StreamProgress
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.leases.ports import Lease, Phase
from workers.stream_progress import LeaseProgress, find_progress


def ago(seconds):
    return NOON - timedelta(seconds=seconds)


def make_lease(shard="a", **fields) -> Lease:
    """Return the lease of a shard that was renewed and read to its end a second ago."""
    known = {"owner_id": "host-1:4102:9f3a01bc", "renewed_at": ago(1), "caught_up_at": ago(1.2)}
    return Lease(**{"group": "scans@1", "entry": f"shard#{shard}"} | known | fields)


@pytest.mark.parametrize(
    ("fields", "progress"),
    [
        ({}, StreamProgress(ago(1), 1, 0)),
        ({"caught_up_at": ago(900)}, StreamProgress(ago(1), 1, 0)),
        ({"caught_up_at": ago(900), "behind_ms": 7_000}, StreamProgress(ago(8), 1, 0)),
        ({"renewed_at": ago(6), "caught_up_at": ago(6.2)}, StreamProgress(ago(6), 1, 1)),
        (
            {"owner_id": None, "renewed_at": ago(90), "caught_up_at": ago(92), "behind_ms": 500},
            StreamProgress(ago(90.5), 1, 1),
        ),
        ({"phase": Phase.HALTED, "owner_id": None}, StreamProgress(ago(1), 1, 1)),
        ({"owner_id": None, "renewed_at": None, "caught_up_at": None}, StreamProgress(None, 1, 1)),
    ],
    ids=["read", "busy", "behind", "its reader is silent", "without a reader", "halted", "never read"],
)
def test_a_shard_was_read_until_its_last_read(fields, progress):
    assert find_progress([make_lease(**fields)], NOON) == progress


def test_the_slowest_shard_counts_and_ended_shards_and_slots_do_not():
    leases = [
        make_lease("a"),
        make_lease("b", renewed_at=ago(41), caught_up_at=ago(41.2)),
        make_lease("c", phase=Phase.ENDED, renewed_at=ago(900), caught_up_at=ago(900)),
        make_lease(entry="slot#1", caught_up_at=ago(900)),
    ]
    assert find_progress(leases, NOON) == StreamProgress(ago(41), shards=2, stopped=1)
    never = make_lease("d", owner_id=None, renewed_at=None, caught_up_at=None)
    assert find_progress([*leases, never], NOON) == StreamProgress(None, shards=3, stopped=2)
    assert find_progress([], NOON) is None


def test_the_leases_of_the_stream_are_read():
    stream, table = MemoryStream("scans"), MemoryLeases(now=lambda: ago(2))
    lease_progress = LeaseProgress(table, stream, now=lambda: NOON)
    assert lease_progress.read_progress() is None
    group = stream.incarnation()
    table.add_missing([make_lease(group=group, owner_id=None), make_lease(group="scans@other")])
    table.take(table.read_group(group).leases[0]._replace(), "host-1:1:a")
    assert lease_progress.read_progress() == StreamProgress(ago(1.2), shards=1, stopped=0)
