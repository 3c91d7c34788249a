"""WebSocket clients of a bench: many sockets in one event loop, which note what arrives and when."""

import asyncio
import base64
import os
import re
import resource
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from laboratory.local.addresses import LOOPBACK

CONNECTED_WITHIN_S = 60.0
ACCEPTED = b"HTTP/1.1 101"
HEAD_END = b"\r\n\r\n"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FINAL = MASKED = 0x80
# A client masks its frames; this mask changes nothing.
MASK = bytes(4)
SHORT, MEDIUM, LONG = 126, 126, 127
# Pushed frames carry the time of the monotonic clock at which they were due, and their number.
_PUSHED = re.compile(rb'"number": ?(\d+), ?"due_at": ?([0-9.]+)')


# Returns the number of a frame and its delay in seconds, if that is known; None for a frame without a number.
ReadFrame = Callable[[bytes], tuple[int, float | None] | None]


def read_stamped(payload: bytes) -> tuple[int, float] | None:
    """Read a frame that a bench has stamped with its number and the time at which it was due."""
    pushed = _PUSHED.search(payload)
    return (int(pushed[1]), time.monotonic() - float(pushed[2])) if pushed else None


@dataclass
class Arrivals:
    """Pushed frames as they arrived: how often each (socket, number), and the delays in seconds."""

    times: Counter[tuple[int, int]] = field(default_factory=Counter)
    delays_s: list[float] = field(default_factory=list)

    def count_missing(self, sent: Sequence[tuple[int, int]]) -> int:
        """Return how many of these (socket, number) have not arrived."""
        return sum(1 for one in sent if one not in self.times)

    def count_doubled(self) -> int:
        """Return how many arrived more than once."""
        return sum(1 for times in self.times.values() if times > 1)


class Server(NamedTuple):
    """Web server whose sockets are opened; with `tls` its certificate is checked."""

    port: int
    host: str = LOOPBACK
    tls: bool = False


class Socket(asyncio.Protocol):
    """One client. It is ready at its first frame, or when accepted if `needs_frame` is false."""

    def __init__(
        self, number: int, request: bytes, arrivals: Arrivals, read_frame: ReadFrame, *, needs_frame: bool
    ) -> None:
        self._number, self._request, self._arrivals = number, request, arrivals
        self._read_frame, self._needs_frame = read_frame, needs_frame
        self._received = b""
        self._is_accepted = False
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[bool] = loop.create_future()
        self.began_at = time.monotonic()
        self.ready_after_s = 0.0
        self.pings = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake."""
        self.transport: Any = transport
        self.transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        """Note a socket that ends before it is ready as refused."""
        del error
        self._set_ready(ready=False)

    def data_received(self, data: bytes) -> None:
        """Read the answer to the handshake, then frames."""
        self._received += data
        if not self._is_accepted:
            end = self._received.find(HEAD_END)
            if end < 0:
                return
            if not self._received.startswith(ACCEPTED):
                self.transport.abort()
                return
            self._is_accepted = True
            self._received = self._received[end + len(HEAD_END) :]
            if not self._needs_frame:
                self._set_ready(ready=True)
        self._read_frames()

    def _read_frames(self) -> None:
        while len(self._received) > 1:
            begin, length = _measure(self._received)
            if length < 0 or len(self._received) < begin + length:
                return
            kind, payload = self._received[0] & 0x0F, self._received[begin : begin + length]
            self._received = self._received[begin + length :]
            if kind == TEXT:
                self._take(payload)
            elif kind == PING:
                # A server closes the socket of a client that does not answer.
                self.pings += 1
                self.transport.write(make_pong(payload))
            elif kind == CLOSE:
                self.transport.abort()

    def _take(self, payload: bytes) -> None:
        self._set_ready(ready=True)
        read = self._read_frame(payload)
        if read is None:
            return
        number, delay_s = read
        self._arrivals.times[self._number, number] += 1
        if delay_s is not None:
            self._arrivals.delays_s.append(delay_s)

    def _set_ready(self, *, ready: bool) -> None:
        if not self.ready.done():
            self.ready_after_s = time.monotonic() - self.began_at
            self.ready.set_result(ready)


def make_pong(payload: bytes) -> bytes:
    """Return the answer of a client to a ping with this payload."""
    return bytes([FINAL | PONG, MASKED | len(payload)]) + MASK + payload


def _measure(received: bytes) -> tuple[int, int]:
    """Return where the first frame's payload begins and how long it is; a length of -1 if that is unknown."""
    length = received[1] & 0x7F
    if length < SHORT:
        return 2, length
    width = 2 if length == MEDIUM else 8
    if len(received) < 2 + width:
        return 0, -1
    return 2 + width, int.from_bytes(received[2 : 2 + width])


class Sockets:
    """Async context manager that connects a socket per path, so many at once, and closes them at the end."""

    def __init__(
        self,
        server: Server,
        paths: Sequence[str],
        *,
        needs_frame: bool,
        at_once: int = 1000,
        read_frame: ReadFrame = read_stamped,
    ) -> None:
        self._server, self._paths, self._needs_frame = server, paths, needs_frame
        self._tls = ssl.create_default_context() if server.tls else None
        self._at_once, self._read_frame = at_once, read_frame
        self.arrivals = Arrivals()
        self.open: list[Socket] = []
        self.refused = 0

    async def __aenter__(self) -> Self:
        allow_files(2 * len(self._paths) + 1000)
        numbered = list(enumerate(self._paths))
        for start in range(0, len(numbered), self._at_once):
            opened = [self._connect(number, path) for number, path in numbered[start : start + self._at_once]]
            await asyncio.gather(*opened)
            async with asyncio.timeout(CONNECTED_WITHIN_S):
                await asyncio.gather(*(one.ready for one in self.open))
        self.refused += sum(1 for one in self.open if not one.ready.result())
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in self.open:
            one.transport.abort()

    async def _connect(self, number: int, path: str) -> None:
        server, read = self._server, self._read_frame
        request = make_handshake(server, path, number)
        try:
            _, socket = await asyncio.get_running_loop().create_connection(
                lambda: Socket(number, request, self.arrivals, read, needs_frame=self._needs_frame),
                server.host,
                server.port,
                ssl=self._tls,
            )
        except OSError:
            self.refused += 1
        else:
            self.open.append(socket)


def make_handshake(server: Server, path: str, number: int) -> bytes:
    """Return the request of the client with this number; it claims an address of its own."""
    address = f"11.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {server.host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Origin: {'https' if server.tls else 'http'}://{server.host}",
        f"X-Forwarded-For: {address}",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def allow_files(number: int) -> None:
    """Let this process, and those it starts from now on, open so many files if the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))
