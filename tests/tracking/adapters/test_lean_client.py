"""Lean client alone: the clock of the service, handlers that answer, and connections of many threads."""

import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import time_machine
from botocore import exceptions as aws
from django.test import override_settings
from httptools import HttpResponseParser

from tests.contracts.hot_calls import ITEM
from tests.tracking.adapters.scripted_server import refuse, respond, serving
from tests.workers.canned import answering, error
from tracking.adapters.aws import POOL_SIZE, build_client
from tracking.adapters.kept_connections import Endpoint, KeptConnections
from tracking.adapters.lean_client import LeanClient

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SERVICE_IS_AHEAD_BY = timedelta(minutes=20)
REQUEST = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def client(server):
    with override_settings(AWS_ENDPOINT_URL=server.url, AWS_HOT_CLIENT="lean"):
        yield build_client.__wrapped__("dynamodb", hot=True)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield NOON


def get_item(client: Any) -> dict[str, Any]:
    return client.get_item(TableName="t", Key=ITEM)


def refuse_at(code: str, at: datetime) -> bytes:
    """Refusal of a service whose clock stands at a time."""
    return refuse(code).replace(b"\r\n", f"\r\nDate: {format_datetime(at, usegmt=True)}\r\n".encode(), 1)


def signed_times(server) -> list[str]:
    return [request.headers["x-amz-date"] for request in server.requests]


@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired"])
@pytest.mark.usefixtures("noon")
def test_a_call_refused_for_our_clock_is_signed_again_by_that_of_the_service(server, client, code):
    server.script(refuse_at(code, NOON + SERVICE_IS_AHEAD_BY), respond({"Item": ITEM}), respond({}))
    assert get_item(client)["Item"] == ITEM
    get_item(client)
    assert signed_times(server) == ["20261125T120000Z", "20261125T122000Z", "20261125T122000Z"]


@pytest.mark.usefixtures("noon")
def test_a_call_is_signed_again_only_once(server, client):
    later = NOON + SERVICE_IS_AHEAD_BY
    server.script(refuse_at("RequestExpired", later), refuse_at("RequestExpired", later + timedelta(hours=1)))
    with pytest.raises(aws.ClientError, match="RequestExpired"):
        get_item(client)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "reply",
    [
        refuse_at("InvalidSignatureException", NOON + timedelta(minutes=1)),
        refuse_at("ThrottlingException", NOON + SERVICE_IS_AHEAD_BY),
        refuse("InvalidSignatureException"),
        refuse("InvalidSignatureException").replace(b"\r\n", b"\r\nDate: yesterday\r\n", 1),
    ],
    ids=["clocks agree", "another refusal", "no date", "no valid date"],
)
@pytest.mark.usefixtures("noon")
def test_any_other_refusal_is_raised_at_once(server, client, reply):
    server.script(reply)
    with pytest.raises(aws.ClientError):
        get_item(client)
    assert signed_times(server) == ["20261125T120000Z"]


def test_a_handler_of_botocore_may_answer_instead_of_the_service():
    build_client.cache_clear()
    with (
        override_settings(AWS_HOT_CLIENT="lean"),
        answering("dynamodb", "GetItem", lambda _: (200, {"Item": ITEM})),
    ):
        client = build_client("dynamodb", hot=True)
        assert isinstance(client, LeanClient)
        assert get_item(client)["Item"] == ITEM
    refused = pytest.raises(client.exceptions.ResourceNotFoundException)
    with answering("dynamodb", "GetItem", lambda _: error("ResourceNotFoundException")), refused:
        get_item(client)
    build_client.cache_clear()


def test_behind_a_proxy_calls_are_made_by_boto3(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with override_settings(AWS_ENDPOINT_URL="https://dynamodb.example", AWS_HOT_CLIENT="lean"):
        assert not isinstance(build_client.__wrapped__("dynamodb", hot=True), LeanClient)


def test_without_the_fast_parser_calls_are_made_by_boto3():
    with override_settings(AWS_HOT_PARSER=False, AWS_HOT_CLIENT="lean"):
        assert not isinstance(build_client.__wrapped__("dynamodb", hot=True), LeanClient)


def test_threads_share_a_client_and_each_gets_its_own_response(server, client):
    calls = 2 * POOL_SIZE
    server.script(*[respond({"Item": ITEM})] * calls)
    with ThreadPoolExecutor(POOL_SIZE) as threads:
        answers = list(threads.map(lambda _: get_item(client)["Item"], range(calls)))
    assert answers == [ITEM] * calls
    assert server.connections <= POOL_SIZE


def test_a_call_that_is_begun_is_sent_before_the_one_before_it_is_finished(server, client):
    server.script(respond({"Item": {"number": {"N": "1"}}}), respond({"Item": {"number": {"N": "2"}}}))
    finishes = [client.begin("get_item", TableName="t", Key=ITEM) for _ in range(2)]
    answers = [finish()["Item"]["number"]["N"] for finish in reversed(finishes)]
    assert (sorted(answers), len(server.requests)) == (["1", "2"], 2)


def test_an_exchange_leaves_nothing_to_the_garbage_collector(server):
    connections = KeptConnections(Endpoint(server.url, 5, 5), 1)
    server.script(respond({}))
    gc.collect()
    gc.disable()
    try:
        connections.receive(connections.send(REQUEST))
        assert [one for one in gc.get_objects() if type(one) is HttpResponseParser] == []
    finally:
        gc.enable()
        connections.close()


@pytest.mark.parametrize(("kept", "opened"), [(0, 3), (1, 1)])
def test_no_more_connections_stay_open_than_are_kept(server, kept, opened):
    connections = KeptConnections(Endpoint(server.url, 5, 5), kept)
    server.script(*[respond({})] * 3)
    for _ in range(3):
        connections.receive(connections.send(REQUEST))
    assert server.connections == opened
    connections.close()
