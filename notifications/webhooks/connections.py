"""Connections to checked addresses: names are resolved once, and the connection goes to what was checked."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import httpcore

from notifications.webhooks.guard import Target, check_addresses

# Addresses of one host that are tried, and the time for each in seconds.
ADDRESSES_TRIED = 3
CONNECT_SECONDS = 5.0
# A lookup cannot be cancelled, so its thread may be busy longer than its attempt.
RESOLVER_THREADS = 200

# Returns the addresses of a host name, in the order to try them. Raises `socket.gaierror`.
Resolve = Callable[[str, int], Awaitable[list[str]]]


def make_resolver() -> Resolve:
    """Return a resolver by the operating system, in threads of its own: slow names delay no others."""
    threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="webhook-names")

    async def resolve(host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    return resolve


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
                return await self._network.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
