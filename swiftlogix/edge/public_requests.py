"""Requests that may be answered before Django: public reads and health checks that carry nothing personal."""

from typing import NamedTuple

from swiftlogix.edge.bodies import REFUSAL
from swiftlogix.edge.protocol import Scope
from tracking.api.request_id import HEADER, choose_request_id
from tracking.pages.early import HEALTH, METHODS, PUBLIC_PREFIX

REQUEST_ID = HEADER.lower().encode()
# Statuses whose answers may be sent again, or made from one of the same status.
ANSWERED = (200, 304)
# Key of the scope: what an outer layer has read of the request.
_ASKED = "asked"
# Requests with longer addresses are left to Django.
ADDRESS_BYTES = 1024
# Headers that an answer depends on. A request that has one of these twice, or one of the others, is Django's.
_READ = {b"host": 0, b"x-forwarded-proto": 1, b"if-none-match": 2, REQUEST_ID: 3}
_PASSED_ON = frozenset({b"cookie", b"authorization", b"content-length", b"transfer-encoding"})


class Key(NamedTuple):
    """Everything that a public answer depends on, the shipment's state apart."""

    path: str
    query: bytes
    host: bytes | None
    scheme: bytes | None
    version: bytes | None
    scope_scheme: str


class Asked(NamedTuple):
    """Request that may be answered before Django, and the id that its answer gets."""

    key: Key
    request_id: str
    is_health: bool


def read_request(scope: Scope) -> Asked | None:
    """Return what the answer to a read depends on; None for a request that only Django may answer.

    Inner layers get what the outermost one has read.
    """
    known: Asked | None = scope.get(_ASKED)
    if known is not None:
        return known
    if scope["type"] != "http" or scope["method"] not in METHODS or REFUSAL in scope:
        return None
    path: str = scope["path"]
    is_health = path == HEALTH
    if not is_health and not path.startswith(PUBLIC_PREFIX):
        return None
    found: list[bytes | None] = [None] * len(_READ)
    for name, value in scope["headers"]:
        place = _READ.get(name)
        if place is None:
            if name in _PASSED_ON:
                return None
        elif found[place] is not None:
            return None
        else:
            found[place] = value
    host, scheme, version, request_id = found
    query: bytes = scope["query_string"]
    if len(path) + len(query) + len(version or b"") + len(host or b"") > ADDRESS_BYTES:
        return None
    key = Key(path, query, host, scheme, version, scope.get("scheme", "http"))
    asked = Asked(key, choose_request_id((request_id or b"").decode("latin-1")), is_health)
    scope[_ASKED] = asked
    return asked
