"""WebSockets that take a message at once: encoded once for many sockets, written without waiting."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from tracking.live import FrameMessage
from tracking.live_consumer import READY_FRAMES


class ReadyFrames(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, which the consumer may also reach by `READY_FRAMES` of its scope.

    An ordinary `send` makes a frame per socket and goes through every layer. Frames of a server are not
    masked, so all sockets can be sent the same bytes.
    """

    async def run_asgi(self) -> None:
        """Run the application, with this socket among the extensions of its scope."""
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[READY_FRAMES] = self
        try:
            await super().run_asgi()
        finally:
            del extensions[READY_FRAMES]

    def connection_lost(self, exc: Exception | None) -> None:
        """End the parser too: its generator refers to it, which would leave 15 KB for garbage collection."""
        super().connection_lost(exc)
        self.conn.parser.close()

    def write(self, message: FrameMessage) -> bool:
        """Write the text of a message as one frame; return False while the client reads too slowly.

        A socket that is closed or being closed takes every message and sends none.
        """
        if not self.writable.is_set():
            return False
        if self.handshake_complete and not (self.close_sent or self.disconnected):
            self.transport.write(message.encode_once(encode_text))
        return True


def encode_text(text: str) -> bytes:
    """Return a text message as one frame of a server (RFC 6455)."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
