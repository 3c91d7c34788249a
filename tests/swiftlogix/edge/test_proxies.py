"""A real server behind a listed proxy counts clients by what the proxy names, and by nothing else."""

import pytest
import redis

from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from tests.swiftlogix.edge.wire import ask, describe_web
from tests.waiting import PATIENCE_S
from tracking.adapters.counter import DATABASE

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path, local_redis):
    """Return a function that starts the web role with these variables and returns its port."""
    children = []
    redis.Redis.from_url(local_redis, db=DATABASE).flushdb()

    def start_with(**variables):
        port = find_free_port()
        children.append(start_child(describe_web(port, tmp_path / f"{port}.log", **variables)))
        children[-1].wait_ready(PATIENCE_S)
        return port

    yield start_with
    for child in children:
        child.stop()


def count_allowed(port, make_headers):
    """Return how many of 70 reads of an unknown shipment are within the limit."""
    statuses = [ask(port, "GET", "/tracking/x", **make_headers(number)).status for number in range(70)]
    # 404 with a store, 503 without one.
    assert set(statuses) <= {404, 429, 503}
    return len(statuses) - statuses.count(429)


def test_clients_behind_a_listed_proxy_are_counted_one_by_one(start):
    port = start(TRUSTED_PROXIES="127.0.0.0/8")
    assert count_allowed(port, lambda number: {"X_Forwarded_For": f"198.51.100.{number}"}) == 70
    assert count_allowed(port, lambda number: {"X_Forwarded_For": f"192.0.2.{number}, 203.0.113.7"}) == 60


def test_behind_cloudfront_its_header_counts(start):
    port = start(TRUSTED_PROXIES="127.0.0.0/8", BEHIND_CLOUDFRONT="1")
    same = {"CloudFront_Viewer_Address": "203.0.113.8:4321"}
    assert count_allowed(port, lambda number: same | {"X_Forwarded_For": f"192.0.2.{number}"}) == 60
    assert count_allowed(port, lambda number: {"CloudFront_Viewer_Address": f"198.51.101.{number}:1"}) == 70


def test_without_a_listed_proxy_no_header_counts(start):
    port = start(BEHIND_CLOUDFRONT="1")

    def make_headers(number):
        return {"X_Forwarded_For": f"192.0.2.{number}", "CloudFront_Viewer_Address": f"192.0.2.{number}:1"}

    assert count_allowed(port, make_headers) == 60
