"""WebSockets that connect at once: so many begin together, the others wait for their turn."""

import asyncio

import structlog

from swiftlogix.edge.protocol import Application, Message, Receive, Scope, Send
from swiftlogix.edge.sockets import accept_and_close
from tracking.limits import HANDSHAKE_WAIT_S, HANDSHAKES_AT_ONCE

TRY_LATER = 1013
ENDING = frozenset({"websocket.send", "websocket.close"})

log = structlog.get_logger()


class PacedHandshakes:
    """Layer that lets at most `at_once` sockets of this process be between connect and first frame.

    A further one waits for its turn, and after `wait_s` seconds it is closed with the code to try later.
    """

    def __init__(
        self, application: Application, at_once: int = HANDSHAKES_AT_ONCE, wait_s: float = HANDSHAKE_WAIT_S
    ) -> None:
        self._application = application
        self._turns = asyncio.Semaphore(at_once)
        self._wait_s = wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application when it is the socket's turn."""
        if scope["type"] != "websocket":
            await self._application(scope, receive, send)
            return
        try:
            await asyncio.wait_for(self._turns.acquire(), self._wait_s)
        except TimeoutError:
            log.warning("push", outcome="too many handshakes")
            await accept_and_close(receive, send, TRY_LATER)
            return
        turn = _Turn(self._turns)

        async def send_noted(message: Message) -> None:
            await send(message)
            if message["type"] in ENDING:
                turn.end()

        try:
            await self._application(scope, receive, send_noted)
        finally:
            turn.end()


class _Turn:
    """Turn of one socket, which ends once."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns: asyncio.Semaphore | None = turns

    def end(self) -> None:
        """Let the next socket begin."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.release()
