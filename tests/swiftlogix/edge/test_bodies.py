"""Bodies: the limit of each path, in one piece and in chunks, and the length that chunks get."""

import pytest

from swiftlogix.edge.bodies import LimitedBodies, find_limit
from tests.swiftlogix.edge.recording import Recorder, call, make_scope
from tracking.limits import ADMIN_BODY_BYTES, API_BODY_BYTES, OTHER_BODY_BYTES, PROOF_BODY_BYTES

CHUNKED = ("Transfer-Encoding", "chunked")


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/v1/events", API_BODY_BYTES),
        ("/api/v1/shipments/SLX1/proofs", PROOF_BODY_BYTES),
        ("/api/v1/shipments/SLX1/proofs/x", API_BODY_BYTES),
        ("/api/v1/shipments/a/b/proofs", API_BODY_BYTES),
        ("/admin/tracking/partner/1/change/", ADMIN_BODY_BYTES),
        ("/administration", OTHER_BODY_BYTES),
        ("/track/", OTHER_BODY_BYTES),
        ("/tracking/SLX1", OTHER_BODY_BYTES),
        ("/apis", OTHER_BODY_BYTES),
    ],
)
def test_each_path_has_its_limit(path, limit):
    assert find_limit(path) == limit


def pieces(*bodies):
    last = len(bodies) - 1
    return [
        {"type": "http.request", "body": body, "more_body": index < last} for index, body in enumerate(bodies)
    ]


async def send_body(path, headers, *bodies):
    """Return what the application is called with: declared length, refusal and body."""
    recorder = Recorder()
    await call(LimitedBodies(recorder), make_scope(path=path, headers=headers), *pieces(*bodies))
    (scope,) = recorder.scopes
    declared = dict(scope["headers"]).get(b"content-length")
    return declared, scope.get("refusal"), recorder.bodies


async def test_a_body_in_chunks_gets_its_length_and_loses_its_encoding():
    recorder = Recorder()
    scope = make_scope(path="/api/v1/events", headers=[CHUNKED, ("Host", "x")])
    await call(LimitedBodies(recorder), scope, *pieces(b"ab", b"", b"cde"))
    assert recorder.scopes[0]["headers"] == [(b"host", b"x"), (b"content-length", b"5")]
    assert recorder.bodies == [b"abcde"]


@pytest.mark.parametrize(("over", "refusal"), [(0, None), (1, 413)])
async def test_a_declared_length_is_checked_before_the_body_is_read(over, refusal):
    length = str(OTHER_BODY_BYTES + over)
    body = b"x" * (OTHER_BODY_BYTES + over)
    declared, refused, bodies = await send_body("/track/", [("Content-Length", length)], body)
    expected = (None, 413, [b""]) if refusal else (length.encode(), None, [body])
    assert (declared, refused, bodies) == expected


@pytest.mark.parametrize(("over", "refusal"), [(0, None), (1, 413)])
async def test_chunks_are_counted_up_to_the_limit(over, refusal):
    half = b"x" * (API_BODY_BYTES // 2)
    sent = (half, half, b"x" * over)
    declared, refused, bodies = await send_body("/api/v1/events", [CHUNKED], *sent)
    expected = (None, 413, [b""]) if refusal else (str(API_BODY_BYTES).encode(), None, [half + half])
    assert (declared, refused, bodies) == expected


@pytest.mark.parametrize("sent", ["-1", "1e3", "", "٣"])
async def test_a_length_that_is_no_number_is_not_believed(sent):
    headers = [("Content-Length", sent)] if sent.isascii() else []
    assert (await send_body("/api/v1/events", headers, b"abc"))[0] == b"3"


async def test_a_length_beside_chunks_is_not_believed():
    headers = [CHUNKED, ("Content-Length", "2")]
    assert await send_body("/api/v1/events", headers, b"abc") == (b"3", None, [b"abc"])


async def test_a_request_without_a_body_stays_without_a_length():
    assert await send_body("/track/", [], b"") == (None, None, [b""])


async def test_a_client_that_leaves_within_its_body_reaches_nobody():
    recorder = Recorder()
    messages = [{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.disconnect"}]
    await call(LimitedBodies(recorder), make_scope(path="/api/v1/events", headers=[CHUNKED]), *messages)
    assert recorder.scopes == []
