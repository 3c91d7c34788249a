"""Port of the lease table, where every write is conditional, and the records it holds."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol


class Phase(StrEnum):
    """Phase of a lease: only an open one can be taken. A halted one waits for an operator."""

    OPEN = "open"
    ENDED = "ended"
    HALTED = "halted"


class Lease(NamedTuple):
    """Row of the lease table: the owner of one entry (a shard, or a slot of a queue) and its progress.

    `entry` is the key as stored: `shard#<shard_id>` or `slot#<n>`. `epoch` grows with every new owner,
    `heartbeat` with every renewal. `checkpoint` is the stream position up to which all records are done,
    `checkpoint_sequence` its sequence number as received, `checkpoint_arrived_at` when that record arrived,
    `caught_up_at` when a read last reached the end of the shard. `parent_ids` and the range of hash keys
    (`hash_from` to `hash_to`, both included, decimal) describe the shard. `expires_at` (epoch seconds) is the
    TTL of the row. `renewed_at` is the writer's clock at its last write: it is shown to people, and no
    decision depends on it.
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
    """Process that works on a group: `slots` is how many leases it can hold, `held` how many it holds."""

    group: str
    worker_id: str
    heartbeat: int = 0
    slots: int = 0
    held: int = 0
    draining: bool = False
    version: str = ""
    expires_at: int = 0


class LeaseGroup(NamedTuple):
    """Rows of one group: its leases in order of entry, and the processes that work on it."""

    leases: list[Lease]
    workers: list[Worker]


# Result of a renewal: stored; refused, because another process owns the lease; or the row does not exist.
Renewal = Literal["renewed", "lost", "gone"]


class LeaseTable(Protocol):
    """Store of leases. Every write is conditional, so of two concurrent writers one learns that it has lost.

    Raises `TransientError` when the table cannot be reached. A lost lease is a return value, not an error.
    """

    def read_group(self, group: str) -> LeaseGroup:
        """Return all leases and workers of a group (strongly consistent read)."""
        ...

    def add_missing(self, leases: Sequence[Lease]) -> None:
        """Insert each of these leases, unless a row with its group and entry exists."""
        ...

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """Make `owner_id` the owner; return the lease, or None if it is not open or not as in `seen`."""
        ...

    def renew_all(self, leases: Sequence[Lease], worker: Worker | None = None) -> list[Renewal]:
        """Store heartbeat, checkpoint and lag of these leases, and the row of `worker`, in one call.

        Each lease is stored if owner and epoch in the table are the same and the checkpoint does not step
        back. Values are set, not added, so a renewal that timed out after it was applied may be sent again.
        Return one result per lease, in order.
        """
        ...

    def release(self, lease: Lease) -> Lease | None:
        """Store checkpoint and phase, remove the owner, and return the free lease; None if it was not ours.

        With phase `ended` or `halted` no process can take it afterwards.
        """
        ...

    def resume(self, lease: Lease) -> bool:
        """Open a halted lease again; return False if it is not halted."""
        ...
