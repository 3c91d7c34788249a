"""Loopback addresses: free ports, and waiting until somebody listens on one."""

import socket
import sys
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
# Bound and never listened on: while they live the system gives their ports to nobody, neither to another
# who asks for a free one nor to a connection on its way out. A server may join them, and be started anew.
_held: list[socket.socket] = []


def find_free_port(preferred: int | None = None) -> int:
    """A TCP port nobody listens on: the preferred one if it is free, else one the system picks.

    What the system picks is held for this process, until it ends, so that a server may be started on it
    later and again. Servers must bind with SO_REUSEADDR, as nearly all do. Only Linux lets a server join a
    port that is held in this way; elsewhere the port is merely free at this moment.
    """
    if preferred is not None and _is_free(preferred):
        return preferred
    holder = _make_reusable()
    holder.bind((LOOPBACK, 0))
    port = int(holder.getsockname()[1])
    if sys.platform == "linux":
        _held.append(holder)
    else:
        holder.close()
    return port


def is_listening(port: int) -> bool:
    """Whether a connection to the port is taken."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def wait_until(condition: Callable[[], bool], timeout_s: float, every_s: float = 0.05) -> bool:
    """Ask again and again until the condition holds; False when it does not within `timeout_s` seconds."""
    ends_at = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(every_s)
    return True


def _is_free(port: int) -> bool:
    with _make_reusable() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _make_reusable() -> socket.socket:
    """A socket for which a port whose last connections are still closing is free, as it is for a server."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made
