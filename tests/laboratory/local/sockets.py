"""Reads from /proc on which addresses processes listen."""

import socket
from collections.abc import Iterable
from pathlib import Path

LISTENING = "0A"


def listening_addresses(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Return (address, port) of every TCP socket these processes listen on, IPv4 and IPv6."""
    found = set()
    for pid in pids:
        inodes = _socket_inodes(pid)
        for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and fields[9] in inodes:
                    found.add(_decode(fields[1], family))
    return found


def descendants(pid: int) -> set[int]:
    """Return the process ids of all descendants."""
    children: dict[int, set[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(after_name[1]), set()).add(int(stat.parent.name))
    found, open_ = set(), {pid}
    while open_:
        found |= open_
        open_ = set().union(*(children.get(one, set()) for one in open_))
    return found - {pid}


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    return inodes


def _decode(text: str, family: int) -> tuple[str, int]:
    address, port = text.split(":")
    raw = bytes.fromhex(address)
    # Each 32-bit word is written in the byte order of the machine.
    words = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    return socket.inet_ntop(family, words), int(port, 16)
