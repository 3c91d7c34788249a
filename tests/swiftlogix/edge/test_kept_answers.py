"""Kept answers: equal to those of Django header by header, one per second, and only public ones."""

import asyncio
import json
from ipaddress import ip_network

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from swiftlogix.edge.application import protect
from swiftlogix.edge.kept_answers import (
    ANSWER_OVERHEAD_BYTES,
    BODY_BYTES,
    KeptAnswers,
)
from swiftlogix.edge.public_limit import may_read
from swiftlogix.edge.thread_pool import FixedThreads
from tests.events import make_event
from tests.swiftlogix.edge.recording import make_scope
from tests.tracking.conftest import world
from tests.tracking.stories import record_timeline
from tests.workers.leases.clocks import Clock
from tracking.limits import PUBLIC_KEPT_BYTES, PUBLIC_KEPT_FOR_S

__all__ = ["world"]

# The client of the requests is such a proxy, so that it may say which scheme was used.
PROXIES = (ip_network("203.0.113.0/24"),)
HOST = ("Host", "localhost")
PATH = "/tracking/123"
# An id that the store does not know may be that of a new booking.
with_database = pytest.mark.django_db(transaction=True)
PUBLIC = [(b"cache-control", b"public, s-maxage=60"), (b"x-request-id", b"made"), (b"etag", b'"1"')]


class Counted:
    """Application that counts the requests that reach it."""

    def __init__(self, application):
        self.application, self.calls = application, 0

    async def __call__(self, scope, receive, send):
        self.calls += 1
        await self.application(scope, receive, send)


class Product:
    """Web role that keeps answers, and one that keeps none."""

    def __init__(self):
        self.clock = Clock()
        self.django = Counted(FixedThreads(get_wsgi_application(), 2))
        kept = KeptAnswers(self.django, may_read, self.clock)
        self.whole = protect(kept, PROXIES, behind_cloudfront=False)
        self.bare = protect(self.django, PROXIES, behind_cloudfront=False)


@pytest.fixture
def product(world, plain_static):
    record_timeline(world.store, make_event(0, status="in_transit", lat=12.9716, lon=77.5946))
    return Product()


def make_request(path=PATH, *headers, method="GET", **fields):
    path, _, query = path.partition("?")
    return make_scope(
        path=path,
        method=method,
        http_version="1.1",
        headers=[HOST, ("X-Request-Id", "one-name"), *headers],
        query_string=query.encode(),
        **fields,
    )


