"""Fixed threads: WSGI environment of a request, how many run and wait, and what the others are answered."""

import asyncio
import threading
from io import BytesIO

import pytest
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from swiftlogix.edge.thread_pool import FixedThreads, make_environ
from tests.swiftlogix.edge.recording import make_scope
from tests.waiting import PATIENCE_S
from tracking.pages.trouble import REFUSAL

THREADS, WAITING = 2, 3


def make_request_scope(path="/", **fields):
    return make_scope(path=path, method="GET", http_version="1.1", **fields)


async def ask(application, scope, *messages):
    """Return status, headers and body of the answer; None without one."""
    waiting, sent = list(messages or [{"type": "http.request", "body": b""}]), []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    await application(scope, receive, send)
    return (sent[0]["status"], sent[0]["headers"], sent[1]["body"]) if sent else None


class Held:
    """WSGI application that holds requests until released; refusals only if it should."""

    def __init__(self, *, holds_refusals=False):
        self.holds_refusals = holds_refusals
        self.released = threading.Event()
        self.started = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        refused = environ.get(REFUSAL)
        if refused is None or self.holds_refusals:
            self.started.release()
            assert self.released.wait(PATIENCE_S)
        start_response(f"{refused or 200} Text", [("X-Thread", threading.current_thread().name)])
        return [environ["PATH_INFO"].encode()]

    async def wait_started(self, number):
        """Wait until this many requests run."""
        for _ in range(number):
            assert await asyncio.to_thread(self.started.acquire, timeout=PATIENCE_S)


async def test_requests_beyond_threads_and_places_to_wait_are_refused_and_the_others_answered():
    held = Held()
    application = FixedThreads(held, THREADS, WAITING)
    under_way = [
        asyncio.ensure_future(ask(application, make_request_scope(f"/{number}")))
        for number in range(THREADS + WAITING)
    ]
    await held.wait_started(THREADS)
    status, headers, body = await ask(application, make_request_scope("/late"))
    assert (status, headers, body) == (503, [(b"x-thread", b"web-refusal_0")], b"/late")
    held.released.set()
    answers = await asyncio.gather(*under_way)
    assert [(status, body) for status, _, body in answers] == [
        (200, f"/{number}".encode()) for number in range(THREADS + WAITING)
    ]
    assert {dict(headers)[b"x-thread"] for _, headers, _ in answers} <= {b"web_0", b"web_1"}
    assert (await ask(application, make_request_scope("/after")))[0] == 200


async def test_while_refusals_wait_as_well_the_answer_is_503_without_a_body():
    held = Held(holds_refusals=True)
    application = FixedThreads(held, 1, 0)
    under_way = [asyncio.ensure_future(ask(application, make_request_scope())) for _ in range(2)]
    await held.wait_started(2)
    headers = [(b"retry-after", b"2"), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    assert await ask(application, make_request_scope()) == (503, headers, b"")
    held.released.set()
    assert [answer[0] for answer in await asyncio.gather(*under_way)] == [200, 503]


async def test_a_client_that_leaves_within_its_body_reaches_nobody():
    messages = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.disconnect"}]
    assert await ask(FixedThreads(Held(), 1), make_request_scope(), *messages) is None


async def test_a_body_is_read_and_the_answer_closed():
    closed = []

    class Pieces(list):
        def close(self):
            closed.append(True)

    def echo(environ, start_response):
        start_response("201 Created", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return Pieces([environ["wsgi.input"].read(), b"!"])

    messages = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"cd"},
    ]
    answer = await ask(FixedThreads(echo, 1), make_request_scope(), *messages)
    assert answer == (201, [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")], b"abcd!")
    assert closed == [True]


async def test_an_error_of_the_application_frees_its_place():
    def fail(_environ, _start_response):
        raise ValueError("a bug")

    application = FixedThreads(fail, 1, 0)
    for _ in range(3):
        with pytest.raises(ValueError, match="a bug"):
            await ask(application, make_request_scope())


async def test_what_a_request_binds_to_the_log_does_not_reach_the_next_one_on_its_thread():
    seen = []

    def bind(_environ, start_response):
        seen.append(get_contextvars())
        bind_contextvars(request_id="first")
        start_response("200 OK", [])
        return []

    clear_contextvars()
    application = FixedThreads(bind, 1)
    await ask(application, make_request_scope())
    await ask(application, make_request_scope())
    assert seen == [{}, {}]


def test_the_environment_holds_what_the_scope_says():
    headers = [
        ("Host", "localhost"),
        ("Content-Type", "text/plain"),
        ("Content-Length", "2"),
        ("X-Twice", "a"),
        ("X-Twice", "b"),
        ("Cookie", "a=1"),
        ("Cookie", "b=2"),
        ("X_Forwarded_Proto", "https"),
    ]
    scope = make_request_scope(
        "/t/é", query_string=b"q=%FF", headers=headers, server=("127.0.0.1", 80), refusal=413
    )
    environ = make_environ(scope, BytesIO(b"ab"))
    given = {name: value for name, value in environ.items() if not name.startswith("wsgi.")}
    assert given == {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/t/Ã©",
        "QUERY_STRING": "q=%FF",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "2",
        "HTTP_X_TWICE": "a,b",
        "HTTP_COOKIE": "a=1; b=2",
        REFUSAL: 413,
    }
    assert environ["wsgi.input"].read() == b"ab"
