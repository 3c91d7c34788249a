"""Web role as it is started: bodies, errors and sockets over real connections."""

import json
from contextlib import ExitStack, suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.events import make_event
from tests.swiftlogix.edge.wire import ask, ask_with_expectation, cut, is_closed_after
from tests.tracking.photos import draw_photo
from tests.tracking.stories import BOOKING, record_timeline
from tests.waiting import PATIENCE_S
from tracking.limits import (
    API_BODY_BYTES,
    JSON_DEPTH,
    OTHER_BODY_BYTES,
    SOCKET_MESSAGE_BYTES,
    SOCKETS_PER_ADDRESS,
)

EVENTS = "/api/v1/events"
EVENT = json.dumps({"shipment_id": "ch1", "status": "in_transit", "note": "x" * 100}).encode()
JSON = "application/json"


def report(port, api, body, **headers):
    headers = {"Authorization": f"Bearer {api.key}", "Content_Type": JSON} | headers
    return ask(port, "POST", EVENTS, body, **headers)


@pytest.mark.parametrize("size", [1, 20, 100_000])
def test_an_event_in_chunks_is_accepted_like_one_with_a_length(port, api, world, size):
    whole, chunked = report(port, api, EVENT), report(port, api, cut(EVENT, size))
    assert (whole.status, chunked.status) == (202, 202)
    first, second = (json.loads(data) for _, data in world.stream.records)
    unlike = {"event_id", "device_seq", "traceparent", "timestamp", "mac"}
    assert {name: first[name] for name in first.keys() - unlike} == {
        name: second[name] for name in second.keys() - unlike
    }


def test_a_proof_in_chunks_is_accepted(port, api, hubs, files):
    booked = report(port, api, b"{}")  # The key is valid, whatever the body says.
    assert booked.status == 422
    shipment_id = api.post("/api/v1/shipments", BOOKING).json()["shipment_id"]
    form = (
        b'--cut\r\nContent-Disposition: form-data; name="kind"\r\n\r\nphoto\r\n'
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + draw_photo() + b"\r\n--cut--\r\n"
    )
    answer = ask(
        port,
        "POST",
        f"/api/v1/shipments/{shipment_id}/proofs",
        cut(form, 5000),
        Authorization=f"Bearer {api.key}",
        Content_Type="multipart/form-data; boundary=cut",
    )
    assert (answer.status, json.loads(answer.body)["kind"]) == (201, "photo")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "limit", "code"),
    [
        (EVENTS, API_BODY_BYTES, "too_large"),
        ("/tracking/SLX1", OTHER_BODY_BYTES, "too_large"),
        ("/track/", OTHER_BODY_BYTES, "text/html; charset=utf-8"),
        ("/no/such/page", OTHER_BODY_BYTES, "text/html; charset=utf-8"),
    ],
)
def test_a_body_that_is_too_large_is_refused_without_a_key(port, path, limit, code, chunked):
    body = b"x" * (limit + 1)
    answer = ask(port, "POST", path, cut(body, 65536) if chunked else body, Content_Type=JSON)
    assert (answer.status, answer.read_code(), "x-request-id" in answer.headers) == (413, code, True)


def test_a_client_that_asks_before_it_sends_is_refused_before_it_sends(port):
    assert ask_with_expectation(port, OTHER_BODY_BYTES + 1) == (b"HTTP/1.1 413 Request Entity Too Large", b"")
    assert ask_with_expectation(port, OTHER_BODY_BYTES) == (
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 422 Unprocessable Entity",
    )


def test_a_body_of_the_limit_is_read(port, api):
    body = EVENT.replace(b"x", b"x" * (API_BODY_BYTES - len(EVENT)), 1)[:API_BODY_BYTES]
    assert report(port, api, body).status in {400, 422}


