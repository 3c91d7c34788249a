"""Frames written at once to a socket of a real server: encoded once, refused while the client is slow."""

import asyncio
import gc
from contextlib import asynccontextmanager

import uvicorn
from websockets.sync.client import connect

from laboratory.bench.socket_load import Server, make_handshake
from swiftlogix.edge.ready_frames import ReadyFrames, encode_text
from swiftlogix.edge.request_heads import LimitedHeads
from tests.events import make_event
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S, wait_for
from tracking.live import PositionMessage, StateMessage
from tracking.live_consumer import READY_FRAMES

# More than the buffers of a loopback connection hold.
MOST_FRAMES = 20_000


class Holding:
    """ASGI application that accepts a socket and holds it."""

    def __init__(self):
        self.accepted, self.end = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.ready = scope["extensions"][READY_FRAMES]
        await send({"type": "websocket.accept"})
        self.accepted.set()
        await self.end.wait()


@asynccontextmanager
async def connected():
    """Start a server and connect a client; yield the socket's side of the server, and the client's reader."""
    application = Holding()
    config = uvicorn.Config(application, port=0, ws=ReadyFrames, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_S):
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to await
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(make_handshake(Server(0), "/", 1))
        await reader.readuntil(b"\r\n\r\n")
        await application.accepted.wait()
    yield application.ready, reader, writer
    writer.close()
    application.end.set()
    server.should_exit = True
    await serving


async def test_a_message_is_written_as_one_text_frame():
    async with connected() as (ready, reader, _):
        short, long = StateMessage('{"v":1}', 1), PositionMessage("é" * 40_000)
        assert [ready.write(message) for message in (short, long)] == [True, True]
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.readexactly(9) == b'\x81\x07{"v":1}'
            assert (
                await reader.readexactly(80_010) == b"\x81\x7f" + (80_000).to_bytes(8) + "é".encode() * 40_000
            )


async def test_a_client_that_does_not_read_is_refused_frames_until_it_has_read_again():
    message = StateMessage("x" * 4000, 1)
    async with connected() as (ready, reader, _):
        written = next(number for number in range(MOST_FRAMES) if not ready.write(message))
        assert 0 < written < MOST_FRAMES
        assert ready.write(message) is False
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.readexactly(written * len(encode_text(message.text)))
            while not ready.write(message):  # noqa: ASYNC110 - the socket reports nothing
                await asyncio.sleep(0.01)
            assert await reader.readexactly(4004) == encode_text(message.text)


async def test_a_closed_socket_takes_every_message_and_sends_none():
    async with connected() as (ready, _, writer):
        writer.close()
        async with asyncio.timeout(PATIENCE_S):
            while not ready.disconnected:  # noqa: ASYNC110 - the protocol has nothing to await
                await asyncio.sleep(0.01)
        assert ready.write(StateMessage("{}", 1)) is True


def list_protocols():
    """Return the protocol objects of connections that exist in this process."""
    return [known for known in gc.get_objects() if type(known) in (ReadyFrames, LimitedHeads)]


def test_a_closed_socket_is_freed_without_garbage_collection(port, world):
    record_timeline(world.store, make_event(0, shipment_id="FREED-1", status="in_transit"))
    before = list_protocols()
    gc.disable()
    try:
        with connect(f"ws://127.0.0.1:{port}/ws/track/FREED-1/", origin=f"http://127.0.0.1:{port}") as opened:
            opened.recv(timeout=PATIENCE_S)
        wait_for(lambda: all(any(known is old for old in before) for known in list_protocols()), pause_s=0.1)
    finally:
        gc.enable()
