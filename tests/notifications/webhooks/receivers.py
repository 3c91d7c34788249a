"""Receivers of webhooks on loopback: real servers that answer, redirect, hang or never end."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import trustme

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks"
AUTHORITY = trustme.CA()
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def trust() -> ssl.SSLContext:
    """Return a context of a client that trusts the authority of these receivers alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    AUTHORITY.configure_trust(context)
    return context


class Receiver:
    """Running server: its port, the requests it got (head and body), and the TLS names it was asked for."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[tuple[bytes, bytes]] = []
        self.names: list[str | None] = []
        self.connections = 0
        self.closed = asyncio.Event()


@asynccontextmanager
async def receive(behave: Behaviour | bytes = OK, *, name: str | None = None):
    """Run a receiver that reads one request and then answers with these bytes, or behaves so.

    `name` is the host in its certificate; without it, it speaks plain HTTP.
    """
    receiver, tasks = Receiver(), set()

    async def serve(reader, writer):
        receiver.connections += 1
        tasks.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line
            )
            receiver.requests.append((head, await reader.readexactly(length)))
            if isinstance(behave, bytes):
                writer.write(behave)
                await writer.drain()
            else:
                await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            receiver.closed.set()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=_make_tls(receiver, name))
    receiver.port = server.sockets[0].getsockname()[1]
    async with AsyncExitStack() as stack:
        stack.callback(server.close)
        yield receiver
        for task in tasks:
            task.cancel()


def _make_tls(receiver: Receiver, name: str | None) -> ssl.SSLContext | None:
    if name is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    context.sni_callback = lambda _socket, asked, _context: receiver.names.append(asked)
    return context


async def hang(reader, writer) -> None:
    """Read until the client closes the connection, and never answer."""
    await reader.read()


async def never_end(reader, writer) -> None:
    """Answer 200 with a body that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def never_end_head(reader, writer) -> None:
    """Answer with headers that never end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 8192 + b"\r\n")
        await writer.drain()
