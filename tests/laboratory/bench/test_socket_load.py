"""WebSocket clients of a bench count every pushed frame once, whatever pieces it arrives in."""

import asyncio
from contextlib import asynccontextmanager

import uvicorn

from laboratory.bench.socket_load import Server, Sockets
from tests.waiting import PATIENCE_S


class Pushing:
    """ASGI application that sends a first frame and then, when it is let go, pushed ones of its path."""

    def __init__(self):
        self.go, self.end = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/refused":
            await send({"type": "websocket.close", "code": 1013})
            return
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": '{"type":"snapshot"}'})
        await self.go.wait()
        for number in map(int, scope["path"].strip("/").split("-")):
            stamps = f'{{"number":{number},"due_at":0.5}}'
            filled = f'{{"trace":{stamps},"filler":"{"x" * 10**number}"}}'
            await send({"type": "websocket.send", "text": filled})
        await self.end.wait()


@asynccontextmanager
async def serving(application, **options):
    """Run a server; yield its port."""
    config = uvicorn.Config(
        application, port=0, ws="websockets-sansio", lifespan="off", log_config=None, **options
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_S):
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to await
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    application.end.set()
    server.should_exit = True
    await running


async def test_frames_of_all_sizes_are_counted_and_missing_and_doubled_ones_found():
    application = Pushing()
    paths = ["/0-1-2-3-4-5", "/0-1-1-3", "/refused"]
    async with serving(application) as port, Sockets(Server(port), paths, needs_frame=True) as sockets:
        assert (len(sockets.open), sockets.refused, dict(sockets.arrivals.times)) == (3, 1, {})
        application.go.set()
        async with asyncio.timeout(PATIENCE_S):
            while sockets.arrivals.times.total() < 10:  # noqa: ASYNC110 - counts what has arrived
                await asyncio.sleep(0.01)
        arrivals = sockets.arrivals
    assert dict(arrivals.times) == {(0, number): 1 for number in range(6)} | {
        (1, 0): 1,
        (1, 1): 2,
        (1, 3): 1,
    }
    sent = [(socket, number) for socket in range(2) for number in range(4)]
    assert (arrivals.count_missing(sent), arrivals.count_doubled()) == (1, 1)
    assert len(arrivals.delays_s) == 10
    assert all(delay >= 0 for delay in arrivals.delays_s)


async def test_clients_answer_pings_after_which_the_server_sends_further_ones():
    application = Pushing()
    serve = serving(application, ws_ping_interval=0.01, ws_ping_timeout=PATIENCE_S)
    async with serve as port, Sockets(Server(port), ["/0", "/0"], needs_frame=True) as sockets:
        async with asyncio.timeout(PATIENCE_S):
            while min(one.pings for one in sockets.open) < 3:  # noqa: ASYNC110 - counts what has arrived
                await asyncio.sleep(0.01)
        application.go.set()
