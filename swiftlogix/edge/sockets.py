"""WebSockets: how many one client address may have open, and how large its messages may be."""

from collections import Counter

from swiftlogix.edge.protocol import Application, Message, Receive, Scope, Send, find_client
from tracking.limits import SOCKET_MESSAGE_BYTES, SOCKETS_PER_ADDRESS
from tracking.network import name_client

TOO_LARGE, NO_SUCH_SOCKET, TOO_MANY = 1009, 4404, 4429


class LimitedSockets:
    """Layer that limits the open sockets of each client address, in this process, and their messages."""

    def __init__(self, application: Application, per_address: int = SOCKETS_PER_ADDRESS) -> None:
        self._application = application
        self._per_address = per_address
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, or close the socket with `TOO_MANY`."""
        if scope["type"] != "websocket":
            await self._application(scope, receive, send)
            return
        client = name_client(find_client(scope))
        if self._open[client] >= self._per_address:
            await accept_and_close(receive, send, TOO_MANY)
            return
        self._open[client] += 1
        try:
            await self._application(scope, _limit_messages(receive, send), send)
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


async def close_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a socket of a path that has none: the last route of the sockets."""
    del scope
    await accept_and_close(receive, send, NO_SUCH_SOCKET)


async def accept_and_close(receive: Receive, send: Send, code: int) -> None:
    """Accept a socket and close it with this code; a client cannot read the code of a refused handshake."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})


def _limit_messages(receive: Receive, send: Send) -> Receive:
    """Return a `receive` that closes the socket at a message that is too large."""

    async def receive_limited() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and _size(message) > SOCKET_MESSAGE_BYTES:
            await send({"type": "websocket.close", "code": TOO_LARGE})
            return {"type": "websocket.disconnect", "code": TOO_LARGE}
        return message

    return receive_limited


def _size(message: Message) -> int:
    text = message.get("text")
    return len(message.get("bytes") or b"") if text is None else len(text.encode())