@pytest.mark.parametrize(("depth", "status"), [(JSON_DEPTH, 422), (JSON_DEPTH + 1, 400), (200_000, 400)])
@pytest.mark.parametrize(
    "body", ['{"events":[],"x":%s%s}', '{"shipment_id":"D","status":"delivered","meta":%s%s}']
)
def test_json_is_nested_up_to_its_limit(port, api, depth, status, body):
    inner = depth - 1
    answer = report(port, api, (body % ("[" * inner, "]" * inner)).encode())
    code = {400: "malformed", 422: "validation_failed"}[status]
    assert (answer.status, answer.read_code()) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/api/v1/shipments", {"Host": "evil.example"}, 400, "bad_request"),
        ("GET", "/tracking/x", {"Host": "evil.example"}, 400, "bad_request"),
        ("GET", "/track/", {"Host": "evil.example"}, 400, "text/html; charset=utf-8"),
        ("POST", "/tracking/x", {}, 405, "method_not_allowed"),
        ("PROPFIND", "/tracking/x", {}, 405, "method_not_allowed"),
        ("POST", "/api/proofs/x", {}, 405, "method_not_allowed"),
        ("POST", "/ops/fleet.json", {}, 405, "method_not_allowed"),
        ("PUT", "/track/", {}, 405, "text/html; charset=utf-8"),
        ("POST", "/t/xyz", {}, 405, "text/html; charset=utf-8"),
        ("PUT", "/healthz", {}, 405, "method_not_allowed"),
        ("POST", "/readyz", {}, 405, "method_not_allowed"),
        ("PUT", "/", {}, 405, "text/html; charset=utf-8"),
        ("DELETE", "/ops/", {}, 405, "text/html; charset=utf-8"),
        ("PATCH", "/admin/", {}, 405, "text/html; charset=utf-8"),
        ("TRACE", "/track/", {}, 405, "text/html; charset=utf-8"),
        ("GET", "/t/xyz/unlock", {}, 405, "text/html; charset=utf-8"),
        ("POST", "/ops/login/", {}, 403, "text/html; charset=utf-8"),
        ("GET", "/api/nothing", {}, 404, "not_found"),
        ("GET", "/tracking/a/b", {}, 404, "not_found"),
        (
            "POST",
            "/track/",
            {"Content_Type": "application/x-www-form-urlencoded; charset=latin-1"},
            400,
            "text/html; charset=utf-8",
        ),
        ("GET", "/track/?q=%FF", {}, 200, "text/html; charset=utf-8"),
    ],
)
def test_a_refusal_has_the_form_of_its_path(port, method, path, headers, status, code):
    body = b"" if method in {"POST", "PUT", "PROPFIND"} else None
    answer = ask(port, method, path, body, **headers)
    assert (answer.status, answer.read_code()) == (status, code)
    assert ("allow" in answer.headers) == (status == 405)
    assert answer.body


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "nonsense"])
def test_a_wrong_content_type_is_a_problem(port, api, kind):
    answer = report(port, api, EVENT, Content_Type=kind)
    assert (answer.status, answer.read_code()) == (415, "unsupported_media_type")


def test_the_limit_of_public_reads_cannot_be_escaped_by_headers(port, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    statuses = [
        ask(port, "GET", "/tracking/123", X_Forwarded_For=f"198.51.100.{n}", X_Real_IP=f"192.0.2.{n}").status
        for n in range(61)
    ]
    assert statuses == [200] * 60 + [429]


def closing_code(address, **options):
    """Return the code with which the server closes this socket, and its extensions."""
    with connect(address, **options) as opened, pytest.raises(ConnectionClosed) as closed:
        opened.recv(timeout=PATIENCE_S)
    return closed.value.rcvd.code


HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"POST /track/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /", b"x" * 1024),
        (HEAD + b"X: ", b"x" * 1024),
        (HEAD, b"x: y\r\n" * 200),
        (CHUNKED + b"1\r\nx\r\n0\r\nX: ", b"x" * 1024),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"x: y\r\n" * 200),
    ],
    ids=["request line", "header", "headers", "trailer", "trailers"],
)
def test_a_head_without_end_closes_its_connection(port, begin, piece):
    assert is_closed_after(port, begin + piece * 1000)


def test_a_large_head_below_the_limit_and_later_requests_are_read(port):
    headers = {"X_Long": "x" * 50_000}
    assert [ask(port, "GET", "/healthz", **headers).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("path", ["/ws/nope/", "/ws/track/ID", "/", "/ws/track/a/b/"])
def test_an_unknown_socket_is_closed_with_4404(port, path, caplog):
    address = f"ws://127.0.0.1:{port}{path}"
    assert closing_code(address, origin=f"http://127.0.0.1:{port}") == 4404
    assert caplog.records == []


def test_the_twenty_first_socket_of_an_address_is_closed_with_4429(port, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    options = {"origin": f"http://127.0.0.1:{port}", "compression": "deflate"}
    address = f"ws://127.0.0.1:{port}/ws/track/123/"
    with ExitStack() as stack:
        opened = [stack.enter_context(connect(address, **options)) for _ in range(SOCKETS_PER_ADDRESS)]
        frames = [json.loads(one.recv(timeout=PATIENCE_S))["type"] for one in opened]
        assert frames == ["snapshot"] * SOCKETS_PER_ADDRESS
        assert [one.protocol.extensions for one in opened] == [[]] * SOCKETS_PER_ADDRESS
        assert closing_code(address, **options) == 4429


@pytest.mark.parametrize("message", ["x" * (SOCKET_MESSAGE_BYTES + 1), b"x" * (SOCKET_MESSAGE_BYTES + 1)])
def test_a_message_that_is_too_large_closes_its_socket(port, world, message):
    record_timeline(world.store, make_event(0, status="in_transit"))
    address = f"ws://127.0.0.1:{port}/ws/track/123/?since=1"
    with connect(address, origin=f"http://127.0.0.1:{port}") as opened:
        assert json.loads(opened.recv(timeout=PATIENCE_S))["type"] == "current"
        with suppress(ConnectionClosed):
            opened.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            opened.recv(timeout=PATIENCE_S)
        assert closed.value.rcvd.code == 1009
