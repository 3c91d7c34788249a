"""Sides that bench push compares: a running web server, and how a frame is sent to one of its groups."""

import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from laboratory.bench.stub.ledger import FOUND_VERSION
from laboratory.bench.stub.states import StateTemplate
from laboratory.bench.web_server import WebServer
from tracking.adapters.fanout import FanoutPush
from tracking.adapters.hot_json import read_plain
from tracking.adapters.items import read_state
from tracking.answer import live_frame
from tracking.domain.shipment import ShipmentState
from tracking.live import shipment_group, state_message

# Versions are counted over all rows, since older ones are not sent.
_versions = itertools.count(FOUND_VERSION + 1)


class Size(NamedTuple):
    """Sockets in a group, and how many frames it is sent at which rate."""

    sockets: int
    frames: int
    rate: float


ONE, HUNDRED, THOUSAND = Size(1, 400, 200), Size(100, 60, 10), Size(1000, 20, 1)
WARM = Size(100, 10, 10)
QUICK = {ONE: Size(1, 200, 200), HUNDRED: Size(100, 30, 10), THOUSAND: Size(1000, 8, 1)}


def choose_sizes(*, quick: bool) -> list[Size]:
    """Return one, a hundred and a thousand sockets; a quick run sends them fewer frames."""
    return [QUICK[size] if quick else size for size in (ONE, HUNDRED, THOUSAND)]


class Layer(Protocol):
    """Channel layer."""

    def group_send(self, group: str, message: dict[str, Any]) -> Awaitable[None]:
        """Send a message to a group."""
        ...


@dataclass(frozen=True)
class Side:
    """Server, path of the socket of a shipment, and how a frame is sent to those who watch it."""

    server: WebServer
    path: str
    send: Callable[[str, dict[str, Any]], Awaitable[None]]
    # Whether a socket gets a frame when it connects.
    has_first_frame: bool = True
    # Memory before the first row, in KB: what earlier rows have freed is not given back to the system.
    began_with_kb: list[int] = field(default_factory=list)

    def make_path(self, shipment_id: str) -> str:
        """Return the path of the socket of a shipment."""
        return self.path.format(shipment_id)

    def note_memory(self) -> None:
        """Note the memory of the server's process, before the first row."""
        self.began_with_kb[:] = [read_memory_kb(self.server.pid)]

    def read_growth_kb(self) -> int:
        """Return by how much the memory of the server's process has grown since it was noted."""
        return read_memory_kb(self.server.pid) - self.began_with_kb[0]


class Frames:
    """Frames of one state, each with its number and the time at which it was due."""

    def __init__(self) -> None:
        item = read_plain(StateTemplate(datetime.now(UTC)).render("FRAME").encode())
        self.state: ShipmentState = read_state(item)
        self._frame = live_frame("state", self.state)

    def make(self, number: int, due_at: float | None = None) -> dict[str, Any]:
        """Return the frame with this number."""
        stamps = {"number": number, "due_at": time.monotonic() if due_at is None else due_at}
        return self._frame | {"v": next(_versions), "trace": stamps}


def send_by_fanout(push: FanoutPush, state: ShipmentState) -> Callable[..., Awaitable[None]]:
    """Return how the product sends a frame."""

    async def send(shipment_id: str, frame: dict[str, Any]) -> None:
        moved = msgspec.structs.replace(state, shipment_id=shipment_id, state_version=frame["v"])
        push.push_shipment(moved, frame)

    return send


def send_by_layer(layer: Layer) -> Callable[..., Awaitable[None]]:
    """Return how the product sends a frame with `LIVE_PUSH=channels`."""

    async def send(shipment_id: str, frame: dict[str, Any]) -> None:
        await layer.group_send(shipment_group(shipment_id), state_message(frame))

    return send


def send_plainly(layer: Layer) -> Callable[..., Awaitable[None]]:
    """Return how the peer sends a frame."""

    async def send(shipment_id: str, frame: dict[str, Any]) -> None:
        await layer.group_send(shipment_id, {"type": "frame.send", "frame": frame})

    return send


def read_memory_kb(pid: int) -> int:
    """Return the resident memory of a process."""
    pages = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in pages.splitlines() if line.startswith("VmRSS:")).split()[1])
