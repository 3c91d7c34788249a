"""Base of the WebSocket consumers: they accept, send, and close with a code."""

import asyncio
from asyncio import sleep
from contextlib import suppress
from typing import Any

import structlog
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from tracking.answer import bare_frame
from tracking.limits import HEARTBEAT_S, LONGEST_RECONNECT_S, RECONNECTS_PER_S
from tracking.live import LiveMessage, encode_frame
from tracking.outages import OUTAGES
from tracking.ports import ports

BAD_REQUEST, UNKNOWN, LINK_ENDED, TRY_LATER, ABNORMAL = 4400, 4404, 4410, 1013, 1006
# Key of the scope's extensions: what writes a message to the socket without waiting.
READY_FRAMES = "swiftlogix.ready_frames"

log = structlog.get_logger()
# Open sockets of this process.
_open: "set[LiveConsumer]" = set()


class SocketRefusedError(Exception):
    """Raised to close a socket before its first frame, with one of the close codes above."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LiveConsumer(AsyncWebsocketConsumer):
    """Base of the consumers that only send: accept, close with a code, heartbeats, background tasks."""

    group: str | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.tasks: set[asyncio.Task[None]] = set()
        self.live_groups = ports().groups
        # Messages that arrive before the first frame is sent; None stands for lost ones.
        self.held: list[LiveMessage | None] | None = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; it has a channel of the channel layer only where its groups are that layer's."""
        self.ready = scope.get("extensions", {}).get(READY_FRAMES)
        _open.add(self)
        try:
            await self._serve(scope, receive, send)
        finally:
            _open.discard(self)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        if self.live_groups is None:
            await super().__call__(scope, receive, send)
            return
        self.scope, self.base_send, self.channel_layer = scope, send, None
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            await self.disconnect(ABNORMAL)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the method of the message directly.

        Channels' own `dispatch` switches to a thread for each message, to close old database connections.
        The database calls made here close their own connections, so that switch is left out.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Accept, then check: a client cannot read the close code of a refused handshake."""
        await self.accept()
        try:
            await self.begin()
        except SocketRefusedError as refusal:
            await self.close(refusal.code)
        except OUTAGES as error:
            log.warning("push", outcome="no first frame", error=f"{type(error).__name__}: {error}")
            await self.close(TRY_LATER)
        else:
            self._release_held()

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """End the socket; Channels' own method switches to a thread as its `dispatch` does."""
        await self.disconnect(message["code"])
        raise StopConsumer

    def take(self, message: LiveMessage) -> None:
        """Take a message of a group; before the first frame it waits."""
        if self.held is None:
            self.receive_message(message)
        else:
            self.held.append(message)

    def catch_up(self) -> None:
        """Check soon whether messages were lost."""
        if self.held is None:
            self.start(self.find_missed())
        else:
            self.held.append(None)

    def _release_held(self) -> None:
        held, self.held = self.held or [], None
        for message in held:
            if message is None:
                self.catch_up()
            else:
                self.receive_message(message)

    def receive_message(self, message: LiveMessage) -> None:
        """Process a message of a group. Returns at once."""
        raise NotImplementedError

    async def find_missed(self) -> None:
        """Send what the socket has missed, if that can be known."""

    async def begin(self) -> None:
        """Check, join the group, send the first frame, start the tasks.

        Raises `SocketRefusedError` when the socket must be closed.
        """
        raise NotImplementedError

    async def join(self, group: str) -> None:
        """Join a group; messages sent to it from now on arrive here."""
        self.group = group
        await self.enter(group)

    async def enter(self, group: str) -> None:
        """Become a member of a group."""
        if self.live_groups is None:
            await self.channel_layer.group_add(group, self.channel_name)
        else:
            await self.live_groups.join(group, self)

    async def exit(self, group: str) -> None:
        """Stop being a member of a group."""
        if self.live_groups is None:
            await self.channel_layer.group_discard(group, self.channel_name)
        else:
            await self.live_groups.leave(group, self)

    async def disconnect(self, code: int) -> None:
        """Stop the tasks and leave the group."""
        for task in self.tasks:
            task.cancel()
        group, self.group = self.group, None
        if group is not None:
            await self.exit(group)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore messages from the client: the protocol has none."""

    def start(self, *routines: Any) -> None:
        """Run coroutines as tasks that are cancelled when the socket closes."""
        for routine in routines:
            task = asyncio.create_task(self._run(routine))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _run(self, routine: Any) -> None:
        """Run a task of the socket; when it fails, close the socket so that the client connects again."""
        with suppress(asyncio.CancelledError):
            try:
                await routine
            except SocketRefusedError as refusal:
                await self.close(refusal.code)
            except Exception as error:  # noqa: BLE001 - the edge of a task
                log.warning("push", outcome="socket lost", error=f"{type(error).__name__}: {error}")
                # The failed call may have been a send on a socket that is closed already.
                with suppress(Exception):
                    await self.close(TRY_LATER)

    async def send_heartbeats(self) -> None:
        """Send a heartbeat every 15 s; by it a client detects a dead connection, or a missed frame."""
        while True:
            await sleep(HEARTBEAT_S)
            facts = await self.prepare_heartbeat()
            paced = bare_frame("heartbeat") | {"reconnect_s": find_reconnect_s(len(_open))}
            await self.send_heartbeat(encode_frame(paced | facts))

    async def send_heartbeat(self, text: str) -> None:
        """Send the text of a heartbeat."""
        await self.send(text)

    async def prepare_heartbeat(self) -> dict[str, Any]:
        """Check what may have changed without a message; return the fields of the heartbeat.

        Raises `SocketRefusedError` when the socket must be closed.
        """
        raise NotImplementedError


def find_reconnect_s(sockets: int) -> int:
    """Return over how many seconds so many clients should spread their reconnects if their server ends."""
    return max(1, min(LONGEST_RECONNECT_S, -(-sockets // RECONNECTS_PER_S)))
