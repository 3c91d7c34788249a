"""Client address of a request or socket: by listed proxies, never by a header of anybody else."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network

from swiftlogix.edge.protocol import Application, Headers, Receive, Scope, Send, drop_headers, find_header
from tracking.network import ADDRESSES_REMEMBERED, parse_address

FORWARDED_FOR = b"x-forwarded-for"
VIEWER_ADDRESS = b"cloudfront-viewer-address"
# Headers that only a proxy may set. Those of anybody else are removed, so that no later layer reads them.
PROXY_HEADERS = frozenset(
    {
        FORWARDED_FOR,
        VIEWER_ADDRESS,
        b"forwarded",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)
Network = IPv4Network | IPv6Network


class ClientAddress:
    """Layer that sets `scope["client"]` to the client behind the trusted proxies.

    `trusted` are the networks of the proxies. With `behind_cloudfront` they pass on the address that
    CloudFront has seen; otherwise the newest address of `X-Forwarded-For` that is no trusted proxy counts.
    """

    def __init__(
        self, application: Application, trusted: Sequence[Network], *, behind_cloudfront: bool
    ) -> None:
        self._application = application
        self._trusted = tuple(trusted)
        self._behind_cloudfront = behind_cloudfront
        # Proxies are few, and their addresses come with every request.
        self._is_trusted = lru_cache(ADDRESSES_REMEMBERED)(self._lies_in_trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application with the client's address."""
        if scope["type"] in {"http", "websocket"}:
            scope = self._resolve(scope)
        await self._application(scope, receive, send)

    def _resolve(self, scope: Scope) -> Scope:
        peer, port = scope.get("client") or ("", 0)
        headers: Headers = list(scope["headers"])
        if not self._is_trusted(peer):
            return {
                **scope,
                "client": (_normalise(peer), port),
                "headers": drop_headers(headers, PROXY_HEADERS),
            }
        return {**scope, "client": (self._find_client(peer, headers), 0)}

    def _find_client(self, peer: str, headers: Headers) -> str:
        """Return the client that the trusted peer names; the peer itself if it names none."""
        viewer = find_header(headers, VIEWER_ADDRESS) if self._behind_cloudfront else None
        if viewer is not None:
            # An address, a colon and the port; an IPv6 address may have no brackets.
            return _spell(viewer.decode("latin-1").rpartition(":")[0].strip("[]")) or _normalise(peer)
        return self._walk(peer, headers)

    def _walk(self, peer: str, headers: Headers) -> str:
        """Walk `X-Forwarded-For` from the newest entry to the oldest, until one is no trusted proxy."""
        entries = ",".join(value.decode("latin-1") for name, value in headers if name == FORWARDED_FOR)
        client = _normalise(peer)
        for entry in reversed(entries.split(",")):
            address = _spell(entry.strip())
            if address is None:
                break
            client = address
            if not self._is_trusted(client):
                break
        return client

    def _lies_in_trusted(self, text: str) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in self._trusted)


@lru_cache(ADDRESSES_REMEMBERED)
def _spell(text: str) -> str | None:
    """Return the usual spelling of an address, None for a text that is none."""
    address = parse_address(text)
    return None if address is None else str(address)


def _normalise(text: str) -> str:
    return _spell(text) or text
