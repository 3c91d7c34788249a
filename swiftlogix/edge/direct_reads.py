"""Public reads answered without Django, with the headers of an answer that Django has made."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs

from cachetools import LRUCache

from swiftlogix.edge.bodies import REFUSAL
from swiftlogix.edge.protocol import Application, Headers, Message, Receive, Scope, Send, find_client
from swiftlogix.edge.public_requests import ANSWERED, REQUEST_ID, Asked, read_request
from swiftlogix.edge.public_states import PublicStates, TooManyReadsError
from tracking.api.public import COUNTED, DONE_BEFORE, UNKNOWN, PublicAnswer, make_answer
from tracking.domain.errors import TransientError
from tracking.pages.early import match_public

# Headers that differ between answers of the same status; all others are Django's.
_OWN = frozenset({b"etag", b"content-length", REQUEST_ID})
FORMS = 64


class Failure(Enum):
    """Reason for which a read has no answer."""

    UNKNOWN = "no such shipment"
    OUTAGE = "the store cannot be reached, or too many reads wait"
    BUG = "an error of ours"


# Given to Django with the request, so that it reads nothing a second time.
_LEFT_TO_DJANGO: dict[object, dict[str, object]] = {
    Failure.UNKNOWN: {DONE_BEFORE: UNKNOWN},
    Failure.OUTAGE: {REFUSAL: int(HTTPStatus.SERVICE_UNAVAILABLE)},
}


class Form(NamedTuple):
    """Host, scheme and status of answers that have all other headers in common."""

    host: bytes | None
    scheme: bytes | None
    scope_scheme: str
    status: int


class DirectReads:
    """Layer that reads a shipment and answers with the headers that Django sets.

    The headers are taken from an answer of Django, the inner application, of the same host, scheme and
    status. Until there is one, and for everything but 200 and 304, Django answers. `may_read` counts a read
    by its address.
    """

    def __init__(
        self, application: Application, may_read: Callable[[str], bool], states: PublicStates | None = None
    ) -> None:
        self._application = application
        self._may_read = may_read
        self._states = states or PublicStates()
        self._forms: LRUCache[Form, Headers] = LRUCache(FORMS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a public read; pass on any other request."""
        asked = read_request(scope)
        shipment_id = match_public(scope["path"]) if asked is not None else None
        if asked is None or shipment_id is None:
            await self._application(scope, receive, send)
        elif self._find_form(asked, HTTPStatus.OK) is None:
            await self._learn(asked, scope, receive, send)
        elif not self._may_read(find_client(scope)):
            await self._application(scope, receive, send)
        else:
            await self._read(asked, shipment_id, scope, receive, send)

    async def _read(self, asked: Asked, shipment_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        read = await self._try(asked, shipment_id)
        form = self._find_form(asked, read.status) if isinstance(read, PublicAnswer) else None
        if not isinstance(read, PublicAnswer) or form is None:
            known = _LEFT_TO_DJANGO.get(read, {DONE_BEFORE: COUNTED})
            await self._learn(asked, {**scope, **known}, receive, send)
            return
        own = {
            b"etag": read.etag.encode(),
            b"content-length": str(len(read.body)).encode(),
            REQUEST_ID: asked.request_id.encode(),
        }
        # Most pairs are those of the form: new ones would be work for the garbage collector.
        headers = [(pair[0], own[pair[0]]) if pair[0] in own else pair for pair in form]
        await send({"type": "http.response.start", "status": read.status, "headers": headers})
        await send({"type": "http.response.body", "body": read.body})

    async def _try(self, asked: Asked, shipment_id: str) -> PublicAnswer | Failure:
        """Return the answer about a shipment, or why there is none."""
        try:
            tracked = await self._states.read(shipment_id)
            if tracked is None:
                return Failure.UNKNOWN
            etags = (asked.key.version or b"").decode("latin-1")
            return make_answer(tracked, _find_language(asked.key.query), etags, datetime.now(UTC))
        except (TransientError, TooManyReadsError):
            return Failure.OUTAGE
        except Exception:  # noqa: BLE001 - Django meets the same error, logs it and answers 500
            return Failure.BUG

    async def _learn(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Django answer, and take the headers of an answer 200 or 304 as the form of others."""

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in ANSWERED:
                headers: Headers = message["headers"]
                if {name for name, _ in headers} >= _OWN:
                    self._forms[_make_form(asked, message["status"])] = headers
            await send(message)

        await self._application(scope, receive, send_noted)

    def _find_form(self, asked: Asked, status: int) -> Headers | None:
        return self._forms.get(_make_form(asked, status))


def _make_form(asked: Asked, status: int) -> Form:
    key = asked.key
    return Form(key.host, key.scheme, key.scope_scheme, int(status))


def _find_language(query: bytes) -> str:
    """Return the last value of `?lang=`, as Django does; empty without one."""
    values = parse_qs(query.decode("latin-1"), keep_blank_values=True) if query else {}
    return values.get("lang", [""])[-1]
