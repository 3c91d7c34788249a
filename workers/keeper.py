"""The thread that renews every lease of this process once a second."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from workers.leases import RENEW_EVERY_S, HeldLease

log = structlog.get_logger()


class Keeper:
    """Renews the leases put into its keeping; its thread starts with the first and holds up no exit."""

    def __init__(self) -> None:
        self._held: set[HeldLease] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def keeping(self, held: HeldLease) -> Iterator[HeldLease]:
        """Keep the lease renewed while the block runs; release it at the end."""
        with self._lock:
            self._held.add(held)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
                self._thread.start()
        try:
            yield held
        finally:
            with self._lock:
                self._held.discard(held)
            held.release()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(RENEW_EVERY_S):
            with self._lock:
                held = list(self._held)
            for lease in held:
                try:
                    lease.renew()
                except Exception:
                    log.exception("lease", outcome="renewal failed", entry=lease.lease.entry)
