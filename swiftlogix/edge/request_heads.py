"""Request heads: uvicorn's HTTP protocol with a limit on request line, headers, trailers and chunk sizes.

Its parser keeps these parts until they are complete, and has no limit of its own.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tracking.limits import HEAD_BYTES


class LimitedHeads(HttpToolsProtocol):
    """HTTP protocol that closes a connection when `HEAD_BYTES` in a row complete no head and no body."""

    _unused_bytes = 0
    _has_progress = False

    def data_received(self, data: bytes) -> None:
        """Parse the bytes; answer 400 and close if too many of them are still kept as parts of a head."""
        self._has_progress = False
        super().data_received(data)
        self._unused_bytes = 0 if self._has_progress else self._unused_bytes + len(data)
        if self._unused_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def handle_websocket_upgrade(self) -> None:
        """Give the connection to the WebSocket protocol, and free the parser, which refers to this object."""
        super().handle_websocket_upgrade()
        del self.parser

    def on_headers_complete(self) -> None:
        """Note that the headers are complete."""
        self._has_progress = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that a piece of the body has come."""
        self._has_progress = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        self._has_progress = True
        super().on_message_complete()
