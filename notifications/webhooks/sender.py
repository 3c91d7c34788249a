"""Sender of webhooks: one HTTP request to a checked address, limited in time and in size."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

import certifi
import httpcore
from django.conf import settings

from notifications.webhooks.connections import CheckedBackend, Resolve, make_resolver
from notifications.webhooks.guard import AddressRefusedError, Target, read_url
from notifications.webhooks.rules.verdicts import Answer, Fault

# Limit of an attempt in seconds: name, connection, TLS, request, and headers of the answer.
ATTEMPT_SECONDS = 15.0
# Bytes of an answer's body that are read, and seconds for them: the status has decided before. The connection
# is closed after them.
READ_BYTES = 64 * 1024
READ_SECONDS, CLOSE_SECONDS = 2.0, 1.0
HEADERS = {"Content-Type": "application/json", "User-Agent": "SwiftLogix-Webhooks/1", "Connection": "close"}


class Post(NamedTuple):
    """Request to send: URL of the endpoint, signed headers, and the exact bytes of the body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Sender:
    """Sends requests, each over a connection of its own, so that each attempt checks the address anew.

    It follows no redirect and reads no proxy from the environment. `allow_loopback` is for the local stage
    and for tests. `tls` holds the trusted authorities; without it those of `certifi`. `seconds` limits an
    attempt until the headers of its answer, `read_seconds` the body after them.
    """

    def __init__(
        self,
        resolve: Resolve,
        *,
        allow_loopback: bool = False,
        tls: ssl.SSLContext | None = None,
        seconds: float = ATTEMPT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._resolve, self._allow_loopback = resolve, allow_loopback
        self._seconds, self._read_seconds = seconds, read_seconds
        self._tls = tls or ssl.create_default_context(cafile=certifi.where())

    async def send(self, post: Post) -> Answer:
        """Send a request and return its answer, or the fault because of which there is none."""
        try:
            async with asyncio.timeout(self._seconds) as limit:
                target = read_url(post.url, allow_loopback=self._allow_loopback)
                return await self._exchange(target, post, limit)
        except AddressRefusedError:
            return Answer(0, fault=Fault.ADDRESS_REFUSED)
        except (
            OSError,
            UnicodeError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.NetworkError,
        ) as error:
            return Answer(0, fault=_name_fault(error))

    async def _exchange(self, target: Target, post: Post, limit: asyncio.Timeout) -> Answer:
        url = httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        backend = CheckedBackend(target, self._resolve, self._allow_loopback)
        connection = httpcore.AsyncHTTPConnection(url.origin, ssl_context=self._tls, network_backend=backend)
        headers = list((HEADERS | dict(post.headers)).items())
        async with connection, connection.stream("POST", url, headers=headers, content=post.body) as answer:
            # The status has come in time, so nothing after it may change the outcome.
            ends_in = self._read_seconds + CLOSE_SECONDS
            limit.reschedule(asyncio.get_running_loop().time() + ends_in)
            body = await _read_limited(answer, self._read_seconds)
            named = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, named.get(b"retry-after"), body)


def make_sender() -> Sender:
    """Return a sender as the settings say, with names resolved by the operating system."""
    return Sender(make_resolver(), allow_loopback=settings.WEBHOOKS_ALLOW_LOOPBACK)


async def _read_limited(answer: httpcore.Response, seconds: float) -> bytes:
    """Return the first bytes of the body; fewer if it breaks off, is not sent in time, or is no HTTP."""
    body = b""
    with suppress(TimeoutError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.NetworkError):
        async with asyncio.timeout(seconds):
            async for part in answer.aiter_stream():
                body += part[: READ_BYTES - len(body)]
                if len(body) >= READ_BYTES:
                    break
    return body


def _name_fault(error: Exception) -> Fault:
    if isinstance(error, httpcore.TimeoutException | TimeoutError):
        return Fault.TIMEOUT
    if isinstance(error, httpcore.ProtocolError):
        return Fault.NO_HTTP
    if isinstance(error, UnicodeError | socket.gaierror):
        return Fault.NAME_UNKNOWN
    return Fault.NO_TLS if _is_of_tls(error) else Fault.NO_CONNECTION


def _is_of_tls(error: BaseException | None) -> bool:
    """Return whether TLS caused the error; httpcore raises the same one for TLS and for TCP."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None
