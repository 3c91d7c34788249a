"""A live socket as a browser holds it, spoken to without a server in between."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from tracking.consumers import socket_urls


class Socket:
    """One connection to `/ws/...`; `channels.testing` would ask for the server daphne, which is not ours."""

    def __init__(self, path: str, **scope: Any) -> None:
        path, _, query = path.partition("?")
        self._line = ApplicationCommunicator(
            URLRouter(socket_urls),
            {"type": "websocket", "path": path, "query_string": query.encode(), "headers": [], **scope},
        )

    async def open(self) -> None:
        """Shake hands; the product always accepts first."""
        await self._line.send_input({"type": "websocket.connect"})
        assert (await self._line.receive_output(1))["type"] == "websocket.accept"

    async def read(self, timeout_s: float = 1.0) -> dict[str, Any]:
        """The next frame; when the socket was closed instead, `{"closed": code}`."""
        message = await self._line.receive_output(timeout_s)
        if message["type"] == "websocket.close":
            return {"closed": message["code"]}
        return json.loads(message["text"])

    async def is_silent(self, for_s: float = 0.05) -> bool:
        """Whether nothing comes for a while."""
        return await self._line.receive_nothing(for_s)

    async def close(self) -> None:
        """Go away as a closed tab does."""
        await self._line.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._line.wait(1)
