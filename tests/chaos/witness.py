"""The witness: looks at the lease table all through the run, for checkpoints and epochs that step back."""

import threading

from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.stage import Stage
from workers.leases.ports import Lease

LOOK_EVERY_S = 0.4


class Witness(threading.Thread):
    """Sees I4 and I5 as far as the table shows them: per shard neither checkpoint nor epoch ever falls."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(name="witness", daemon=True)
        self._stage = stage
        self._last: dict[str, Lease] = {}
        self._done = threading.Event()
        self.looks = 0
        self.seen: list[str] = []

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self.join()

    def run(self) -> None:
        """Look again and again; a table that does not answer is looked at later."""
        while not self._done.wait(LOOK_EVERY_S):
            try:
                leases = self._stage.read_leases()
            except (BotoCoreError, ClientError):
                continue
            self.looks += 1
            for lease in leases:
                self._compare(lease)

    def _compare(self, lease: Lease) -> None:
        last = self._last.get(lease.entry, lease)
        if lease.checkpoint < last.checkpoint:
            self.seen.append(f"I4: {lease.entry} stepped back in epoch {lease.epoch}")
        if lease.epoch < last.epoch:
            self.seen.append(f"I5: {lease.entry} fell from epoch {last.epoch} to {lease.epoch}")
        self._last[lease.entry] = lease
