"""HTTP over kept connections: urllib3 opens and verifies them, httptools parses the responses.

urllib3's own pool builds a request, a response and their header objects for each call. That takes three times
the CPU of the exchange itself. Errors are those of botocore, so callers need not know who made a call.
"""

import socket
import ssl
from collections import deque
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httptools
import urllib3.exceptions
from botocore import exceptions as aws
from botocore.httpsession import create_urllib3_context, get_cert_path
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.wait import wait_for_read

from tracking.turns import TURNS

_BYTES_PER_READ = 256 * 1024
_SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
]


class Endpoint(NamedTuple):
    """Address of a service, timeouts in seconds, and a file of CA certificates (None: botocore's)."""

    url: str
    connect_timeout: float
    read_timeout: float
    ca_bundle: str | None = None


class Response(NamedTuple):
    """Response to a request; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class KeptConnections:
    """Connections to one endpoint; as many as are used at once, of which at most `kept` stay open."""

    def __init__(self, endpoint: Endpoint, kept: int) -> None:
        self._endpoint = endpoint
        self._idle: deque[HTTPConnection] = deque(maxlen=kept)
        parts = urlsplit(endpoint.url)
        self._address: dict[str, Any] = {"host": parts.hostname or "", "port": parts.port}
        self._tls = _make_context(endpoint.ca_bundle) if parts.scheme == "https" else None

    def send(self, request: bytes) -> HTTPConnection:
        """Send a whole request, over a kept connection if one is still open; return the connection.

        `receive` must follow. Both make one attempt, and raise the errors of botocore: `ConnectTimeoutError`,
        `EndpointConnectionError`, `SSLError`, `ReadTimeoutError`, `ConnectionClosedError`, `HTTPClientError`.
        """
        connection = self._take()
        try:
            connection.sock.sendall(request)
        except OSError as error:
            connection.close()
            raise _convert(error, self._endpoint.url) from error
        return connection

    def receive(self, connection: HTTPConnection) -> Response:
        """Return the response to the request that was sent on this connection."""
        reader = _Reader()
        try:
            _read_response(connection.sock, reader)
        except (OSError, httptools.HttpParserError) as error:
            raise _convert(error, self._endpoint.url) from error
        finally:
            self._give_back(connection, stays_open=reader.keeps_open)
            reader.let_go()
        return Response(reader.status, reader.headers, b"".join(reader.parts))

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> HTTPConnection:
        """Return the connection that was used last and is still open, else a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.is_connected:
                return connection
            connection.close()
        return self._connect()

    def _give_back(self, connection: HTTPConnection, *, stays_open: bool) -> None:
        if stays_open and len(self._idle) < (self._idle.maxlen or 0):
            self._idle.append(connection)
        else:
            connection.close()

    def _connect(self) -> HTTPConnection:
        url, limit = self._endpoint.url, self._endpoint.connect_timeout
        arguments = self._address | {"timeout": limit, "socket_options": _SOCKET_OPTIONS}
        connection = (
            HTTPConnection(**arguments)
            if self._tls is None
            else HTTPSConnection(**arguments, ssl_context=self._tls, cert_reqs="CERT_REQUIRED")
        )
        try:
            with TURNS.letting_others():
                connection.connect()
        except urllib3.exceptions.NewConnectionError as error:
            raise aws.EndpointConnectionError(endpoint_url=url, error=error) from error
        except (TimeoutError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise aws.ConnectTimeoutError(endpoint_url=url, error=error) from error
        except (ssl.SSLError, urllib3.exceptions.SSLError) as error:
            raise aws.SSLError(endpoint_url=url, error=error) from error
        except (OSError, urllib3.exceptions.HTTPError) as error:
            raise aws.EndpointConnectionError(endpoint_url=url, error=error) from error
        connection.sock.settimeout(self._endpoint.read_timeout)
        return connection


class _Reader:
    """Receives the parts of a response from httptools."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.keeps_open = False
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.status = self.parser.get_status_code()
        self.keeps_open = self.parser.should_keep_alive()
        self.is_complete = True

    def let_go(self) -> None:
        """Remove the parser, which refers to this object: the garbage collector would have to find both."""
        del self.parser


class _ClosedEarlyError(OSError):
    """Raised if the service closes the connection before its response was complete."""


def _read_response(connected: Any, reader: _Reader) -> None:
    feed, receive = reader.parser.feed_data, connected.recv
    while not reader.is_complete:
        if not _has_more(connected):
            _wait_for_more(connected)
        received = receive(_BYTES_PER_READ)
        if not received:
            raise _ClosedEarlyError("connection closed before the response was complete")
        feed(received)


def _has_more(connected: Any) -> bool:
    """Return whether something was received on a connection and is not read yet."""
    return (isinstance(connected, ssl.SSLSocket) and connected.pending() > 0) or wait_for_read(connected, 0)


def _wait_for_more(connected: Any) -> None:
    with TURNS.letting_others():
        if not wait_for_read(connected, connected.gettimeout()):
            raise TimeoutError("no response in time")


def _convert(error: Exception, url: str) -> Any:
    """Return the error of botocore for one that ended an exchange."""
    if isinstance(error, TimeoutError):
        return aws.ReadTimeoutError(endpoint_url=url, error=error)
    if isinstance(error, OSError):
        return aws.ConnectionClosedError(endpoint_url=url, error=error)
    return aws.HTTPClientError(error=error)


def _make_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a TLS context as botocore makes it: TLS 1.2 at least, certificate and host name verified."""
    context: ssl.SSLContext = create_urllib3_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.load_verify_locations(cafile=ca_bundle or get_cert_path(verify=True))
    return context
