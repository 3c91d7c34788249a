"""Rate limits: counted per key, minute and kind, shown in headers, skipped without a counter."""

import json

import pytest

from tests.tracking.api.document import check_answer
from tests.tracking.stories import Api
from tests.workers.leases.clocks import Clock
from tracking.adapters.counter import RedisRequestCounter
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.api.keys import issue_key
from tracking.models import ApiKey
from tracking.ports import TrackingPorts, wire

READ = "/api/v1/shipments/nobody"
LIMIT_HEADERS = (
    "RateLimit-Policy",
    "RateLimit",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)


@pytest.fixture
def count_to(world):
    """Begins the minute of a key and kind at this number."""

    def begin(key, kind, number):
        name = f"{key.split('_')[2]}:{kind}"
        world.counter._windows[name] = (number, 41.0)

    return begin


def headers_of(response):
    return [response.headers.get(name) for name in LIMIT_HEADERS]


def test_each_answer_has_headers_with_what_is_left_of_the_limit(api, world, count_to):
    count_to(api.key, "read", 1)
    assert headers_of(api.get(READ)) == ['"default";q=600;w=60', '"default";r=598;t=41', "600", "598", "41"]


@pytest.mark.parametrize(
    ("kind", "limit", "call"),
    [
        ("read", 600, lambda api: api.get(READ)),
        ("write", 300, lambda api: api.post("/api/v1/shipments", {})),
        ("ingest", 1200, lambda api: api.post("/api/v1/events", {})),
    ],
)
def test_beyond_the_limit_the_answer_is_429_with_retry_after(api, world, count_to, kind, limit, call):
    count_to(api.key, kind, limit - 1)
    assert call(api).status_code in (404, 409, 422)
    response = call(api)
    assert (response.status_code, response["Retry-After"]) == (429, "41")
    assert check_answer(response)["code"] == "rate_limited"
    assert headers_of(response)[1] == '"default";r=0;t=41'


def test_another_key_and_another_kind_have_limits_of_their_own(api, client, world, partner, count_to):
    count_to(api.key, "write", 300)
    assert api.get(READ).status_code == 404
    assert Api(client, issue_key(partner)).post("/api/v1/shipments", {}).status_code == 422


def test_a_key_may_have_a_multiple_of_the_limits(api, world, count_to):
    ApiKey.objects.update(limit_factor=2)
    count_to(api.key, "read", 600)
    assert (api.get(READ).status_code, api.get(READ)["X-RateLimit-Limit"]) == (404, "1200")


def test_without_redis_requests_pass_and_a_metric_is_emitted(api, world, capsys):
    wire(TrackingPorts(*world[:4], RedisRequestCounter("redis://127.0.0.1:9")))
    response = api.get(READ)
    assert (response.status_code, headers_of(response)) == (404, [None] * 5)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [line["answer_uncounted"] for line in lines] == [1]


def test_a_refused_key_is_not_counted(client, world, db):
    response = Api(client, "slx_live_nobody00_x").get(READ)
    assert (response.status_code, headers_of(response)) == (401, [None] * 5)


def test_requests_pass_again_after_the_window(api, world):
    clock = Clock()
    counter = MemoryRequestCounter(clock)
    wire(TrackingPorts(*world[:4], counter))
    for _ in range(599):
        counter.count(f"{api.key.split('_')[2]}:read", 60)
    statuses = [api.get(READ).status_code for _ in range(2)]
    clock.now += 60
    statuses.append(api.get(READ).status_code)
    assert statuses == [404, 429, 404]
