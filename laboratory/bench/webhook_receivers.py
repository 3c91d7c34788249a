"""Receivers of webhooks on loopback: they answer at once, late, never or with a redirect, and note arrivals.

A listener stands where only refused addresses lead, and counts the connections that reach it.
"""

import asyncio
import re
import threading
import time
from collections.abc import Sequence
from typing import Self

from laboratory.bench.rebinding_names import ALLOWED, FORBIDDEN, SUFFIX
from laboratory.bench.webhook_load import MESSAGE_PREFIX, Kind, Load
from laboratory.local.addresses import LOOPBACK, find_free_port

# Less than an attempt may take, and much more than one usually takes.
SLOW_S = 5.0
BACKLOG = 4096
SECOND_NEVER_ANSWERS = 2
_HEAD = re.compile(rb"POST /(\w+)/(\d+) .*?webhook-id: *([\w-]+)", re.DOTALL | re.IGNORECASE)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Receivers:
    """Context manager that runs the receivers in a thread."""

    def __init__(self) -> None:
        # Times at which each webhook has arrived at its endpoint, by number of the endpoint and message id.
        self.arrivals: dict[tuple[int, str], list[float]] = {}
        self.forbidden = 0
        self.open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="receivers", daemon=True)
        self._closed_port = find_free_port()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def make_url(self, endpoint: int, kind: Kind) -> str:
        """Return the URL of an endpoint. Of dead ones every second has no server, the others never answer."""
        if kind is Kind.REBINDING:
            return f"http://e{endpoint}{SUFFIX}:{self._port}/{kind}/{endpoint}"
        is_closed = kind is Kind.DEAD and endpoint % SECOND_NEVER_ANSWERS == 0
        return f"http://{LOOPBACK}:{self._closed_port if is_closed else self._own_port}/{kind}/{endpoint}"

    def forget(self) -> None:
        """Forget what has arrived, and close the connections without an answer, before another run."""
        self.arrivals, self.forbidden = {}, 0
        asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result()

    async def _close_all(self) -> None:
        for transport in list(self.open):
            transport.abort()

    def list_delays(self, load: Load, *kinds: Kind) -> list[float]:
        """Return the seconds from when each change was due until it arrived at endpoints of these kinds."""
        found = [
            (self.arrivals.get((endpoint, MESSAGE_PREFIX + load.name_change(change))), change)
            for endpoint, change in load.list_webhooks(*kinds)
        ]
        return [times[0] - load.find_due(change) for times, change in found if times]

    def count_missing(self, load: Load, *kinds: Kind) -> int:
        """Return how many webhooks have not arrived at endpoints of these kinds."""
        return sum(1 for _ in load.list_webhooks(*kinds)) - len(self.list_delays(load, *kinds))

    def receive(self, endpoint: int, message_id: str) -> None:
        """Note that a webhook has arrived now."""
        self.arrivals.setdefault((endpoint, message_id), []).append(time.time())

    def count_repeats(self) -> int:
        """Return how many requests were not the first of their webhook."""
        return sum(len(times) - 1 for times in self.arrivals.values())

    async def _open(self) -> None:
        # The same port on two addresses: one that may be reached, and one that the forbidden one leads to.
        self._port, self._own_port = find_free_port(), find_free_port()
        start = self._loop.create_server
        await start(lambda: Connection(self), LOOPBACK, self._own_port, backlog=BACKLOG)
        await start(lambda: Connection(self), ALLOWED, self._port, backlog=BACKLOG)
        await start(lambda: _Forbidden(self), LOOPBACK, self._port, backlog=BACKLOG)

    @property
    def redirect(self) -> bytes:
        """Answer that redirects to a forbidden address."""
        location = f"Location: http://{FORBIDDEN}:{self._port}/redirected/0".encode()
        return b"HTTP/1.1 307 T\r\n" + location + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Forbidden(asyncio.Protocol):
    """Connection that must not exist."""

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and close it."""
        self._receivers.forbidden += 1
        transport.close()


class Connection(asyncio.Protocol):
    """Connection with one request, which is answered as the kind in its path says."""

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._receivers.open.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the transport."""
        assert self._transport is not None
        self._receivers.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Note the request when it is complete, and answer."""
        self._received += data
        head, end, body = self._received.partition(_END)
        length = _LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return
        found = _HEAD.match(head)
        assert found is not None
        kind, endpoint, message_id = Kind(found[1].decode()), int(found[2]), found[3].decode()
        self._receivers.receive(endpoint, message_id)
        if kind is Kind.SLOW:
            asyncio.get_running_loop().call_later(SLOW_S, self._answer, _OK)
        elif kind is not Kind.DEAD:
            self._answer(self._receivers.redirect if kind is Kind.REDIRECTING else _OK)

    def _answer(self, answer: bytes) -> None:
        assert self._transport is not None
        self._transport.write(answer)
        self._transport.close()


def make_load(
    receivers: Receivers, run: str, kinds: Sequence[Kind], changes: int, rate: float, begins_at: float
) -> Load:
    """Return a load whose endpoints are the receivers."""
    urls = [receivers.make_url(number, kind) for number, kind in enumerate(kinds)]
    return Load(run, urls, kinds, changes, rate, begins_at)
