"""Watches the lease table during the whole run for checkpoints and epochs that go backwards."""

import threading

from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.environment import ChaosEnvironment
from workers.leases.ports import Lease

POLL_EVERY_S = 0.4


class LeaseMonitor(threading.Thread):
    """Checks the invariants I4 and I5 in the table: a shard's checkpoint and epoch never decrease."""

    def __init__(self, environment: ChaosEnvironment) -> None:
        super().__init__(name="lease-monitor", daemon=True)
        self._environment = environment
        self._last: dict[str, Lease] = {}
        self._done = threading.Event()
        self.polls = 0
        self.violations: list[str] = []

    def stop(self) -> None:
        """Stop polling and wait for the thread to end."""
        self._done.set()
        self.join()

    def run(self) -> None:
        """Poll the table; failed reads are skipped."""
        while not self._done.wait(POLL_EVERY_S):
            try:
                leases = self._environment.read_leases()
            except (BotoCoreError, ClientError):
                continue
            self.polls += 1
            for lease in leases:
                self._compare(lease)

    def _compare(self, lease: Lease) -> None:
        last = self._last.get(lease.entry, lease)
        if lease.checkpoint < last.checkpoint:
            self.violations.append(f"I4: {lease.entry} went back in epoch {lease.epoch}")
        if lease.epoch < last.epoch:
            self.violations.append(f"I5: {lease.entry} fell from epoch {last.epoch} to {lease.epoch}")
        self._last[lease.entry] = lease
