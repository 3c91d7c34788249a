"""Edge: layers that every request and socket passes before Django and Channels."""

from collections.abc import Sequence

from swiftlogix.edge.bodies import LimitedBodies
from swiftlogix.edge.client_address import ClientAddress, Network
from swiftlogix.edge.handshakes import PacedHandshakes
from swiftlogix.edge.protocol import Application, Receive, Scope, Send
from swiftlogix.edge.socket_outages import ClosedByOutage
from swiftlogix.edge.sockets import LimitedSockets
from tracking.limits import SOCKETS_PER_ADDRESS


def protect(
    application: Application,
    trusted: Sequence[Network],
    *,
    behind_cloudfront: bool,
    sockets_per_address: int = SOCKETS_PER_ADDRESS,
) -> Application:
    """Return the application behind all layers of the edge; the address comes first, others count by it.

    A request passes only the layers for requests, a socket only those for sockets.
    """
    requests = LimitedBodies(application)
    sockets = LimitedSockets(PacedHandshakes(ClosedByOutage(application)), sockets_per_address)

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else requests)(scope, receive, send)

    return ClientAddress(choose, trusted, behind_cloudfront=behind_cloudfront)
