"""HTTP load on kept connections: closed loop for costs per request, open loop for delays."""

import asyncio
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from laboratory.local.addresses import LOOPBACK

CONNECTIONS = 16
# A run that takes longer ends with the requests it has done, and its sample is void.
ENDS_AFTER_S = 120.0
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Moments(NamedTuple):
    """Times of one request, of the monotonic clock; `number` is its place among the requests.

    `assigned_at` is when a connection was free for it.
    """

    number: int
    due_at: float
    assigned_at: float
    sent_at: float
    received_at: float


@dataclass
class Answers:
    """Number of answers by status, and the times of each request; its delay counts from when it was due."""

    statuses: dict[int, int] = field(default_factory=dict)
    moments: list[Moments] = field(default_factory=list)

    @property
    def delays_s(self) -> list[float]:
        """Delays in the order of the answers."""
        return [one.received_at - one.due_at for one in self.moments]

    def add(self, status: int, moments: Moments) -> None:
        """Add one answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.moments.append(moments)


class Client(asyncio.Protocol):
    """Kept connection that has at most one request under way."""

    def __init__(self, report_answer: Callable[["Client", int], None]) -> None:
        self._report_answer = report_answer
        self._received = b""
        self.number = 0
        self.due_at = self.assigned_at = self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport for the requests."""
        self.transport: Any = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Report a connection that the server has closed as an answer of status 0."""
        del error
        self._report_answer(self, 0)

    def assign(self, number: int, due_at: float, now: float) -> None:
        """Note which request is sent next, and when it is due by the monotonic clock."""
        self.number, self.due_at, self.assigned_at = number, due_at, now

    def send(self, request: bytes) -> None:
        """Send the request."""
        self.sent_at = time.monotonic()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Report the status once head and body have arrived."""
        self._received += data
        end = self._received.find(HEAD_END)
        if end < 0:
            return
        head = self._received[:end].lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._received) >= end + len(HEAD_END) + length:
            self._received = b""
            self._report_answer(self, int(head[9:12]))


class _Load:
    """Requests that are sent over at most `CONNECTIONS` connections; `rate` is None for a closed loop."""

    def __init__(self, requests: Sequence[bytes], rate: float | None) -> None:
        self._waiting: Iterator[bytes] = iter(requests)
        self._left = len(requests)
        self._rate = rate
        self._sent = 0
        self._answers = Answers()
        self._idle: list[Client] = []

    async def run(self, port: int) -> Answers:
        """Send all requests; return the answers."""
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        clients = [
            (await loop.create_connection(lambda: Client(self._note), LOOPBACK, port))[1]
            for _ in range(min(CONNECTIONS, self._left))
        ]
        self._begins_at = time.monotonic()
        for client in clients:
            self._go_on(client)
        try:
            await asyncio.wait_for(self._done, ENDS_AFTER_S)
        except TimeoutError:
            self._answers.statuses[0] = self._answers.statuses.get(0, 0) + self._left
        for client in clients:
            client.transport.abort()
        return self._answers

    def _note(self, client: Client, status: int) -> None:
        if self._done.done():
            return
        self._answers.add(
            status,
            Moments(client.number, client.due_at, client.assigned_at, client.sent_at, time.monotonic()),
        )
        self._left -= 1
        if not self._left:
            self._done.set_result(None)
        elif status:
            self._go_on(client)

    def _go_on(self, client: Client) -> None:
        """Send the next request: at once, or when it is due."""
        request = next(self._waiting, None)
        if request is None:
            return
        now = time.monotonic()
        due_at = now if self._rate is None else self._begins_at + self._sent / self._rate
        client.assign(self._sent, due_at, now)
        self._sent += 1
        if due_at <= now:
            client.send(request)
        else:
            asyncio.get_running_loop().call_later(due_at - now, client.send, request)


def send_all(port: int, requests: Sequence[bytes], rate: float | None = None) -> Answers:
    """Send the requests over at most `CONNECTIONS` connections and return the answers.

    With a rate (requests a second) each request is due at a fixed time, and its delay counts from then, also
    while all connections are busy.
    """
    return asyncio.run(_Load(requests, rate).run(port))


def find_etag(port: int, path: str) -> str:
    """Return the ETag of the answer to a read of this path."""
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=ENDS_AFTER_S) as answer:
        return str(answer.headers["ETag"])


def make_request(path: str, *headers: str) -> bytes:
    """Return a GET request of this path with these header lines."""
    lines = (f"GET {path} HTTP/1.1", f"Host: {LOOPBACK}", *headers, "", "")
    return "\r\n".join(lines).encode()
