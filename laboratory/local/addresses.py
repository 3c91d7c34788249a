"""Finds free loopback ports, and waits until a server listens on one."""

import socket
import sys
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
# Bound and never listened on: as long as these sockets exist, the system gives their ports to no other
# process and to no outgoing connection. A server may still bind to the port, and again after a restart.
_reserved: list[socket.socket] = []


def find_free_port(preferred: int | None = None) -> int:
    """Return a free TCP port: the preferred one if it is free, else one that the system picks.

    The port is reserved until this process ends, so that a server can be started on it later, and restarted;
    a preferred one is reserved only against processes that prefer it too. Servers must bind with
    SO_REUSEADDR, as nearly all do. Only Linux allows both; elsewhere the port is merely free at this moment.
    """
    if preferred is not None and _claim(preferred):
        return preferred
    holder = _make_reusable()
    holder.bind((LOOPBACK, 0))
    port = int(holder.getsockname()[1])
    if sys.platform == "linux":
        _reserved.append(holder)
    else:
        holder.close()
    return port


def is_listening(port: int) -> bool:
    """Return whether a server on the port accepts connections."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def wait_until(condition: Callable[[], bool], timeout_s: float, every_s: float = 0.05) -> bool:
    """Poll until the condition holds; return False if it does not within `timeout_s` seconds."""
    ends_at = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(every_s)
    return True


def _claim(port: int) -> bool:
    """Return whether the port is free and no other process has claimed it; claim it until this one ends.

    Otherwise two demos that start together would both find the port free, and answer for each other. A name
    in the abstract namespace of Unix sockets belongs to one process, and goes with it.
    """
    if sys.platform != "linux":
        return _is_free(port)
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0swiftlogix-port-{port}")
    except OSError:
        claim.close()
        return False
    if not _is_free(port):
        claim.close()
        return False
    _reserved.append(claim)
    return True


def _is_free(port: int) -> bool:
    with _make_reusable() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _make_reusable() -> socket.socket:
    """Make a socket with SO_REUSEADDR, which can bind to a port whose last connections are still closing."""
    reusable = socket.socket()
    reusable.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return reusable
