"""Lease table in memory, for tests and simulation, with the same guarantees."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from workers.leases.ports import Lease, LeaseGroup, Phase, Renewal, Worker


def _read_clock() -> datetime:
    return datetime.now(UTC)


class MemoryLeases:
    """`LeaseTable` in dictionaries."""

    def __init__(self, now: Callable[[], datetime] = _read_clock) -> None:
        """`now` gives the time of writes, which is shown to people."""
        self._now = now
        self._lock = threading.Lock()
        self._leases: dict[tuple[str, str], Lease] = {}
        self._workers: dict[tuple[str, str], Worker] = {}

    def read_group(self, group: str) -> LeaseGroup:
        """Return all leases of a group, by entry, and its workers."""
        with self._lock:
            leases = [lease for lease in self._leases.values() if lease.group == group]
            workers = [worker for worker in self._workers.values() if worker.group == group]
        return LeaseGroup(sorted(leases, key=lambda lease: lease.entry), workers)

    def add_missing(self, leases: Sequence[Lease]) -> None:
        """Insert each of these leases, unless one with its group and entry exists."""
        with self._lock:
            for lease in leases:
                self._leases.setdefault((lease.group, lease.entry), lease)

    def delete(self, lease: Lease) -> None:
        """Delete the row of the lease, as an operator might by hand."""
        with self._lock:
            del self._leases[lease.group, lease.entry]

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """Make `owner_id` the owner; return the lease, or None if it is not open or not as in `seen`."""
        with self._lock:
            lease = self._leases.get((seen.group, seen.entry))
            if lease is None or lease.phase is not Phase.OPEN:
                return None
            if (lease.epoch, lease.heartbeat) != (seen.epoch, seen.heartbeat):
                return None
            return self._keep(
                lease._replace(
                    owner_id=owner_id,
                    epoch=lease.epoch + 1,
                    heartbeat=lease.heartbeat + 1,
                    owner_changes=lease.owner_changes + 1,
                )
            )

    def renew_all(self, leases: Sequence[Lease], worker: Worker | None = None) -> list[Renewal]:
        """Store these leases and the row of `worker`; return one result per lease."""
        with self._lock:
            if worker is not None:
                self._workers[worker.group, worker.worker_id] = worker
            return [self._renew(lease) for lease in leases]

    def release(self, lease: Lease) -> Lease | None:
        """Store checkpoint and phase, remove the owner; return the free lease, or None if it was not ours."""
        with self._lock:
            kept = self._leases.get((lease.group, lease.entry))
            if kept is None or not _is_still_owned(kept, lease):
                return None
            # The heartbeat is left out: a renewal in flight may have incremented it.
            return self._keep(lease._replace(owner_id=None, heartbeat=kept.heartbeat))

    def resume(self, lease: Lease) -> bool:
        """Open a halted lease again; return False if it is not halted."""
        with self._lock:
            kept = self._leases.get((lease.group, lease.entry))
            if kept is None or kept.phase is not Phase.HALTED:
                return False
            self._leases[lease.group, lease.entry] = kept._replace(phase=Phase.OPEN, halt_reason="")
            return True

    def _renew(self, lease: Lease) -> Renewal:
        kept = self._leases.get((lease.group, lease.entry))
        if kept is None:
            return "gone"
        if not _is_still_owned(kept, lease):
            return "lost"
        self._keep(lease)
        return "renewed"

    def _keep(self, lease: Lease) -> Lease:
        kept = lease._replace(renewed_at=self._now())
        self._leases[lease.group, lease.entry] = kept
        return kept


def _is_still_owned(kept: Lease, lease: Lease) -> bool:
    return (kept.owner_id, kept.epoch) == (
        lease.owner_id,
        lease.epoch,
    ) and kept.checkpoint <= lease.checkpoint
