"""Proxy of a chaos run: it injects the configured faults into calls, and no others."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, ReadTimeoutError

from laboratory.local.addresses import find_free_port, is_listening, wait_until
from tests.chaos.proxy import CallFaults, Proxies, Proxy

pytestmark = pytest.mark.slow

EMPTY = {"TableName": "t", "Key": {"k": {"S": "1"}}}
ACTIONS = [{"Delete": EMPTY}, {"Delete": EMPTY}]


class Upstream:
    """HTTP server that answers every call with an empty object, and counts them."""

    def __init__(self) -> None:
        self.calls = calls = Counter[str]()

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                calls[self.headers["X-Amz-Target"].partition(".")[2]] += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def upstream():
    upstream = Upstream()
    yield upstream
    upstream.server.shutdown()
    upstream.server.server_close()


@pytest.fixture
def call_faults() -> CallFaults:
    return CallFaults()


@pytest.fixture
def proxy(upstream, call_faults) -> Proxy:
    proxy = Proxy(find_free_port(), upstream.server.server_port, call_faults)
    Proxies([proxy]).start()
    assert wait_until(lambda: is_listening(proxy.port), 20)
    return proxy


@pytest.fixture
def dynamodb(proxy):
    return make_client(proxy)


def make_client(proxy, read_timeout_s=20, service="dynamodb"):
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{proxy.port}",
        region_name="ap-south-1",
        config=Config(read_timeout=read_timeout_s, retries={"total_max_attempts": 1}),
    )


def test_without_faults_every_call_arrives_and_is_answered(dynamodb, upstream):
    for _ in range(20):
        dynamodb.delete_item(**EMPTY)
    assert upstream.calls == {"DeleteItem": 20}


def test_a_throttled_call_never_arrives(dynamodb, upstream, call_faults, proxy):
    call_faults.throttles = 1.0
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        dynamodb.delete_item(**EMPTY)
    assert (upstream.calls, proxy.injected) == ({}, {"throttles": 1})


def test_calls_of_a_service_that_is_not_throttled_arrive(dynamodb, upstream, call_faults):
    call_faults.throttles, call_faults.throttled = 1.0, ("Kinesis_20131202",)
    dynamodb.delete_item(**EMPTY)
    assert upstream.calls == {"DeleteItem": 1}


def test_a_question_to_the_geocoder_is_refused_and_never_arrives(upstream, call_faults, proxy):
    call_faults.geocoder_takes_s = 0.0
    with pytest.raises(ClientError, match="ThrottlingException"):
        make_client(proxy, service="geo-places").reverse_geocode(QueryPosition=[77.5, 12.9])
    assert (upstream.calls, proxy.injected) == ({}, {"questions to the geocoder": 1})


def test_a_transaction_conflict_names_the_conflicting_action(dynamodb, upstream, call_faults):
    call_faults.conflicts = 1.0
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=ACTIONS)
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert (codes, upstream.calls) == (["None", "TransactionConflict"], {})


def test_some_of_the_reset_calls_arrive(dynamodb, upstream, call_faults, proxy):
    call_faults.resets = 1.0
    for _ in range(40):
        with pytest.raises(HTTPClientError):
            dynamodb.delete_item(**EMPTY)
    # A connection may be reset before its request has arrived completely; then it is not counted.
    assert 0 < upstream.calls["DeleteItem"] < proxy.injected["resets"] <= 40


def test_a_cut_proxy_forwards_nothing_until_it_is_reconnected(dynamodb, upstream, proxy):
    proxy.is_cut = True
    with pytest.raises(ReadTimeoutError):
        make_client(proxy, read_timeout_s=0.5).delete_item(**EMPTY)
    assert upstream.calls == {}
    proxy.is_cut = False
    dynamodb.delete_item(**EMPTY)
    assert upstream.calls["DeleteItem"] >= 1
