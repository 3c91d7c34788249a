"""HTTP server that answers every request with the same bytes: what the load and the machine alone cost.

Run it as `python -m laboratory.bench.bare_server PORT`.
"""

import asyncio
import sys
from typing import Any

from laboratory.local.addresses import LOOPBACK

HEAD_END = b"\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Connection(asyncio.Protocol):
    """Kept connection with requests that have no body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport for the answers."""
        self._transport: Any = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request whose head is complete."""
        *heads, self._received = (self._received + data).split(HEAD_END)
        self._transport.write(ANSWER * len(heads))


async def serve(port: int) -> None:
    """Answer until the process is ended."""
    await asyncio.get_running_loop().create_server(Connection, LOOPBACK, port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
