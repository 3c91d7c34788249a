"""Client of the product's sockets without a server (Channels' own communicator needs daphne)."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from tests.waiting import PATIENCE_S
from tracking.consumers import socket_urls
from tracking.page_consumer import page_socket_urls


class Socket(ApplicationCommunicator):
    """Connection of a user to a socket of the product."""

    def __init__(self, path: str, user: Any = None, cookies: dict[str, str] | None = None) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "user": user or AnonymousUser(),
            "cookies": cookies or {},
        }
        super().__init__(URLRouter([*socket_urls, *page_socket_urls]), scope)

    async def read(self) -> dict[str, Any]:
        """Receive the next frame."""
        message = await self.receive_output(PATIENCE_S)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def send_frame(self, **frame: Any) -> None:
        """Send a frame, which no page of the product does."""
        await self.send_input({"type": "websocket.receive", **frame})

    async def leave(self) -> None:
        """Close the connection from the client's side."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE_S)


async def open_socket(path: str, user: Any = None, cookies: dict[str, str] | None = None) -> Socket:
    """Open a socket and wait until it is accepted."""
    socket = Socket(path, user, cookies)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(PATIENCE_S))["type"] == "websocket.accept"
    return socket


async def closing_code(path: str, user: Any = None) -> int:
    """Return the code with which the product closes this socket."""
    socket = await open_socket(path, user)
    closed = await socket.receive_output(PATIENCE_S)
    assert closed["type"] == "websocket.close", closed
    await socket.leave()
    return closed["code"]
