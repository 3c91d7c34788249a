"""Pages: an opaque cursor, signed and bound to whoever may use it, and the list it goes on in."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.core import signing
from django.http import HttpResponse
from rest_framework.request import Request

from tracking.api.conditional import answer_read
from tracking.services.requests import Mistake, PageQuery, RequestRefusedError

SALT = "tracking.api.cursors"


class WrongCursorError(RequestRefusedError):
    """The cursor is not one we gave to this caller for this list."""

    def __init__(self) -> None:
        super().__init__([Mistake("?cursor", "invalid", "not a cursor of this list")])


def read_after(request: Request, query: PageQuery) -> Any:
    """Where the page before ended, None for the first; raises `WrongCursorError`."""
    if query.cursor is None:
        return None
    try:
        binding, after = signing.loads(query.cursor, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise WrongCursorError from error
    if binding != _bind(request, query):
        raise WrongCursorError
    return after


def make_cursor(request: Request, query: PageQuery, after: Any) -> str:
    """A cursor that goes on `after` (JSON), for this caller, this address and these filters alone."""
    return signing.dumps([_bind(request, query), after], salt=SALT, compress=True)


def answer_page(
    request: Request, query: PageQuery, results: Sequence[Any], after: Any | None
) -> HttpResponse:
    """`{results, next}`, with the address of the next page as a `Link`; `after` is None on the last page."""
    if after is None:
        return answer_read(request, {"results": results, "next": None})
    cursor = make_cursor(request, query, after)
    address = urlencode({**request.query_params.dict(), "cursor": cursor})
    link = f'<{request.build_absolute_uri(request.path)}?{address}>; rel="next"'
    return answer_read(request, {"results": results, "next": cursor}, {"Link": link})


def _bind(request: Request, query: PageQuery) -> str:
    """What a cursor is bound to, in a few characters: caller, mode, address, filters."""
    filters = msgspec.structs.replace(query, cursor=None, limit=1)
    told = [request.user.partner_id, request.auth.livemode, request.path, filters]
    encoded = msgspec.json.encode(told, order="sorted")
    return signing.Signer(salt=SALT).signature(encoded.decode())[:16]
