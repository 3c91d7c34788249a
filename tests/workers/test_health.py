"""Health of the pipeline: verdicts on shards, workers and queues."""

from datetime import timedelta

import pytest

from tests.workers.records import NOON
from workers.health import (
    QueueHealth,
    ShardHealth,
    Verdict,
    WorkerHealth,
    judge_queues,
    judge_shard,
    judge_shards,
    judge_workers,
)
from workers.leases.policies import WORKER_ROW_KEPT_S
from workers.leases.ports import Lease, LeaseGroup, Phase, Worker
from workers.ports import QueueDepth


def make_lease(**fields) -> Lease:
    """Return a lease that was renewed a moment ago, by an owner without lag."""
    return Lease(
        **{
            "group": "scans@1",
            "entry": "shard#shardId-000000000001",
            "owner_id": "host-1:4102:9f3a01bc",
            "epoch": 3,
            "checkpoint_sequence": "49660123456789012345678901234567890123456789012345678901",
            "checkpoint_arrived_at": NOON - timedelta(seconds=9),
            "renewed_at": NOON - timedelta(seconds=1),
        }
        | fields
    )


def test_a_shard_is_shown_with_its_owner_its_lag_and_its_checkpoint():
    assert judge_shard(make_lease(behind_ms=640), NOON) == ShardHealth(
        shard_id="shardId-000000000001",
        owner="host-1:4102",
        owner_id="host-1:4102:9f3a01bc",
        epoch=3,
        is_read=True,
        behind=timedelta(milliseconds=640),
        silent_for=timedelta(seconds=1),
        checkpoint="…2345678901",
        checkpoint_sequence="49660123456789012345678901234567890123456789012345678901",
        checkpoint_age=timedelta(seconds=9),
        verdict=Verdict("good", "Keeping up"),
    )


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"behind_ms": 4_999}, Verdict("good", "Keeping up")),
        ({"behind_ms": 5_000}, Verdict("warn", "Behind")),
        ({"behind_ms": 30_000}, Verdict("bad", "Far behind")),
        ({"renewed_at": NOON - timedelta(seconds=5)}, Verdict("good", "Keeping up")),
        ({"renewed_at": NOON - timedelta(seconds=6)}, Verdict("bad", "No word")),
        ({"owner_id": None}, Verdict("bad", "Nobody reads")),
    ],
)
def test_the_verdict_on_a_shard_depends_on_its_owner_and_its_lag(fields, verdict):
    assert judge_shard(make_lease(**fields), NOON).verdict == verdict


@pytest.mark.parametrize("fields", [{"renewed_at": NOON - timedelta(minutes=1)}, {"owner_id": None}])
def test_the_lag_of_a_shard_without_an_owner_is_unknown(fields):
    shard = judge_shard(make_lease(behind_ms=0, **fields), NOON)
    assert (shard.is_read, shard.behind) == (False, None)


def test_a_clock_that_runs_ahead_gives_no_negative_ages():
    ahead = NOON + timedelta(seconds=2)
    shard = judge_shard(make_lease(renewed_at=ahead, checkpoint_arrived_at=ahead), NOON)
    assert (shard.silent_for, shard.checkpoint_age) == (timedelta(), timedelta())


def test_a_shard_that_was_never_read_has_no_ages_and_no_checkpoint():
    shard = judge_shard(Lease("scans@1", "shard#a"), NOON)
    assert (shard.silent_for, shard.checkpoint_age, shard.checkpoint, shard.owner) == (None, None, "", "")


def test_a_halted_shard_has_the_verdict_and_reason_of_its_halt():
    lease = make_lease(
        owner_id=None, phase=Phase.HALTED, halt_reason="KeyError on 11 of the last 1000 records"
    )
    shard = judge_shard(lease, NOON)
    assert (shard.verdict, shard.halt_reason) == (Verdict("bad", "Halted"), lease.halt_reason)


def test_an_ended_shard_is_not_shown():
    assert judge_shards([make_lease(owner_id=None, phase=Phase.ENDED)], NOON) == []


def test_workers_are_shown_while_they_renew_or_hold_a_shard():
    def make_worker(name: str, heard_s_ago: int, **fields) -> Worker:
        expires_at = int(NOON.timestamp()) - heard_s_ago + WORKER_ROW_KEPT_S
        return Worker("scans@1", f"host:{name}:random", slots=4, expires_at=expires_at, **fields)

    gone, silent, here = (
        make_worker("1", 60),
        make_worker("2", 60, held=1),
        make_worker("3", 1, draining=True),
    )
    group = LeaseGroup([make_lease(owner_id=silent.worker_id)], [here, silent, gone])
    assert judge_workers(group, NOON) == [
        WorkerHealth("host:2", "host:2:random", 1, 4, "", Verdict("good", "Working")),
        WorkerHealth("host:3", "host:3:random", 0, 4, "", Verdict("idle", "Leaving")),
    ]


def test_only_leases_of_shards_are_shown_as_shards():
    leases = [make_lease(), make_lease(entry="slot#0")]
    assert [shard.shard_id for shard in judge_shards(leases, NOON)] == ["shardId-000000000001"]


def test_each_queue_has_its_dead_letters_and_those_of_the_bus_come_last():
    depths = [
        QueueDepth("notify", 4, 2),
        QueueDepth("unrouted", 0, 0),
        QueueDepth("notify-dlq", 1, 1),
        QueueDepth("unrouted-dlq", 0, 0),
        QueueDepth("bus-dlq", 0, 0),
    ]
    assert judge_queues(depths) == [
        QueueHealth("notify", 4, 2, 2, listened=True, verdict=Verdict("bad", "Needs a hand")),
        QueueHealth("unrouted", 0, 0, 0, listened=False, verdict=Verdict("good", "Empty")),
        QueueHealth("bus-dlq", 0, 0, 0, listened=False, verdict=Verdict("good", "Empty")),
    ]


@pytest.mark.parametrize("name", ["unrouted", "bus-dlq"])
def test_a_message_in_a_queue_without_a_listener_is_a_failure(name):
    (queue,) = judge_queues([QueueDepth(name, 0, 1)])
    assert queue.verdict == Verdict("bad", "Needs a hand")


def test_a_long_queue_with_a_listener_is_healthy():
    (queue,) = judge_queues([QueueDepth("readmodel", 900, 10)])
    assert queue.verdict == Verdict("good", "Flowing")