async def ask(application, scope):
    """Return status, headers and body."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await application(scope, receive, send)
    return sent[0]["status"], sent[0]["headers"], b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (200, PATH, []),
        (200, "/tracking/123/", []),
        (200, f"{PATH}?lang=hi-IN&x=%FF", []),
        (200, PATH, [("Accept", "text/html"), ("Accept-Language", "ta")]),
        (200, PATH, [("Accept-Encoding", "gzip, br")]),
        (200, PATH, [("If-None-Match", '"0"')]),
        (304, PATH, [("If-None-Match", '"1"')]),
        (304, PATH, [("If-None-Match", 'W/"1", "7"')]),
        (304, PATH, [("If-None-Match", "*")]),
        (200, PATH, [("Range", "bytes=0-1")]),
        (200, "/healthz", []),
        (200, "/healthz", [("Accept-Encoding", "gzip")]),
    ],
)
async def test_an_answer_from_memory_equals_that_of_django(product, method, https, status, path, headers):
    hsts, proxy = 3600 * https, ("HTTP_X_FORWARDED_PROTO", "https")
    with override_settings(SECURE_HSTS_SECONDS=hsts, SECURE_PROXY_SSL_HEADER=proxy):
        product = Product()
        request = make_request(path, *headers, *([("X-Forwarded-Proto", "https")] * https), method=method)
        answers = [await ask(product.whole, request) for _ in range(3)]
        assert (answers[0][0], product.django.calls) == (status, 1)
        assert answers == [await ask(product.bare, request)] * 3
    assert (b"strict-transport-security" in dict(answers[0][1])) is https


@with_database
@pytest.mark.parametrize(
    ("status", "path", "headers", "fields"),
    [
        (404, "/tracking/nobody", [], {}),
        (404, "/tracking/a/b", [], {}),
        (400, PATH, [("Host", "evil.example")], {}),
        (405, PATH, [], {"method": "POST"}),
        (405, PATH, [], {"method": "OPTIONS"}),
        (200, PATH, [("Cookie", "page=x")], {}),
        (200, PATH, [("Authorization", "Bearer x")], {}),
        (200, PATH, [("Content-Length", "0")], {}),
        (200, PATH, [("If-None-Match", '"5"'), ("If-None-Match", '"6"')], {}),
        (200, f"{PATH}?x={'x' * 1100}", [], {}),
        (413, PATH, [], {"refusal": 413}),
        (503, PATH, [], {"refusal": 503}),
        (200, "/healthz", [], {"refusal": 503}),
        (200, "/", [], {}),
    ],
)
async def test_other_requests_reach_django_each_time(product, status, path, headers, fields):
    answers = [await ask(product.whole, make_request(path, *headers, **fields)) for _ in range(2)]
    assert product.django.calls == 2
    assert [answer[0] for answer in answers] == [status, status]
    assert answers == [await ask(product.bare, make_request(path, *headers, **fields))] * 2


async def test_reads_from_memory_count_for_their_address(product):
    scopes = [make_request() for _ in range(62)]
    answers = [await ask(product.whole, scope) for scope in scopes]
    assert [status for status, _, _ in answers] == [200] * 60 + [429] * 2
    assert product.django.calls == 1 + 2
    assert answers[-1] == await ask(product.bare, make_request())
    other = make_request(client=("203.0.113.10", 1))
    assert (await ask(product.whole, other))[0] == 200


async def test_each_answer_has_a_request_id_of_its_own(product):
    scopes = [make_scope(path=PATH, method="GET", http_version="1.1", headers=[HOST]) for _ in range(3)]
    scopes.append(make_request(PATH))
    scopes.append(make_scope(path=PATH, method="GET", headers=[HOST, ("X-Request-Id", "a b")]))
    ids = [dict((await ask(product.whole, scope))[1])[b"x-request-id"] for scope in scopes]
    assert product.django.calls == 1
    assert (len(set(ids)), ids[3], {len(one) for one in ids[:3]}) == (5, b"one-name", {32})


async def test_a_new_status_is_seen_after_a_second_at_most(product, world):
    async def read():
        return json.loads((await ask(product.whole, make_request()))[2])["status"]

    first = await read()
    record_timeline(world.store, make_event(1, status="out_for_delivery"))
    product.clock.now += PUBLIC_KEPT_FOR_S - 0.01
    second = await read()
    product.clock.now += 0.01
    assert [first, second, await read()] == ["in_transit", "in_transit", "out_for_delivery"]


async def test_an_answer_is_as_old_as_the_request_that_led_to_it(world):
    clock = Clock()

    async def answer_slowly(scope, receive, send):
        clock.now += 0.7
        await send({"type": "http.response.start", "status": 200, "headers": PUBLIC})
        await send({"type": "http.response.body", "body": b""})

    slow = Counted(answer_slowly)
    layer = KeptAnswers(slow, lambda _address: True, clock)
    await ask(layer, make_request())
    clock.now += 0.3
    await ask(layer, make_request())
    assert slow.calls == 2


async def test_a_health_check_is_asked_of_django_once(product):
    answers = []
    for _ in range(3):
        answers.append(await ask(product.whole, make_request("/healthz")))
        product.clock.now += 3600
    assert (product.django.calls, answers[0][2]) == (1, b'{"status":"ok"}')
    assert answers[1:] == answers[:1] * 2


def answer_with(headers, body=b"x", status=200):
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return Counted(answer)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([(b"cache-control", b"private, no-cache"), PUBLIC[1]], b"", 200),
        ([(b"cache-control", b"no-store"), PUBLIC[1]], b"", 200),
        ([PUBLIC[1]], b"", 200),
        ([*PUBLIC, (b"set-cookie", b"a=1")], b"", 200),
        ([*PUBLIC, (b"vary", b"Cookie")], b"", 200),
        (PUBLIC[:1], b"", 200),
        (PUBLIC, b"", 404),
        (PUBLIC, b"", 500),
        (PUBLIC, b"x" * (BODY_BYTES + 1), 200),
    ],
)
async def test_an_answer_that_is_private_failed_or_too_large_is_not_kept(headers, body, status):
    application = answer_with(headers, body, status)
    layer = KeptAnswers(application, lambda _address: True)
    for _ in range(2):
        assert await ask(layer, make_request()) == (status, headers, body)
    assert application.calls == 2


async def test_requests_that_come_while_an_answer_is_made_wait_for_it(product, world):
    answers = await asyncio.gather(*(ask(product.whole, make_request()) for _ in range(50)))
    assert product.django.calls == 1
    assert answers == answers[:1] * 50


@with_database
async def test_an_answer_that_is_not_kept_is_made_for_each_that_waited(product):
    answers = await asyncio.gather(*(ask(product.whole, make_request("/tracking/nobody")) for _ in range(5)))
    assert ([answer[0] for answer in answers], product.django.calls) == ([404] * 5, 5)


async def test_a_failure_of_the_application_frees_those_that_wait():
    began = asyncio.Event()

    async def fail(scope, receive, send):
        await asyncio.sleep(0)
        began.set()
        raise ValueError("a bug")

    application = Counted(fail)
    layer = KeptAnswers(application, lambda _address: True)
    results = await asyncio.gather(*(ask(layer, make_request()) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 3
    assert (application.calls, layer._under_way) == (3, {})


async def test_the_memory_of_answers_is_bounded(product):
    application = answer_with(PUBLIC, b"x" * BODY_BYTES)
    layer = KeptAnswers(application, lambda _address: True)
    count = PUBLIC_KEPT_BYTES // BODY_BYTES + 10
    for number in range(count):
        await ask(layer, make_request(f"/tracking/{number}"))
    assert layer._kept.currsize <= PUBLIC_KEPT_BYTES
    assert len(layer._kept) == PUBLIC_KEPT_BYTES // (BODY_BYTES + ANSWER_OVERHEAD_BYTES)
    await ask(layer, make_request(f"/tracking/{count - 1}"))
    assert application.calls == count
    await ask(layer, make_request("/tracking/0"))
    assert application.calls == count + 1
