"""Connections to checked addresses: names are resolved once, and the connection goes to what was checked."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpcore

from notifications.webhooks.guard import Target, check_addresses

# Addresses of one host that are tried, and the time for each in seconds.
ADDRESSES_TRIED = 3
CONNECT_SECONDS = 5.0
# A lookup cannot be cancelled, so its thread may be busy longer than its attempt.
RESOLVER_THREADS = 200

# Bytes that are read from one connection: an answer with its headers is shorter, or it has no end.
MOST_READ = 256 * 1024

# Returns the addresses of a host name, in the order to try them. Raises `socket.gaierror`.
Resolve = Callable[[str, int], Awaitable[list[str]]]


def make_resolver() -> Resolve:
    """Return a resolver by the operating system, in threads of its own: slow names delay no others.

    Lookups of one name at the same time are one lookup, so a slow name occupies one thread. Each event loop
    has its own: a loop can end, as that of `asyncio.run` does, before its lookup does.
    """
    threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="webhook-names")
    in_progress: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    def look_up(host: str, port: int) -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def forget(name: tuple[str, int], done: asyncio.Future[list[str]]) -> None:
        if in_progress.get(name) is done:
            del in_progress[name]

    async def resolve(host: str, port: int) -> list[str]:
        name = host, port
        loop = asyncio.get_running_loop()
        lookup = in_progress.get(name)
        if lookup is None or lookup.get_loop() is not loop:
            lookup = loop.run_in_executor(threads, look_up, host, port)
            in_progress[name] = lookup
            lookup.add_done_callback(partial(forget, name))
        # An attempt whose time is over must not cancel the lookup for others.
        return await asyncio.shield(lookup)

    return resolve


class LimitedStream(httpcore.AsyncNetworkStream):
    """Stream of one attempt that reads `MOST_READ` bytes at most, whatever they are.

    Then it raises `httpcore.RemoteProtocolError`. So headers, interim answers and bodies cannot be endless.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream, self._left = stream, MOST_READ

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as below
        """Read some bytes."""
        if self._left <= 0:
            raise httpcore.RemoteProtocolError("the answer is too long")
        data = await self._stream.read(max_bytes, timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as below
        """Write all bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as below
    ) -> httpcore.AsyncNetworkStream:
        """Return the stream inside TLS, with the same limit."""
        return LimitedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream below knows about the connection."""
        return self._stream.get_extra_info(info)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Network backend of one attempt: resolves the host of its target once and checks every address.

    TLS still uses the name of the host. Raises `AddressRefusedError` before any connection.
    """

    def __init__(self, target: Target, resolve: Resolve, allow_loopback: bool) -> None:
        self._target, self._resolve, self._allow_loopback = target, resolve, allow_loopback
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - The signature is httpcore's.
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; the arguments are those of httpcore."""
        addresses = await self._resolve(host, port)
        check_addresses(addresses, self._target, allow_loopback=self._allow_loopback)
        failure: Exception = httpcore.ConnectError("the name has no address")
        seconds = min(timeout or CONNECT_SECONDS, CONNECT_SECONDS)
        for address in addresses[:ADDRESSES_TRIED]:
            try:
                stream = await self._network.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
                return LimitedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
