"""What leasing needs from outside, as promises: a table of leases whose every write is conditional."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol


class Phase(StrEnum):
    """Whether an entry can be worked on: not once its shard has ended, nor while it is halted."""

    OPEN = "open"
    ENDED = "ended"
    HALTED = "halted"


class Lease(NamedTuple):
    """Who works on one entry (a shard, a listener's slot), and how far it has come.

    `entry` is the row's key as it stands: `shard#<shard_id>`, `slot#<n>`. `epoch` grows with every new owner,
    `heartbeat` with every renewal. `checkpoint` is the stream position up to which all is done,
    `checkpoint_sequence` the same as received, `checkpoint_arrived_at` when that record arrived,
    `caught_up_at` when a read last found nothing more to read. `parent_ids` and the range of hash keys
    (`hash_from` to `hash_to`, both included, decimal) are the shard's own. `expires_at`, epoch seconds, is
    when the table may forget the row. `renewed_at` is the writer's clock at its last write: for people to
    read, never to decide by.
    """

    group: str
    entry: str
    owner_id: str | None = None
    epoch: int = 0
    heartbeat: int = 0
    checkpoint: str = ""
    checkpoint_sequence: str = ""
    behind_ms: int = 0
    owner_changes: int = 0
    checkpoint_arrived_at: datetime | None = None
    caught_up_at: datetime | None = None
    renewed_at: datetime | None = None
    phase: Phase = Phase.OPEN
    halt_reason: str = ""
    parent_ids: tuple[str, ...] = ()
    hash_from: str = ""
    hash_to: str = ""
    expires_at: int | None = None


class Worker(NamedTuple):
    """A process that works on a group: how many leases it can hold, does hold, and whether it is leaving."""

    group: str
    worker_id: str
    heartbeat: int = 0
    slots: int = 0
    held: int = 0
    draining: bool = False
    version: str = ""
    expires_at: int = 0


class LeaseGroup(NamedTuple):
    """All there is of one group: its leases by entry, and the processes that work on it."""

    leases: list[Lease]
    workers: list[Worker]


# What became of a renewal: kept; refused, since the lease is somebody else's; or its row is gone.
Renewal = Literal["renewed", "lost", "gone"]


class LeaseTable(Protocol):
    """Keeps leases; every write is conditional, so that of two writers one is told it has lost.

    Raises `TransientError` when the table cannot be reached; a lost lease is an answer, not an error.
    """

    def read_group(self, group: str) -> LeaseGroup:
        """All leases and workers of a group (strongly consistent)."""
        ...

    def add_missing(self, leases: Sequence[Lease]) -> None:
        """Put each of these leases, as it is given, where there is none of its group and entry."""
        ...

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """The lease in the new owner's name, if it is open and untouched since `seen`; else None."""
        ...

    def renew_all(self, leases: Sequence[Lease], worker: Worker | None = None) -> list[Renewal]:
        """Keep heartbeat, checkpoint and lag of these leases, and the worker's own row, in one call.

        Each lease is kept on condition that owner and epoch are still these and its checkpoint does not step
        back. Values are set, not added: a renewal that timed out and landed may be sent again.
        """
        ...

    def release(self, lease: Lease) -> Lease | None:
        """Keep checkpoint and phase and give the lease up: the free lease; None when it was not ours.

        With phase `ended` or `halted` nobody can take it afterwards.
        """
        ...

    def resume(self, lease: Lease) -> bool:
        """Open a halted lease again; False when it is not halted."""
        ...
