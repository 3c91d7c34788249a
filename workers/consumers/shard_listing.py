"""Last listing of the shards of a stream, shared by all shard consumers of a process."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workers.leases.ports import Lease, LeaseGroup, Phase
from workers.ports import Shard

SHARD_ROWS = "shard#"


class _Listed(NamedTuple):
    """One listing: shards by id, and the entries the lease table had before the stream was listed."""

    group: str
    shards: dict[str, Shard]
    earlier: frozenset[str]


class ShardListing:
    """Last listing. Safe to use from many threads: it is replaced as a whole, never changed."""

    def __init__(self) -> None:
        self._listed = _Listed("", {}, frozenset())

    @property
    def group(self) -> str:
        """Incarnation of the stream when it was listed; `""` before the first listing."""
        return self._listed.group

    def replace(self, group: str, shards: Sequence[Shard], earlier: Iterable[Lease] = ()) -> None:
        """Set a new listing. `earlier` are the leases read from the table before the stream was listed."""
        by_id = {shard.shard_id: shard for shard in shards}
        self._listed = _Listed(group, by_id, frozenset(lease.entry for lease in earlier))

    def is_replaced(self, lease: Lease) -> bool:
        """Return whether the stream has been deleted and created again since this lease's group was made."""
        return self.group not in ("", lease.group)

    def is_closed(self, shard_id: str) -> bool:
        """Return whether the shard was listed as closed: it takes no more records."""
        shard = self._listed.shards.get(shard_id)
        return shard is not None and shard.closed

    def may_start(self, lease: Lease, rows: LeaseGroup) -> bool:
        """Return whether all records of the shard's parents are done, so that their order is kept.

        That holds if each parent has ended in the table, or has no row there and is no longer listed. A row
        that is open or halted always blocks, even if its shard is gone: its owner may still have records to
        commit. The consumer that finds the shard gone reports the loss and ends the row; a dead owner is
        replaced as usual.
        """
        listed = self._listed
        phases = {row.entry: row.phase for row in rows.leases}
        # A listing older than the shard may lack its parents too.
        is_newer = listed.group == lease.group and (
            lease.entry in listed.earlier or lease.entry.removeprefix(SHARD_ROWS) in listed.shards
        )

        def is_done(parent: str) -> bool:
            phase = phases.get(f"{SHARD_ROWS}{parent}")
            return phase is Phase.ENDED or (phase is None and is_newer and parent not in listed.shards)

        return all(map(is_done, lease.parent_ids))


def make_lease(group: str, shard: Shard) -> Lease:
    """Return a free lease for a shard that has not been read yet."""
    return Lease(
        group,
        f"{SHARD_ROWS}{shard.shard_id}",
        parent_ids=shard.parent_ids,
        hash_from=shard.hash_from,
        hash_to=shard.hash_to,
    )
