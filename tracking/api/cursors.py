"""Pages: an opaque cursor, signed and bound to whoever may use it, and the list it goes on in."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.core import signing
from django.http import HttpResponse
from rest_framework.request import Request

from tracking.api.conditional import answer_read
from tracking.services.requests.queries import PageQuery
from tracking.services.requests.refusals import Mistake, RequestRefusedError

# Signed without a time: the same place has the same cursor, so that a page can be told unchanged.
_signer = signing.Signer(salt="tracking.api.cursors")


class WrongCursorError(RequestRefusedError):
    """The cursor is not one we gave to this caller for this list."""

    def __init__(self, parameter: str) -> None:
        super().__init__([Mistake(f"?{parameter}", "invalid", "not a cursor of this list")])


def read_after(request: Request, query: PageQuery) -> Any:
    """Where the page before ended, None for the first; raises `WrongCursorError`."""
    return None if query.cursor is None else open_cursor(request, query.cursor, _filters(query))


def open_cursor(request: Request, cursor: str, filters: Any = None, parameter: str = "cursor") -> Any:
    """What is in a cursor of ours; raises `WrongCursorError` for one of anybody or anything else."""
    try:
        binding, after = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise WrongCursorError(parameter) from error
    if binding != _bind(request, filters):
        raise WrongCursorError(parameter)
    return after


def make_cursor(request: Request, after: Any, filters: Any = None) -> str:
    """A cursor that goes on `after` (JSON), for this caller, this address and these filters alone."""
    return _signer.sign_object([_bind(request, filters), after], compress=True)


def answer_page(
    request: Request, query: PageQuery, results: Sequence[Any], after: Any | None
) -> HttpResponse:
    """`{results, next}`, with the address of the next page as a `Link`; `after` is None on the last page."""
    if after is None:
        return answer_read(request, {"results": results, "next": None})
    cursor = make_cursor(request, after, _filters(query))
    link = link_next(request, cursor=cursor)
    return answer_read(request, {"results": results, "next": cursor}, {"Link": link})


def link_next(request: Request, **changed: str) -> str:
    """The address of the next page, as a `Link`: this one with these parameters changed."""
    address = urlencode({**request.query_params.dict(), **changed})
    return f'<{request.build_absolute_uri(request.path)}?{address}>; rel="next"'


def _filters(query: PageQuery) -> PageQuery:
    return msgspec.structs.replace(query, cursor=None, limit=1)


def _bind(request: Request, filters: Any) -> str:
    """What a cursor is bound to, in a few characters: caller, mode, address, filters."""
    told = [request.user.partner_id, request.auth.livemode, request.path, filters]
    encoded = msgspec.json.encode(told, order="sorted")
    return _signer.signature(encoded.decode())[:16]
