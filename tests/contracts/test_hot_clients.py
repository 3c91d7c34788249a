"""Contract of both clients of frequent calls: same requests, results and errors, whatever the server does."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from botocore import exceptions as aws
from django.test import override_settings

from tests.contracts.backends import HOT_CLIENTS
from tests.contracts.hot_calls import CALLS, ITEM
from tests.contracts.hot_clients import client_at, find_error, get_item
from tests.tracking.adapters.scripted_server import (
    CLOSE,
    CUT,
    RESET,
    SILENCE,
    refuse,
    respond,
    respond_in_chunks,
)
from tracking.adapters.aws import to_domain_error
from tracking.adapters.hot_json import PLAIN_REQUESTS
from tracking.adapters.lean_client import LeanClient
from tracking.domain.errors import PermanentError, TransientError
from tracking.progress import reporting_to

NOTHING = respond({})
COMPARED = ("authorization", "content-type", "host", "user-agent", "x-amz-date", "x-amz-target")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_the_setting_chooses_the_client(client, hot_client):
    assert isinstance(client, LeanClient) == (hot_client == "lean")


def test_every_frequent_operation_is_compared():
    assert {name for _, name, _, _ in CALLS} == {
        _to_method(name) for names in PLAIN_REQUESTS.values() for name in names
    }


def _to_method(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


@pytest.mark.parametrize(("service", "operation", "request_", "answer"), CALLS)
@time_machine.travel(NOON, tick=False)
def test_both_clients_send_the_same_and_return_the_same(server, service, operation, request_, answer):
    returned = []
    for name in HOT_CLIENTS:
        server.script(respond(answer, x_amz_id_2="Ä"))
        with override_settings(AWS_HOT_CLIENT=name), client_at(server.url, service) as client:
            returned.append(getattr(client, operation)(**request_))
    sent = [
        (request.line, request.body, {header: request.headers[header] for header in COMPARED})
        for request in server.requests
    ]
    assert sent[0] == sent[1]
    assert returned[0] == returned[1]


REFUSALS = {
    "throttled": refuse("ProvisionedThroughputExceededException"),
    "request limit": refuse("RequestLimitExceeded"),
    "server error": refuse("InternalServerError", 500),
    "expired token": refuse("ExpiredTokenException"),
    "missing table": refuse("ResourceNotFoundException"),
    "condition": refuse("ConditionalCheckFailedException", Item=ITEM),
    "transaction": refuse(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "ConditionalCheckFailed", "Item": ITEM}, {"Code": "None"}],
    ),
    "unknown": refuse("SomethingNewException"),
    "proxy": respond(b"<html>bad gateway</html>", 502),
    "no body": respond(b"", 503),
    "redirect": respond(b"", 307, Location="http://127.0.0.1:9/"),
}


@pytest.mark.parametrize("reply", REFUSALS.values(), ids=REFUSALS)
def test_both_clients_raise_the_same_error_for_the_same_refusal(server, reply):
    errors = []
    for name in HOT_CLIENTS:
        server.script(reply)
        with override_settings(AWS_HOT_CLIENT=name), client_at(server.url) as client:
            error = find_error(client)
            assert isinstance(error, aws.ClientError)
            named = getattr(client.exceptions, type(error).__name__, aws.ClientError)
            assert isinstance(error, named)
            ours = to_domain_error(error)
            errors.append(
                (type(error).__name__, str(error), error.response, error.operation_name, repr(ours))
            )
    assert _without_retries(errors[0]) == _without_retries(errors[1])


def _without_retries(error: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leave out what botocore adds about its retries, of which there are none."""
    response = {name: value for name, value in error[2].items() if name != "ResponseMetadata"}
    metadata = {
        name: value for name, value in error[2]["ResponseMetadata"].items() if name != "MaxAttemptsReached"
    }
    message = error[1].replace(" (reached max retries: 0)", "")
    return (
        error[0],
        message,
        response,
        metadata,
        error[3],
        error[4].replace(" (reached max retries: 0)", ""),
    )


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (CLOSE, aws.ConnectionClosedError),
        (RESET, aws.ConnectionClosedError),
        (b"no HTTP at all\r\n\r\n", aws.HTTPClientError),
        (respond({"Item": ITEM}, x_amz_crc32="1"), aws.ChecksumError),
    ],
)
def test_a_lost_or_damaged_response_is_a_transient_error_of_botocore(server, client, reply, expected):
    server.script(reply)
    error = find_error(client)
    assert isinstance(error, expected)
    assert isinstance(to_domain_error(error), TransientError)


@pytest.mark.parametrize("reply", [respond({"Item": ITEM})[:-3], respond_in_chunks([b'{"a":'])[:-5]])
def test_a_response_that_ends_early_is_a_transient_error(server, client, reply):
    server.script(reply + CUT)
    assert isinstance(to_domain_error(find_error(client)), TransientError)


@pytest.mark.slow
def test_a_server_that_stays_silent_is_a_read_timeout(server, client):
    server.script(SILENCE)
    assert isinstance(find_error(client), aws.ReadTimeoutError)


def test_nobody_at_the_address_is_a_transient_error(hot_client):
    with client_at("http://127.0.0.1:9") as client:
        error = find_error(client)
    assert isinstance(error, aws.EndpointConnectionError)
    assert isinstance(to_domain_error(error), TransientError)


def test_a_response_in_chunks_is_put_together(server, client):
    server.script(respond_in_chunks([b'{"Item":', json.dumps(ITEM).encode(), b"}"]))
    assert get_item(client)["Item"] == ITEM


def test_one_connection_serves_call_after_call_until_the_server_ends_it(server, client):
    server.script(NOTHING, NOTHING, respond({}, Connection="close"), NOTHING)
    for _ in range(4):
        get_item(client)
    assert [request.connection for request in server.requests] == [1, 1, 1, 2]


def test_after_an_error_of_the_connection_the_next_call_opens_a_new_one(server, client):
    server.script(NOTHING, RESET, NOTHING)
    get_item(client)
    find_error(client)
    get_item(client)
    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_a_call_reports_progress_before_it_is_sent_and_the_listener_may_stop_it(server, client):
    class StopError(Exception):
        """Raised by the listener."""

    def stop() -> None:
        raise StopError

    heard: list[int] = []
    server.script(NOTHING)
    with reporting_to(lambda: heard.append(len(server.requests))):
        get_item(client)
    with reporting_to(stop), pytest.raises(StopError):
        get_item(client)
    assert (heard, len(server.requests)) == ([0], 1)


def test_a_handler_of_botocore_sees_each_call_and_may_answer_it(server, client):
    seen = []
    client.meta.events.register("before-send", lambda event_name, **_: seen.append(event_name))
    server.script(NOTHING)
    get_item(client)
    assert seen == ["before-send.dynamodb.GetItem"]


def test_operations_that_are_not_frequent_are_made_by_boto3(server, client):
    server.script(respond({"TableNames": ["t"]}))
    assert client.list_tables()["TableNames"] == ["t"]


def test_without_credentials_nothing_is_sent(server, hot_client, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with client_at(server.url) as client:
        error = find_error(client)
    assert (type(error), server.requests) == (aws.NoCredentialsError, [])


def test_a_refusal_for_good_is_a_permanent_error(server, client):
    server.script(refuse("ValidationException"))
    assert isinstance(to_domain_error(find_error(client)), PermanentError)
