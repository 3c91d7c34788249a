"""Sockets of one client address are counted, and their messages measured."""

import asyncio

import pytest

from swiftlogix.edge.sockets import LimitedSockets, close_unknown
from tests.swiftlogix.edge.recording import call, make_scope
from tracking.limits import SOCKET_MESSAGE_BYTES, SOCKETS_PER_ADDRESS

CONNECT = {"type": "websocket.connect"}
REFUSED = [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 4429}]


class Staying:
    """ASGI application whose sockets stay open until the test ends them."""

    def __init__(self) -> None:
        self.end = asyncio.Event()

    async def __call__(self, scope, receive, send):
        await send({"type": "websocket.accept"})
        await self.end.wait()


async def fill(layer, *clients):
    """Open sockets of these addresses; return their tasks once all are open."""
    tasks = [
        asyncio.create_task(call(layer, make_scope("websocket", client=(one, 1)), CONNECT)) for one in clients
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    return tasks


async def test_one_socket_more_than_the_limit_is_closed_with_4429_until_others_end():
    application = Staying()
    layer = LimitedSockets(application)
    tasks = await fill(layer, *["203.0.113.9"] * SOCKETS_PER_ADDRESS)
    scope = make_scope("websocket")
    assert await call(layer, scope, CONNECT) == REFUSED
    others = await fill(layer, "203.0.113.10")
    application.end.set()
    opened = [{"type": "websocket.accept"}]
    assert await asyncio.gather(*tasks, *others) == [opened] * (SOCKETS_PER_ADDRESS + 1)
    assert await call(layer, scope, CONNECT) == opened
    assert dict(layer._open) == {}


async def test_a_network_of_one_subscriber_counts_as_one_address():
    application = Staying()
    layer = LimitedSockets(application)
    tasks = await fill(layer, *[f"2001:db8:0:7::{number:x}" for number in range(SOCKETS_PER_ADDRESS)])
    beside = make_scope("websocket", client=("2001:db8:0:7:ffff::1", 1))
    assert await call(layer, beside, CONNECT) == REFUSED
    application.end.set()
    await asyncio.gather(*tasks)


async def test_a_socket_that_fails_is_not_counted_any_more():
    async def fail(scope, receive, send):
        raise ValueError("broken")

    layer = LimitedSockets(fail)
    for _ in range(SOCKETS_PER_ADDRESS + 1):
        with pytest.raises(ValueError, match="broken"):
            await call(layer, make_scope("websocket"), CONNECT)
    assert dict(layer._open) == {}


@pytest.mark.parametrize(
    ("message", "closed"),
    [
        ({"text": "x" * SOCKET_MESSAGE_BYTES}, False),
        ({"text": "x" * (SOCKET_MESSAGE_BYTES + 1)}, True),
        ({"text": "é" * (SOCKET_MESSAGE_BYTES // 2 + 1)}, True),
        ({"text": None, "bytes": b"x" * SOCKET_MESSAGE_BYTES}, False),
        ({"bytes": b"x" * (SOCKET_MESSAGE_BYTES + 1)}, True),
    ],
)
async def test_a_message_that_is_too_large_closes_the_socket(message, closed):
    async def read(scope, receive, send):
        await receive()
        received.append(await receive())

    received = []
    whole = {"type": "websocket.receive", **message}
    sent = await call(LimitedSockets(read), make_scope("websocket"), CONNECT, whole)
    gone = {"type": "websocket.disconnect", "code": 1009}
    expected = ([{"type": "websocket.close", "code": 1009}], [gone]) if closed else ([], [whole])
    assert (sent, received) == expected


async def test_an_unknown_socket_is_accepted_and_closed_with_4404():
    sent = await call(close_unknown, make_scope("websocket"), CONNECT)
    assert sent == [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 4404}]
