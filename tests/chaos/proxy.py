"""Proxy between one process and the local AWS that injects latency, resets, throttles and partitions."""

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

HEAD_LIMIT = 64 * 1024
THROTTLED = {
    "DynamoDB_20120810": "ProvisionedThroughputExceededException",
    "Kinesis_20131202": "ProvisionedThroughputExceededException",
    "AWSEvents": "ThrottlingException",
}
TRANSACTION = "TransactWriteItems"
# Questions to Amazon Location, which the emulator does not have.
GEOCODER_PATH = b" /v2/reverse-geocode"


@dataclass
class CallFaults:
    """Shares of calls that fail, and the range of added latency; none by default.

    `throttled` are the services of which calls are throttled, by the prefix of their targets. A question to
    the geocoder is refused after `geocoder_takes_s`.
    """

    latency_s: tuple[float, float] = (0.0, 0.0)
    resets: float = 0.0
    throttles: float = 0.0
    conflicts: float = 0.0
    throttled: Collection[str] = tuple(THROTTLED)
    geocoder_takes_s: float = 5.0


@dataclass
class Proxy:
    """Proxy of one process, on a port of its own; while `is_cut`, no call passes or is answered."""

    port: int
    upstream: int
    call_faults: CallFaults
    is_cut: bool = False
    injected: Counter[str] = field(default_factory=Counter)

    async def serve(self) -> None:
        """Serve connections until cancelled."""
        server = await asyncio.start_server(self._serve_connection, "127.0.0.1", self.port, limit=HEAD_LIMIT)
        async with server:
            await server.serve_forever()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._wait_while_cut()
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            writer.transport.abort()
            return
        answers = asyncio.create_task(_pipe(up_reader, writer))
        try:
            while await self._pass_request(reader, writer, up_writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            up_writer.close()
            await answers
            with suppress(OSError):
                writer.close()

    async def _pass_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: asyncio.StreamWriter
    ) -> bool:
        """Forward or fail one request; return whether the connection continues."""
        head = await reader.readuntil(b"\r\n\r\n")
        headers = _read_headers(head)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        await self._wait_while_cut()
        await asyncio.sleep(random.uniform(*self.call_faults.latency_s))
        if GEOCODER_PATH in head.partition(b"\r\n")[0]:
            self.injected["questions to the geocoder"] += 1
            await asyncio.sleep(self.call_faults.geocoder_takes_s)
            refusal: bytes | None = _answer("ThrottlingException", {})
        else:
            refusal = self._refuse(headers.get("x-amz-target", ""), body)
        if refusal is not None:
            writer.write(refusal)
            await writer.drain()
            return True
        reset = random.random() < self.call_faults.resets
        if reset and random.random() < 0.5:
            return self._reset(writer)
        upstream.write(head + body)
        await upstream.drain()
        if reset:
            # The request was forwarded, but its sender gets no answer.
            return self._reset(writer)
        return True

    def _reset(self, writer: asyncio.StreamWriter) -> bool:
        self.injected["resets"] += 1
        writer.transport.abort()
        return False

    async def _wait_while_cut(self) -> None:
        # `is_cut` is set from another thread, so no event of this loop could signal it.
        while self.is_cut:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def _refuse(self, target: str, body: bytes) -> bytes | None:
        service, _, operation = target.partition(".")
        if operation == TRANSACTION and random.random() < self.call_faults.conflicts:
            self.injected["conflicts"] += 1
            count = len(json.loads(body)["TransactItems"])
            reasons = [{"Code": "None"}] * (count - 1) + [{"Code": "TransactionConflict", "Message": "busy"}]
            return _answer("TransactionCanceledException", {"CancellationReasons": reasons})
        if service in self.call_faults.throttled and random.random() < self.call_faults.throttles:
            self.injected["throttles"] += 1
            return _answer(THROTTLED[service], {})
        return None


class Proxies(threading.Thread):
    """Thread with an event loop that serves all proxies of a run."""

    def __init__(self, proxies: list[Proxy]) -> None:
        super().__init__(name="proxies", daemon=True)
        self._proxies = proxies

    def run(self) -> None:
        """Serve until the process ends."""
        asyncio.run(self._serve_all())

    async def _serve_all(self) -> None:
        await asyncio.gather(*(proxy.serve() for proxy in self._proxies))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(64 * 1024):
            writer.write(chunk)
            await writer.drain()
        writer.close()


def _read_headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _answer(code: str, more: dict[str, object]) -> bytes:
    body = json.dumps({"__type": code, "message": "made by the proxy", **more}).encode()
    head = (
        f"HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body
