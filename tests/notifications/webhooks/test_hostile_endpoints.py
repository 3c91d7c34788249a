"""Endpoints of a stranger: each answers in a way that could cost us memory, time or a connection inside."""

import asyncio
import gzip
import socket
import threading

import pytest

from notifications.webhooks.connections import MOST_READ, make_resolver
from notifications.webhooks.rules.verdicts import Answer, Fault
from notifications.webhooks.sender import READ_BYTES, Post, Sender
from tests.notifications.webhooks.receivers import hang, receive

REFUSED = Answer(0, fault=Fault.ADDRESS_REFUSED)
NO_HTTP, TIMEOUT = Answer(0, fault=Fault.NO_HTTP), Answer(0, fault=Fault.TIMEOUT)
HEAD = b"HTTP/1.1 200 OK\r\n"


def resolve_to(*addresses):
    async def resolve(host, port):
        return list(addresses)

    return resolve


async def send_to(behave, **fields):
    """Send to a receiver that behaves so; return the answer, once the connection is closed."""
    sender = Sender(resolve_to("127.0.0.1"), allow_loopback=True, **fields)
    async with receive(behave) as receiver:
        answer = await sender.send(Post(f"http://127.0.0.1:{receiver.port}/", {}, b"{}"))
        await receiver.closed.wait()
    return answer


def repeat(head, part):
    async def behave(reader, writer):
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()

    return behave


def stop_after(sent):
    async def behave(reader, writer):
        writer.write(sent)
        await hang(reader, writer)

    return behave


@pytest.mark.parametrize(
    "host",
    "localhost localhost. 127.0.0.1. 127.1 0177.0.0.1 0x7f.0.0.1 0x7f000001 2130706433 017700000001 0 0.0.0.0"
    " [::] [::1] [::ffff:127.0.0.1] [::ffff:0.0.0.0] [::127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::]"
    " [::ffff:0:127.0.0.1] 10.0.0.1 169.254.169.254 [fd00:ec2::254] [fe80::1] 100.100.100.200".split(),
)
async def test_no_spelling_of_an_address_inside_gets_a_connection(host):
    # A resolver may not know a spelling at all; then there is no connection either.
    unknown = Answer(0, fault=Fault.NAME_UNKNOWN)
    async with receive() as receiver:
        sender = Sender(make_resolver())
        assert await sender.send(Post(f"https://{host}/", {}, b"{}")) in (REFUSED, unknown)
        assert await sender.send(Post(f"https://{host}:{receiver.port}/", {}, b"{}")) == REFUSED
    assert receiver.connections == 0


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "::ffff:0.0.0.0", "::ffff:0:127.0.0.1"])
async def test_with_the_local_setting_what_leads_to_loopback_without_being_it_is_refused(address):
    async with receive() as receiver:
        post = Post(f"http://hooks.example:{receiver.port}/", {}, b"{}")
        sender = Sender(resolve_to("127.0.0.1", address), allow_loopback=True)
        assert (await sender.send(post), receiver.connections) == (REFUSED, 0)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1@hooks.example/",
        "https://hooks.example:443@127.0.0.1/",
        "https://\u24dbocalhost/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://hooks.example:22/",
        "gopher://hooks.example/",
        "https://hooks.example/\r\nX-Injected: 1",
    ],
)
async def test_a_url_that_is_refused_is_not_looked_up(url):
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return ["8.8.8.8"]

    assert (await Sender(resolve).send(Post(url, {}, b"{}")), asked) == (REFUSED, [])


async def test_a_compressed_answer_is_not_expanded():
    bomb = gzip.compress(bytes(20_000_000))
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    assert await send_to(head + bomb) == Answer(200, None, bomb[:READ_BYTES])


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (HEAD, b"X-More: " + b"x" * 1000 + b"\r\n"),
        (HEAD, b"X-More: 1\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    ],
    ids=["long headers", "short headers", "100", "103"],
)
async def test_what_comes_before_an_answer_cannot_be_endless(head, part):
    assert await send_to(repeat(head, part)) == NO_HTTP


