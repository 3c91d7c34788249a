"""Direct reads: equal to answers of Django header by header, counted once, and read from the store once."""

import asyncio
import json
from dataclasses import replace

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from swiftlogix.edge.application import protect
from swiftlogix.edge.direct_reads import DirectReads
from swiftlogix.edge.public_limit import may_read
from swiftlogix.edge.public_states import PublicStates
from swiftlogix.edge.thread_pool import FixedThreads
from tests.events import make_event
from tests.swiftlogix.edge.test_kept_answers import PATH, PROXIES, ask, make_request, with_database
from tests.tracking.conftest import world
from tests.tracking.stories import record_timeline
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from tracking.ports import ports, wire

__all__ = ["world"]
OTHER = "/tracking/124"
NEW_OUTSIDER = ("203.0.113.77", 1)


class CountedThreads(FixedThreads):
    """Threads that count the requests which Django gets."""

    calls = 0

    async def __call__(self, scope, receive, send):
        self.calls += 1
        await super().__call__(scope, receive, send)


class CountedStore(MemoryShipmentStore):
    """Store that counts reads, and raises `failure` if there is one."""

    reads, failure = 0, None

    def __init__(self):
        super().__init__()
        self.batches = []

    def read_state(self, shipment_id):
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return super().read_state(shipment_id)

    def read_current(self, shipment_ids):
        self.batches.append(list(shipment_ids))
        return super().read_current(shipment_ids)


class Product:
    """Web role with direct reads and without."""

    def __init__(self, waiting=100):
        self.django = CountedThreads(get_wsgi_application(), 2)
        direct = DirectReads(self.django, may_read, PublicStates(waiting))
        self.direct = protect(direct, PROXIES, behind_cloudfront=False)
        self.bare = protect(self.django, PROXIES, behind_cloudfront=False)


@pytest.fixture
def store(world, plain_static):
    store = CountedStore()
    wire(replace(ports(), store=store))
    for shipment_id in ("123", "124"):
        record_timeline(
            store, make_event(0, shipment_id=shipment_id, status="in_transit", lat=12.9, lon=77.5)
        )
    store.reads = 0
    return store


@pytest.fixture
async def product(store):
    """Product that has seen Django's headers of an answer 200 and of a 304."""
    product = Product()
    await learn(product)
    store.reads = 0
    return product


async def learn(product, *headers):
    """Read once with each status, so that Django's headers are known."""
    for etag in ('"0"', '"1"'):
        request = make_request(PATH, ("If-None-Match", etag), *headers, client=NEW_OUTSIDER)
        await ask(product.direct, request)
    product.django.calls = 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (200, OTHER, []),
        (200, "/tracking/124/", []),
        (200, f"{OTHER}?lang=hi-IN&x=%FF", []),
        (200, f"{OTHER}?lang=hi&lang=ta", []),
        (200, f"{OTHER}?lang=hi&lang=", []),
        (200, f"{OTHER}?lang=hi;lang=ta", []),
        (200, OTHER, [("Accept", "text/html"), ("Accept-Encoding", "gzip, br")]),
        (200, OTHER, [("If-None-Match", '"7", W/"0"')]),
        (304, OTHER, [("If-None-Match", '"1"')]),
        (304, OTHER, [("If-None-Match", 'W/"1", "7"')]),
        (304, OTHER, [("If-None-Match", "*")]),
    ],
)
async def test_a_direct_answer_equals_that_of_django(store, method, https, status, path, headers):
    hsts, proxy = 3600 * https, ("HTTP_X_FORWARDED_PROTO", "https")
    scheme = [("X-Forwarded-Proto", "https")] * https
    with override_settings(SECURE_HSTS_SECONDS=hsts, SECURE_PROXY_SSL_HEADER=proxy):
        product = Product()
        await learn(product, *scheme)
        request = make_request(path, *headers, *scheme, method=method)
        answer = await ask(product.direct, request)
        assert (answer[0], product.django.calls) == (status, 0)
        assert answer == await ask(product.bare, request)
    assert (b"strict-transport-security" in dict(answer[1])) is https


async def test_answers_share_the_headers_in_which_they_do_not_differ(product):
    first, second = [(await ask(product.direct, make_request(path)))[1] for path in (PATH, OTHER)]
    own = [one for one, other in zip(first, second, strict=True) if one is not other]
    assert [name for name, _ in own] == [b"etag", b"content-length", b"x-request-id"]


