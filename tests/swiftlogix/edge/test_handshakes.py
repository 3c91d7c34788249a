"""Sockets that connect at once: so many begin together, and the others wait for their turn."""

import asyncio

from swiftlogix.edge.handshakes import PacedHandshakes
from tests.swiftlogix.edge.recording import call, make_scope

CONNECT = {"type": "websocket.connect"}
ACCEPT, FRAME = {"type": "websocket.accept"}, {"type": "websocket.send", "text": "{}"}


class Greeting:
    """ASGI application that accepts, sends its first frame when the test says so, and stays until the end."""

    def __init__(self):
        self.begun = 0
        self.greet, self.end = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.begun += 1
        await send(ACCEPT)
        await self.greet.wait()
        await send(FRAME)
        await self.end.wait()


async def rounds():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_thousand_at_once_take_their_turns_and_none_is_refused():
    application = Greeting()
    layer = PacedHandshakes(application, at_once=200, wait_s=60)
    tasks = [asyncio.create_task(call(layer, make_scope("websocket"), CONNECT)) for _ in range(1000)]
    await rounds()
    assert application.begun == 200
    application.greet.set()
    # Open sockets are no handshakes any more.
    async with asyncio.timeout(60):
        while application.begun < 1000:  # noqa: ASYNC110 - counts what has begun
            await asyncio.sleep(0)
    application.end.set()
    assert await asyncio.gather(*tasks) == [[ACCEPT, FRAME]] * 1000


async def test_one_that_waits_too_long_is_closed_with_the_code_to_try_later():
    application = Greeting()
    layer = PacedHandshakes(application, at_once=1, wait_s=0.01)
    first = asyncio.create_task(call(layer, make_scope("websocket"), CONNECT))
    await rounds()
    refused = [ACCEPT, {"type": "websocket.close", "code": 1013}]
    assert await call(layer, make_scope("websocket"), CONNECT) == refused
    application.greet.set()
    application.end.set()
    await first


async def test_a_socket_that_fails_or_is_refused_gives_its_turn_back():
    async def refuse(scope, receive, send):
        await send({"type": "websocket.close", "code": 4404})
        await send({"type": "websocket.close", "code": 4404})

    layer = PacedHandshakes(refuse, at_once=1, wait_s=0.01)
    closed = [{"type": "websocket.close", "code": 4404}] * 2
    assert [await call(layer, make_scope("websocket"), CONNECT) for _ in range(3)] == [closed] * 3
    assert layer._turns._value == 1
