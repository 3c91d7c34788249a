"""The lease table in memory, for tests and simulation: same promises, nothing kept."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from workers.leases.ports import Lease, LeaseGroup, Phase, Renewal, Worker


def _read_clock() -> datetime:
    return datetime.now(UTC)


class MemoryLeases:
    """`LeaseTable` in dictionaries."""

    def __init__(self, now: Callable[[], datetime] = _read_clock) -> None:
        """`now` stamps writes for people to read and decides nothing."""
        self._now = now
        self._lock = threading.Lock()
        self._leases: dict[tuple[str, str], Lease] = {}
        self._workers: dict[tuple[str, str], Worker] = {}

    def read_group(self, group: str) -> LeaseGroup:
        """All leases of a group, by entry, and its workers."""
        with self._lock:
            leases = [lease for lease in self._leases.values() if lease.group == group]
            workers = [worker for worker in self._workers.values() if worker.group == group]
        return LeaseGroup(sorted(leases, key=lambda lease: lease.entry), workers)

    def add_missing(self, leases: Sequence[Lease]) -> None:
        """Put each of these leases, as it is given, where there is none of its group and entry."""
        with self._lock:
            for lease in leases:
                self._leases.setdefault((lease.group, lease.entry), lease)

    def delete(self, lease: Lease) -> None:
        """Take the lease's row out of the table, as a hand might."""
        with self._lock:
            del self._leases[lease.group, lease.entry]

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """The lease in the new owner's name, if it is open and untouched since `seen`; else None."""
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
        """Keep these leases and the worker's own row; per lease what became of it."""
        with self._lock:
            if worker is not None:
                self._workers[worker.group, worker.worker_id] = worker
            return [self._renew(lease) for lease in leases]

    def release(self, lease: Lease) -> Lease | None:
        """Keep checkpoint and phase and give the lease up: the free lease; None when it was not ours."""
        with self._lock:
            kept = self._leases.get((lease.group, lease.entry))
            if kept is None or not _is_still(kept, lease):
                return None
            # Not the heartbeat: a renewal on its way may have moved it on.
            return self._keep(lease._replace(owner_id=None, heartbeat=kept.heartbeat))

    def resume(self, lease: Lease) -> bool:
        """Open a halted lease again; False when it is not halted."""
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
        if not _is_still(kept, lease):
            return "lost"
        self._keep(lease)
        return "renewed"

    def _keep(self, lease: Lease) -> Lease:
        kept = lease._replace(renewed_at=self._now())
        self._leases[lease.group, lease.entry] = kept
        return kept


def _is_still(kept: Lease, lease: Lease) -> bool:
    return (kept.owner_id, kept.epoch) == (
        lease.owner_id,
        lease.epoch,
    ) and kept.checkpoint <= lease.checkpoint
