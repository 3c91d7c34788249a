"""HTTP server on loopback that answers each request as a test scripts it, also wrongly or not at all."""

import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

# Replies that are no response: close the connection, reset it, or stay silent until the test ends.
CLOSE, RESET, SILENCE = b"close", b"reset", b"silence"
# At the end of a reply: the connection is closed after what stands before it.
CUT = b"cut off here"
HEAD_END = b"\r\n\r\n"


class Request(NamedTuple):
    """Request as it arrived, with the number of its connection; names of headers are in lower case."""

    connection: int
    line: str
    headers: dict[str, str]
    body: Any


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Answers request after request with the next of its replies, and keeps the requests."""

    daemon_threads = True
    allow_reuse_address = True
    # Connections that wait to be accepted.
    request_queue_size = 128

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.tls = tls
        self.replies: list[bytes] = []
        self.requests: list[Request] = []
        self.connections = 0
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def script(self, *replies: bytes) -> None:
        """Answer the next requests with these replies."""
        self.replies += replies

    def get_request(self) -> tuple[socket.socket, Any]:
        accepted, address = super().get_request()
        return (self.tls.wrap_socket(accepted, server_side=True) if self.tls else accepted), address

    def handle_error(self, *_: object) -> None:
        """Ignore a client that refuses the certificate or ends a connection."""


class _Connection(socketserver.BaseRequestHandler):
    server: ScriptedServer

    def handle(self) -> None:
        self.server.connections += 1
        number, received = self.server.connections, b""
        while True:
            while HEAD_END not in received:
                if not (more := self.request.recv(65536)):
                    return
                received += more
            head, _, received = received.partition(HEAD_END)
            line, *lines = head.decode().split("\r\n")
            headers = {name.lower(): value for name, value in (entry.split(": ", 1) for entry in lines)}
            while len(received) < int(headers["content-length"]):
                received += self.request.recv(65536)
            body, received = received[: int(headers["content-length"])], b""
            self.server.requests.append(Request(number, line, headers, json.loads(body)))
            if not self._reply(self.server.replies.pop(0)):
                return

    def _reply(self, reply: bytes) -> bool:
        """Send a reply; return whether the connection stays open."""
        if reply == SILENCE:
            self.server.ended.wait()
        if reply == RESET:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if reply in (CLOSE, RESET, SILENCE):
            return False
        self.request.sendall(reply.removesuffix(CUT))
        return b"connection: close" not in reply.lower() and not reply.endswith(CUT)


def respond(body: Any = None, status: int = 200, **headers: str) -> bytes:
    """Return a response with a body of JSON, or of bytes as they are; `_` in names of headers is `-`."""
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    fields = {"Content-Length": str(len(content)), "x-amzn-RequestId": "REQUEST-1"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + content


def respond_in_chunks(parts: Sequence[bytes]) -> bytes:
    """Return a chunked response."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-amzn-RequestId: REQUEST-1\r\n\r\n" + chunks


def refuse(code: str, status: int = 400, message: str = "refused", **more: Any) -> bytes:
    """Return an error response as JSON services send it."""
    return respond({"__type": f"com.amazonaws#{code}", "message": message} | more, status)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Run a server during the block."""
    server = ScriptedServer(tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
