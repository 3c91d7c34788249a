"""Client of the product's sockets without a server (Channels' own communicator needs daphne)."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from tests.waiting import PATIENCE_S
from tracking.consumers import socket_urls
from tracking.ops_consumer import ops_socket_urls
from tracking.page_consumer import page_socket_urls


class Socket(ApplicationCommunicator):
    """Connection of a user to a socket of the product; `more` replaces fields of its scope."""

    def __init__(
        self, path: str, user: Any = None, cookies: dict[str, str] | None = None, **more: Any
    ) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "user": user or AnonymousUser(),
            "cookies": cookies or {},
            "headers": [(b"origin", settings.PUBLIC_URL.encode())],
            **more,
        }
        super().__init__(URLRouter([*socket_urls, *ops_socket_urls, *page_socket_urls]), scope)

    async def read(self) -> dict[str, Any]:
        """Receive the next frame."""
        message = await self.receive_output(PATIENCE_S)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def read_news(self) -> dict[str, Any]:
        """Receive the next frame that is no heartbeat: those come by the clock."""
        while (frame := await self.read())["type"] == "heartbeat":
            pass
        return frame

    async def send_frame(self, **frame: Any) -> None:
        """Send a frame, which no page of the product does."""
        await self.send_input({"type": "websocket.receive", **frame})

    async def leave(self) -> None:
        """Close the connection from the client's side."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE_S)


def heartbeat_at(at: str, version: int) -> dict[str, Any]:
    """Return the heartbeat of a process with few sockets."""
    return {"type": "heartbeat", "at": at, "reconnect_s": 1, "v": version}


async def open_socket(
    path: str, user: Any = None, cookies: dict[str, str] | None = None, **more: Any
) -> Socket:
    """Open a socket and wait until it is accepted."""
    socket = Socket(path, user, cookies, **more)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(PATIENCE_S))["type"] == "websocket.accept"
    return socket


async def closing_code(path: str, user: Any = None, **more: Any) -> int:
    """Return the code with which the product closes this socket."""
    return await read_closing_code(await open_socket(path, user, **more))


async def read_closing_code(socket: Socket) -> int:
    """Return the code with which the product closes the socket, which is its next message."""
    closed = await socket.receive_output(PATIENCE_S)
    assert closed["type"] == "websocket.close", closed
    await socket.leave()
    return closed["code"]
