"""Address of the client: that of the peer, or the one that a listed proxy names."""

from ipaddress import ip_network

import pytest

from swiftlogix.edge.client_address import PROXY_HEADERS, ClientAddress
from tests.swiftlogix.edge.recording import Recorder, call, make_scope

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")]
VIEWER = "CloudFront-Viewer-Address"
FORWARDED = "X-Forwarded-For"


async def resolve(peer, *headers, behind_cloudfront=False, kind="http"):
    """Return the client, and the headers by which a proxy names it, as the application sees them."""
    recorder = Recorder()
    layer = ClientAddress(recorder, PROXIES, behind_cloudfront=behind_cloudfront)
    message = {"type": "http.request", "body": b"", "more_body": False}
    await call(layer, make_scope(kind, client=(peer, 4000), headers=headers), message)
    (scope,) = recorder.scopes
    return scope["client"][0], [name.decode() for name, _ in scope["headers"]]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "CloudFront-Viewer-Address", "Forwarded", "X-Real-IP", "X-Forwarded-Proto"]
)
async def test_headers_of_a_peer_that_is_no_proxy_are_removed(name, kind):
    headers = [(name, "198.51.100.7:80"), ("Host", "x"), (name, "10.0.0.1")]
    assert await resolve("203.0.113.9", *headers, behind_cloudfront=True, kind=kind) == (
        "203.0.113.9",
        ["host"],
    )
    assert name.lower().encode() in PROXY_HEADERS


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (["198.51.100.7"], "198.51.100.7"),
        # What a client has put in front does not count.
        (["1.2.3.4, 198.51.100.7"], "198.51.100.7"),
        (["1.2.3.4", "198.51.100.7, 10.1.1.1"], "198.51.100.7"),
        (["10.9.9.9, 10.1.1.1"], "10.9.9.9"),
        (["1.2.3.4, nonsense"], "10.0.0.1"),
        (["1.2.3.4, nonsense, 10.1.1.1"], "10.1.1.1"),
        ([""], "10.0.0.1"),
        (["2001:db8::7"], "2001:db8::7"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
    ],
)
async def test_the_newest_forwarded_address_that_is_no_proxy_is_the_client(chain, client):
    headers = [(FORWARDED, value) for value in chain]
    assert (await resolve("10.0.0.1", *headers))[0] == client


async def test_a_proxy_that_names_nobody_is_the_client_itself():
    assert (await resolve("2001:db8:1::5"))[0] == "2001:db8:1::5"
    assert (await resolve("::ffff:10.0.0.1"))[0] == "10.0.0.1"


@pytest.mark.parametrize(
    ("sent", "client"),
    [
        ("198.51.100.7:46532", "198.51.100.7"),
        ("2001:db8:85a3:0:0:8a2e:370:7334:46532", "2001:db8:85a3::8a2e:370:7334"),
        ("[2001:db8::7]:46532", "2001:db8::7"),
        ("nonsense", "10.0.0.1"),
    ],
)
async def test_behind_cloudfront_its_header_names_the_viewer(sent, client):
    headers = [(FORWARDED, "1.2.3.4"), (VIEWER, sent)]
    assert (await resolve("10.0.0.1", *headers, behind_cloudfront=True))[0] == client
    assert (await resolve("10.0.0.1", *headers))[0] == "1.2.3.4"


async def test_a_socket_without_an_address_stays_without_one():
    recorder = Recorder()
    layer = ClientAddress(recorder, PROXIES, behind_cloudfront=False)
    await call(layer, make_scope("websocket", client=None, headers=[(FORWARDED, "1.2.3.4")]))
    assert recorder.scopes[0]["client"] == ("", 0)
