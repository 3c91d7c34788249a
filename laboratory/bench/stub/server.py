"""HTTP server of the stub: keep-alive connections, plain and TLS; paths under `/stub/` are for the bench."""

import asyncio
import json
import ssl
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from laboratory.bench.stub.answers import Reply, Run
from laboratory.local.addresses import LOOPBACK

HEAD_END = b"\r\n\r\n"
REASONS = {200: b"OK", 400: b"Bad Request", 404: b"Not Found", 500: b"Internal Server Error"}


class Stub:
    """Holds the current run; the bench starts each run and reads its counts."""

    def __init__(self) -> None:
        self.run: Run | None = None

    def answer(self, path: str, target: str, body: bytes) -> Reply:
        """Return the reply to one request."""
        if path == "/stub/run":
            self.run = Run(json.loads(body))
            return Reply(200, json.dumps({"begins_at": self.run.stream.begins_at}).encode())
        if self.run is None:
            return Reply(400, b'{"__type":"NoRun","message":"No run was started."}')
        if path == "/stub/counts":
            return Reply(200, json.dumps(self.run.describe()).encode())
        return self.run.answer(target, body)


class Connection(asyncio.Protocol):
    """Keep-alive connection: requests with a Content-Length, one after the other."""

    def __init__(self, answer: Callable[[str, str, bytes], Reply]) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport for the answers."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that has arrived completely."""
        self._received += data
        while (request := self._take_request()) is not None:
            self._reply(self._answer(*request))

    def _take_request(self) -> tuple[str, str, bytes] | None:
        end = self._received.find(HEAD_END)
        if end < 0:
            return None
        head = self._received[:end].decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        size, start = int(fields.get("content-length", "0")), end + len(HEAD_END)
        if fields.get("expect") == "100-continue" and len(self._received) == start and size:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        if len(self._received) < start + size:
            return None
        body, self._received = self._received[start : start + size], self._received[start + size :]
        target = next((line[14:] for line in head[1:] if line[:13].lower() == "x-amz-target:"), "")
        return head[0].split(" ")[1], target, body

    def _reply(self, reply: Reply) -> None:
        if reply.delay_s:
            asyncio.get_running_loop().call_later(reply.delay_s, self._send, reply)
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.resets:
            self._transport.abort()
            return
        head = (
            b"HTTP/1.1 %d %s\r\nServer: Server\r\nContent-Type: application/x-amz-json-1.1\r\n"
            b"Content-Length: %d\r\nConnection: keep-alive\r\nx-amzn-RequestId: %s\r\nx-amz-crc32: %d\r\n\r\n"
        ) % (
            reply.status,
            REASONS.get(reply.status, b"Error"),
            len(reply.body),
            str(uuid.uuid4()).upper().encode(),
            zlib.crc32(reply.body),
        )
        self._transport.write(head + reply.body)


async def listen(certificate: Path | None, report_ports: Callable[[dict[str, int]], None]) -> None:
    """Listen on a free port, and on one for TLS if there is a certificate; report the ports and answer."""
    loop, stub = asyncio.get_running_loop(), Stub()

    def connect() -> Connection:
        return Connection(stub.answer)

    plain = await loop.create_server(connect, LOOPBACK, 0)
    ports = {"plain": plain.sockets[0].getsockname()[1]}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        tls = await loop.create_server(connect, LOOPBACK, 0, ssl=context)
        ports["tls"] = tls.sockets[0].getsockname()[1]
    report_ports(ports)
    await asyncio.Event().wait()
