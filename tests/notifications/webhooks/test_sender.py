"""Sender: against real servers on loopback, good and bad ones."""

import socket

import pytest

from notifications.webhooks.connections import make_resolver
from notifications.webhooks.rules.verdicts import Answer, Fault
from notifications.webhooks.sender import READ_BYTES, Post, Sender
from notifications.webhooks.sender import make_sender as make_sender_of_settings
from tests.notifications.webhooks.receivers import OK, hang, never_end, never_end_head, receive, trust

NAME = "hooks.example"
THANKS = Answer(200, body=b"thanks")
REFUSED = Answer(0, fault=Fault.ADDRESS_REFUSED)


class Resolver:
    """Resolves every name to the addresses of its next list; the last list stays. Counts the calls."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers) or [["127.0.0.1"]], []

    async def __call__(self, host, port):
        self.calls.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def make_post(receiver, host="127.0.0.1", scheme="http"):
    return Post(f"{scheme}://{host}:{receiver.port}/in?a=1", {"webhook-id": "msg_1"}, b'{"a":"\xe0\xa4\xa4"}')


def make_sender(resolver=None, **fields):
    return Sender(resolver or Resolver(), **{"allow_loopback": True, "tls": trust()} | fields)


async def test_the_exact_bytes_and_headers_arrive_and_the_answer_comes_back():
    async with receive(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno") as receiver:
        assert await make_sender().send(make_post(receiver)) == Answer(503, "7", b"no")
    ((head, body),) = receiver.requests
    assert body == b'{"a":"\xe0\xa4\xa4"}'
    assert head.decode().lower().split("\r\n") == [
        "post /in?a=1 http/1.1",
        f"host: 127.0.0.1:{receiver.port}",
        "content-type: application/json",
        "user-agent: swiftlogix-webhooks/1",
        "connection: close",
        "webhook-id: msg_1",
        f"content-length: {len(body)}",
        "",
        "",
    ]


async def test_the_connection_goes_to_the_checked_address_with_the_name_for_tls():
    resolver = Resolver()
    async with receive(name=NAME) as receiver:
        assert await make_sender(resolver).send(make_post(receiver, NAME, "https")) == THANKS
    assert (receiver.names, resolver.calls) == ([NAME], [(NAME, receiver.port)])


@pytest.mark.parametrize("tls", [{}, {"tls": None}])
async def test_a_certificate_for_another_name_or_of_an_unknown_authority_is_refused(tls):
    asked = "other.example" if not tls else NAME
    async with receive(name=NAME) as receiver:
        answer = await make_sender(**tls).send(make_post(receiver, asked, "https"))
    assert (answer, receiver.requests) == (Answer(0, fault=Fault.NO_TLS), [])


async def test_a_host_that_later_leads_to_a_private_address_gets_no_connection():
    resolver = Resolver(["127.0.0.1"], ["127.0.0.1", "169.254.169.254"], ["10.0.0.1"])
    async with receive(name=NAME) as receiver:
        sender, post = make_sender(resolver), make_post(receiver, NAME, "https")
        answers = [await sender.send(post) for _ in range(3)]
    assert answers == [THANKS, REFUSED, REFUSED]
    assert (receiver.connections, len(resolver.calls)) == (1, 3)


@pytest.mark.parametrize(("allowed", "answer"), [(True, THANKS), (False, REFUSED)])
async def test_the_setting_alone_decides_about_loopback(settings, allowed, answer):
    settings.WEBHOOKS_ALLOW_LOOPBACK = allowed
    async with receive() as receiver:
        assert await make_sender_of_settings().send(make_post(receiver)) == answer


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
async def test_without_the_local_setting_loopback_gets_no_connection(address):
    sender = make_sender(Resolver([address]), allow_loopback=False)
    assert await sender.send(Post("https://hooks.example/", {}, b"")) == Answer(
        0, fault=Fault.ADDRESS_REFUSED
    )


async def test_an_address_that_is_written_into_the_url_is_checked_too():
    async with receive() as receiver:
        sender = Sender(make_resolver(), allow_loopback=False)
        urls = ["https://127.0.0.1/", "https://2130706433/", "https://[::ffff:127.0.0.1]/", "https://0/"]
        answers = [await sender.send(Post(url, {}, b"")) for url in [*urls, make_post(receiver).url]]
    assert answers == [REFUSED] * 5
    assert receiver.connections == 0


async def test_a_redirect_is_not_followed():
    async with receive() as target:
        to = f"HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:{target.port}/\r\nContent-Length: 0\r\n\r\n"
        async with receive(to.encode()) as receiver:
            assert await make_sender().send(make_post(receiver)) == Answer(307)
    assert target.connections == 0


async def test_no_proxy_is_read_from_the_environment(monkeypatch):
    async with receive() as proxy, receive() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await make_sender().send(make_post(receiver)) == THANKS
    assert proxy.connections == 0


async def test_an_answer_is_read_to_its_limit_and_the_connection_is_closed():
    async with receive(never_end) as receiver:
        answer = await make_sender().send(make_post(receiver))
        await receiver.closed.wait()
    assert answer == Answer(200, None, b"x" * READ_BYTES)


async def test_headers_that_never_end_are_no_answer():
    async with receive(never_end_head) as receiver:
        answer = await make_sender().send(make_post(receiver))
        await receiver.closed.wait()
    assert answer == Answer(0, fault=Fault.NO_HTTP)


async def test_an_endpoint_that_never_answers_is_left_when_the_time_is_over():
    async with receive(hang) as receiver:
        answer = await make_sender(seconds=0.2).send(make_post(receiver))
        await receiver.closed.wait()
    assert answer == Answer(0, fault=Fault.TIMEOUT)


async def test_an_endpoint_that_never_completes_tls_is_left_when_the_time_is_over():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        post = Post(f"https://{NAME}:{silent.getsockname()[1]}/", {}, b"")
        assert await make_sender(seconds=0.2).send(post) == Answer(0, fault=Fault.TIMEOUT)


@pytest.mark.parametrize(
    ("answer", "fault"), [(b"SSH-2.0-x\r\n", Fault.NO_HTTP), (b"", Fault.NO_HTTP)], ids=["other", "nothing"]
)
async def test_what_is_no_http_is_no_answer(answer, fault):
    async with receive(answer) as receiver:
        assert await make_sender().send(make_post(receiver)) == Answer(0, fault=fault)


async def test_a_closed_port_gives_no_connection_and_the_next_address_is_tried():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    post = Post(f"http://127.0.0.1:{port}/", {}, b"")
    assert await make_sender().send(post) == Answer(0, fault=Fault.NO_CONNECTION)
    async with receive(OK) as receiver:
        sender = make_sender(Resolver(["127.0.0.2", "127.0.0.1"]))
        assert await sender.send(make_post(receiver)) == THANKS


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 64 + ".example", "a..example"])
async def test_a_name_that_does_not_exist_is_a_fault_of_its_own(host):
    answer = await Sender(make_resolver()).send(Post(f"https://{host}/", {}, b""))
    assert answer == Answer(0, fault=Fault.NAME_UNKNOWN)
