"""WebSockets while a server that we need is down: closed with the code to try later, without a traceback."""

import structlog

from swiftlogix.edge.protocol import Application, Message, Receive, Scope, Send
from tracking.outages import OUTAGES

TRY_LATER = 1013

log = structlog.get_logger()


class ClosedByOutage:
    """Layer that turns an outage which the socket's application does not handle into a close."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application; on an outage close the socket, after accepting it if that is still to do."""
        if scope["type"] != "websocket":
            await self._application(scope, receive, send)
            return
        sent: set[str] = set()

        async def send_noted(message: Message) -> None:
            sent.add(message["type"])
            await send(message)

        try:
            await self._application(scope, receive, send_noted)
        except OUTAGES as error:
            log.warning("push", outcome="socket lost", error=f"{type(error).__name__}: {error}")
            await _close(sent, send)


async def _close(sent: set[str], send: Send) -> None:
    """Close the socket; a client cannot read the code of a refused handshake, so it is accepted first."""
    if not sent:
        await send({"type": "websocket.accept"})
    if "websocket.close" not in sent:
        await send({"type": "websocket.close", "code": TRY_LATER})
