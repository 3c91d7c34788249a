"""Reads of the public answer during a game day, as customers send them."""

import threading
import time
import urllib.error
import urllib.request

from django.conf import settings

# An address may read once a second.
EVERY_S = 2.0
TIMEOUT_S = 30.0


class PublicReads(threading.Thread):
    """Thread that reads the public answer of a shipment until it is stopped, and counts what failed."""

    def __init__(self, shipment_id: str) -> None:
        super().__init__(name="public-reads", daemon=True)
        self._url = f"{settings.PUBLIC_URL}/tracking/{shipment_id}"
        self._done = threading.Event()
        self.asked = 0
        self.failed: list[str] = []

    def stop(self) -> None:
        """End after the read that goes on."""
        self._done.set()
        self.join()

    def run(self) -> None:
        """Read again and again."""
        while not self._done.wait(EVERY_S):
            self.asked += 1
            began_at = time.monotonic()
            if fault := self._read():
                self.failed.append(f"{fault} after {time.monotonic() - began_at:.1f} s")

    def _read(self) -> str:
        """Return what went wrong; empty if nothing did."""
        try:
            with urllib.request.urlopen(self._url, timeout=TIMEOUT_S) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            return f"status {error.code}"
        except OSError as error:
            return f"no answer: {error}"
        return ""