@with_database
@pytest.mark.parametrize(
    ("status", "path", "headers", "fields"),
    [
        (404, "/tracking/nobody", [], {}),
        (404, "/tracking/a b", [], {}),
        (404, "/tracking/a/b", [], {}),
        (400, OTHER, [("Host", "evil.example")], {}),
        (405, OTHER, [], {"method": "POST"}),
        (200, OTHER, [("Cookie", "page=x")], {}),
        (200, OTHER, [("Authorization", "Bearer x")], {}),
        (413, OTHER, [], {"refusal": 413}),
        (503, OTHER, [], {"refusal": 503}),
        (200, "/healthz", [], {}),
    ],
)
async def test_other_answers_are_made_by_django(product, status, path, headers, fields):
    request = make_request(path, *headers, **fields)
    answer = await ask(product.direct, request)
    assert (answer[0], product.django.calls) == (status, 1)
    assert answer == await ask(product.bare, request)


async def test_headers_of_one_scheme_are_not_used_for_another(product):
    request = make_request(OTHER, ("X-Forwarded-Proto", "https"))
    assert await ask(product.direct, request) == await ask(product.bare, request)
    assert product.django.calls == 2


@with_database
@pytest.mark.parametrize(("path", "status", "reads"), [(OTHER, 200, 1), ("/tracking/nobody", 404, 1)])
async def test_a_read_reads_the_store_once_and_counts_once(product, store, path, status, reads):
    assert (await ask(product.direct, make_request(path)))[0] == status
    assert store.reads == reads
    statuses = [(await ask(product.direct, make_request(path)))[0] for _ in range(60)]
    assert statuses == [status] * 59 + [429]
    assert await ask(product.direct, make_request(path)) == await ask(product.bare, make_request(path))
    assert store.reads == 60


async def test_without_the_store_the_answer_is_that_of_django_after_one_try(product, store):
    store.failure = TransientError("no route")
    answer = await ask(product.direct, make_request(OTHER))
    assert store.reads == 1
    status, headers, body = await ask(product.bare, make_request(OTHER))
    # Django sets the same headers in another order.
    assert (answer[0], dict(answer[1]), answer[2]) == (status, dict(headers), body)
    assert status == 503


async def test_an_error_of_ours_is_answered_and_logged_by_django(product, store):
    store.failure = ValueError("a bug")
    answer = await ask(product.direct, make_request(OTHER))
    assert answer == await ask(product.bare, make_request(OTHER))
    assert answer[0] == 500


async def ask_together(product, *paths):
    """Read these paths at once, each from another address."""
    requests = [make_request(path, client=(f"203.0.113.{place}", 1)) for place, path in enumerate(paths)]
    return await asyncio.gather(*(ask(product.direct, request) for request in requests))


@with_database
async def test_a_full_process_refuses_a_direct_read_as_any_other(store):
    product = Product(waiting=2)
    await learn(product)
    answers = await ask_together(product, *(f"/tracking/{number}" for number in range(124, 128)))
    assert [status for status, _, _ in answers] == [200, 404, 503, 503]
    refusal = make_request("/tracking/126", refusal=503)
    assert answers[2:] == [
        await ask(product.bare, refusal),
        await ask(product.bare, refusal | {"path": "/tracking/127"}),
    ]
    assert dict(answers[2][1])[b"retry-after"] == b"2"


async def test_readers_of_one_shipment_share_one_read_whatever_their_language_and_etag(product, store):
    paths = [OTHER, f"{OTHER}?lang=hi", f"{OTHER}/", f"{OTHER}?lang=ta", OTHER]
    answers = await ask_together(product, *paths)
    assert (store.reads, product.django.calls) == (1, 0)
    assert answers == [await ask(product.bare, make_request(path)) for path in paths]


async def test_reads_of_other_shipments_that_wait_are_made_together(product, store):
    ids = [f"T{number}" for number in range(30)]
    for shipment_id in ids:
        record_timeline(store, make_event(0, shipment_id=shipment_id, status="in_transit"))
    store.reads = 0
    answers = await ask_together(product, *(f"/tracking/{shipment_id}" for shipment_id in ids))
    assert [json.loads(body)["shipment_id"] for _, _, body in answers] == ids
    assert (store.reads, store.batches) == (0, [ids])
