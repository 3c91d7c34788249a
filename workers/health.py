"""Health of the pipeline as shown to operators: shards, workers and queues, each with a verdict."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from workers.leases.policies import WORKER_ROW_KEPT_S
from workers.leases.ports import Lease, LeaseGroup, Phase, Worker
from workers.ports import QueueDepth

Tone = Literal["good", "warn", "bad", "idle"]

# A lease is renewed every second and may be taken after five; its owner is gone if it is silent for longer.
SILENT_AFTER = timedelta(seconds=5)
LAG_WARN = timedelta(seconds=5)
LAG_BAD = timedelta(seconds=30)
_SHARD_ROWS = "shard#"
_DEAD_LETTERS = "-dlq"
# Queues without a listener: any message in them is a failure.
UNROUTED = "unrouted"
BUS_DEAD_LETTERS = "bus-dlq"
_DIGITS_SHOWN = 10


class Verdict(NamedTuple):
    """Verdict on something: a tone and a word."""

    tone: Tone
    word: str


class ShardHealth(NamedTuple):
    """Health of a shard: owner, lag, time since the last renewal and since the checkpointed record arrived.

    Spans are None where they are unknown, as the lag of a shard without an owner. `halt_reason` is set for a
    halted shard.
    """

    shard_id: str
    owner: str
    owner_id: str
    epoch: int
    is_read: bool
    behind: timedelta | None
    silent_for: timedelta | None
    checkpoint: str
    checkpoint_sequence: str
    checkpoint_age: timedelta | None
    verdict: Verdict
    halt_reason: str = ""


class QueueHealth(NamedTuple):
    """Health of a queue with its dead letters; `listened` is False for a queue without a listener."""

    name: str
    waiting: int
    in_flight: int
    dead_letters: int
    listened: bool
    verdict: Verdict


class WorkerHealth(NamedTuple):
    """Health of a process that reads shards: held leases, slots, and whether it drains."""

    worker: str
    worker_id: str
    held: int
    slots: int
    version: str
    verdict: Verdict


def judge_shards(leases: Iterable[Lease], now: datetime) -> list[ShardHealth]:
    """Return the health of every shard among the leases, in order; ended shards are left out."""
    return [judge_shard(lease, now) for lease in list_open_shards(leases)]


def list_open_shards(leases: Iterable[Lease]) -> list[Lease]:
    """Return those of the leases that are shards which have not ended, in order."""
    return [
        lease for lease in leases if lease.entry.startswith(_SHARD_ROWS) and lease.phase is not Phase.ENDED
    ]


def judge_workers(group: LeaseGroup, now: datetime) -> list[WorkerHealth]:
    """Return the processes that hold a shard or have renewed their row a moment ago."""
    owners = {lease.owner_id for lease in group.leases}
    return [
        _judge_worker(worker)
        for worker in sorted(group.workers, key=lambda worker: worker.worker_id)
        if worker.worker_id in owners or _is_recent(worker, now)
    ]


def judge_shard(lease: Lease, now: datetime) -> ShardHealth:
    """Return the health of the shard of this lease."""
    silent_for = _age(lease.renewed_at, now)
    is_read = lease.owner_id is not None and (silent_for is None or silent_for <= SILENT_AFTER)
    behind = timedelta(milliseconds=lease.behind_ms) if is_read else None
    return ShardHealth(
        shard_id=lease.entry.removeprefix(_SHARD_ROWS),
        owner=_shorten_owner(lease.owner_id),
        owner_id=lease.owner_id or "",
        epoch=lease.epoch,
        is_read=is_read,
        behind=behind,
        silent_for=silent_for,
        checkpoint=_shorten_number(lease.checkpoint_sequence),
        checkpoint_sequence=lease.checkpoint_sequence,
        checkpoint_age=_age(lease.checkpoint_arrived_at, now),
        verdict=_judge_reading(lease, behind),
        halt_reason=lease.halt_reason,
    )


def judge_queues(depths: Sequence[QueueDepth]) -> list[QueueHealth]:
    """Return the health of every queue with its dead letters; the dead letters of the bus come last."""
    dead = {depth.name: _count(depth) for depth in depths if depth.name.endswith(_DEAD_LETTERS)}
    judged = [
        _judge_queue(depth, dead.get(depth.name + _DEAD_LETTERS, 0))
        for depth in depths
        if depth.name not in dead
    ]
    return judged + [_judge_queue(depth, 0) for depth in depths if depth.name == BUS_DEAD_LETTERS]


def judge_lag(behind: timedelta | None) -> Verdict:
    """Return the verdict on a lag; None means that it is unknown."""
    if behind is None:
        return Verdict("bad", "No word")
    if behind >= LAG_BAD:
        return Verdict("bad", "Far behind")
    return Verdict("warn", "Behind") if behind >= LAG_WARN else Verdict("good", "Keeping up")


def _judge_reading(lease: Lease, behind: timedelta | None) -> Verdict:
    if lease.phase is Phase.HALTED:
        return Verdict("bad", "Halted")
    return judge_lag(behind) if lease.owner_id else Verdict("bad", "Nobody reads")


def _judge_worker(worker: Worker) -> WorkerHealth:
    verdict = Verdict("idle", "Leaving") if worker.draining else Verdict("good", "Working")
    name = _shorten_owner(worker.worker_id)
    return WorkerHealth(name, worker.worker_id, worker.held, worker.slots, worker.version, verdict)


def _is_recent(worker: Worker, now: datetime) -> bool:
    """Return whether its row was written a moment ago: each write sets the expiry a fixed time ahead."""
    written_at = worker.expires_at - WORKER_ROW_KEPT_S
    return now.timestamp() - written_at <= SILENT_AFTER.total_seconds()


def _judge_queue(depth: QueueDepth, dead_letters: int) -> QueueHealth:
    listened = depth.name not in (UNROUTED, BUS_DEAD_LETTERS)
    stuck = dead_letters if listened else _count(depth) + dead_letters
    verdict = Verdict("bad", "Needs a hand") if stuck else Verdict("good", "Flowing" if listened else "Empty")
    return QueueHealth(depth.name, depth.waiting, depth.in_flight, dead_letters, listened, verdict)


def _count(depth: QueueDepth) -> int:
    return depth.waiting + depth.in_flight


def _age(moment: datetime | None, now: datetime) -> timedelta | None:
    # The clocks of hosts differ a little: a time in the future counts as now.
    return None if moment is None else max(timedelta(), now - moment)


def _shorten_owner(owner_id: str | None) -> str:
    """Return `host:pid` of `host:pid:random`."""
    return (owner_id or "").rsplit(":", 1)[0]


def _shorten_number(sequence: str) -> str:
    """Return the last digits, which are the ones that change."""
    return sequence if len(sequence) <= _DIGITS_SHOWN else "…" + sequence[-_DIGITS_SHOWN:]