async def test_a_connection_is_closed_when_its_limit_was_read():
    sent = 0

    async def behave(reader, writer):
        nonlocal sent
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            await writer.drain()
            sent += 25_000

    assert await send_to(behave) == NO_HTTP
    # What lies in the buffers of the system counts as sent.
    assert sent < MOST_READ + 20_000_000


async def test_an_interim_answer_is_passed_over():
    answer = b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nok"
    assert await send_to(answer) == Answer(200, None, b"ok")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", TIMEOUT),
        (b"HTTP/1.1 2", TIMEOUT),
        (HEAD + b"X-A: 1\r\n", TIMEOUT),
        (HEAD + b"Content-Length: 9\r\n\r\nab", Answer(200, None, b"ab")),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\n", Answer(200, None, b"a")),
        (b"HTTP/1.1 500 No\r\nRetry-After: 9\r\n\r\nab", Answer(500, "9", b"ab")),
    ],
    ids=["nothing", "status", "headers", "body", "chunk", "failure"],
)
async def test_an_answer_that_stops_in_the_middle_counts_by_its_status_if_that_has_come(sent, answer):
    limit = {"seconds": 0.3} if answer is TIMEOUT else {"read_seconds": 0.3}
    assert await send_to(stop_after(sent), **limit) == answer


@pytest.mark.slow
async def test_a_status_in_time_counts_even_if_the_body_lasts_longer_than_an_attempt_may():
    sent = HEAD + b"Content-Length: 9\r\n\r\nab"
    assert await send_to(stop_after(sent), seconds=4.0, read_seconds=4.5) == Answer(200, None, b"ab")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (HEAD + b"Content-Length: 9\r\n\r\nab", Answer(200, None, b"ab")),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\nno chunk", Answer(200, None, b"a")),
        (HEAD + b"Content-Length: -1\r\n\r\n", NO_HTTP),
        (b"HTTP/1.1 99999 OK\r\n\r\n", NO_HTTP),
        (b"HTTP/1.1 \xff\xff OK\r\n\r\n", NO_HTTP),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NO_HTTP),
    ],
    ids=["short", "broken chunk", "length", "status", "bytes", "other protocol"],
)
async def test_an_answer_that_breaks_off_or_is_malformed_raises_nothing(sent, answer):
    assert await send_to(sent) == answer


@pytest.mark.parametrize("status", [200, 204, 299, 300, 304, 308, 400, 410, 418, 429, 500, 503, 599, 999])
async def test_each_status_comes_back_as_it_is(status):
    answer = f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()
    assert await send_to(answer) == Answer(status)


async def test_a_change_of_protocol_is_no_delivery():
    switching = b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    assert await send_to(stop_after(switching)) == NO_HTTP


async def test_a_slow_name_occupies_one_thread_however_many_attempts_wait_for_it(monkeypatch):
    asked, release, real = [], threading.Event(), socket.getaddrinfo

    def look_up(host, *arguments, **named):
        asked.append(host)
        if host == "slow.example":
            release.wait(60)
        return real("127.0.0.1", *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolve = make_resolver()
    slow = [asyncio.ensure_future(resolve("slow.example", 443)) for _ in range(300)]
    await asyncio.sleep(0)
    assert await resolve("fast.example", 443) == ["127.0.0.1"]
    slow[0].cancel()
    release.set()
    assert await asyncio.gather(*slow[1:]) == [["127.0.0.1"]] * 299
    await resolve("slow.example", 443)
    assert sorted(asked) == ["fast.example", "slow.example", "slow.example"]


def test_a_lookup_that_outlives_its_event_loop_is_no_obstacle_for_the_next_one(monkeypatch):
    asked, release, real = threading.Event(), threading.Event(), socket.getaddrinfo

    def look_up(_host, *arguments, **named):
        if not asked.is_set():
            asked.set()
            release.wait(60)
        return real("127.0.0.1", *arguments, **named)

    async def give_up():
        lookup = asyncio.ensure_future(resolve("push.example", 443))
        await asyncio.to_thread(asked.wait, 60)
        lookup.cancel()

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolve = make_resolver()
    asyncio.run(give_up())
    assert [asyncio.run(resolve("push.example", 443)) for _ in range(2)] == [["127.0.0.1"]] * 2
    release.set()
