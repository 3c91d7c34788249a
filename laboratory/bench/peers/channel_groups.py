"""Plain Channels peer: a consumer as the tutorial of Channels has it, without permissions or heartbeats."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laboratory.bench.peers.channel_settings")

import django

django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402 - needs Django to be set up
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - needs Django to be set up
from django.urls import path  # noqa: E402 - needs Django to be set up


class GroupConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc] - Channels has no types
    """Socket that joins the group of its path and sends on what the group receives."""

    async def connect(self) -> None:
        """Join the group and accept."""
        self.group = self.scope["url_route"]["kwargs"]["group"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        del code
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def frame_send(self, event: dict[str, Any]) -> None:
        """Send the frame of an event."""
        await self.send_json(event["frame"])


async def answer_http(scope: Any, receive: Any, send: Any) -> None:
    """Answer 200: the bench asks whether the server has started."""
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


application = ProtocolTypeRouter(
    {"http": answer_http, "websocket": URLRouter([path("ws/<str:group>/", GroupConsumer.as_asgi())])}
)
