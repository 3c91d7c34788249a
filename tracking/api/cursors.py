"""Pagination: opaque cursors, signed and bound to caller, mode, path and filters."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from django.core import signing
from django.db.models import Model
from django.http import HttpResponse
from rest_framework.request import Request

from tracking.api.conditional import answer_read
from tracking.services.requests.queries import PageQuery
from tracking.services.requests.refusals import UnknownError

Row = TypeVar("Row", bound=Model)
# Signed without a time: the same place has the same cursor, so an unchanged page keeps its ETag.
_signer = signing.Signer(salt="tracking.api.cursors")


class UnknownCursorError(UnknownError):
    """Raised for a cursor that was not made for this caller and this list."""

    code = "unknown_cursor"
    detail = "This cursor is not valid for this list and key. Start without a cursor."


def read_after(request: Request, query: PageQuery) -> Any:
    """Return the place after which the page starts, None for the first page. Raises `UnknownCursorError`."""
    return None if query.cursor is None else open_cursor(request, query.cursor, _filters(query))


def open_cursor(request: Request, cursor: str, filters: Any = None) -> Any:
    """Return the content of a cursor. Raises `UnknownCursorError` for a forged one or one of another list."""
    try:
        binding, after = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise UnknownCursorError from error
    if binding != _bind(request, filters):
        raise UnknownCursorError
    return after


def make_cursor(request: Request, after: Any, filters: Any = None) -> str:
    """Return a cursor of the place `after` (JSON), valid for this caller, path and filters only."""
    return _signer.sign_object([_bind(request, filters), after], compress=True)


def answer_rows(
    request: Request, query: PageQuery, found: Sequence[Row], describe: Callable[[Row], Any]
) -> HttpResponse:
    """Return the page of rows whose place is their number; `found` are those of the page and one more."""
    shown, more = found[: query.limit], len(found) > query.limit
    return answer_page(request, query, [describe(row) for row in shown], shown[-1].pk if more else None)


def answer_page(
    request: Request, query: PageQuery, results: Sequence[Any], after: Any | None
) -> HttpResponse:
    """Return the response `{results, next}` with a `Link` header; `after` is None on the last page."""
    if after is None:
        return answer_read(request, {"results": results, "next": None})
    cursor = make_cursor(request, after, _filters(query))
    link = link_next(request, cursor=cursor)
    return answer_read(request, {"results": results, "next": cursor}, {"Link": link})


def link_next(request: Request, **changed: str) -> str:
    """Return the `Link` header of the next page: the URL of this one with these parameters changed."""
    query = urlencode({**request.query_params.dict(), **changed})
    return f'<{request.build_absolute_uri(request.path)}?{query}>; rel="next"'


def _filters(query: PageQuery) -> PageQuery:
    return msgspec.structs.replace(query, cursor=None, limit=1)


def _bind(request: Request, filters: Any) -> str:
    """Return a short signature of what a cursor is bound to: caller, mode, path, filters."""
    binding = [request.user.partner_id, request.auth.livemode, request.path, filters]
    encoded = msgspec.json.encode(binding, order="sorted")
    return _signer.signature(encoded.decode())[:16]
