"""`GET /api/v1/changes`: the feed of a partner's changes."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.conditional import answer_read
from tracking.api.cursors import link_next, make_cursor, open_cursor
from tracking.api.event_answers import FeedAnswer
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import query_of, responses
from tracking.services.reading.feed import read_feed
from tracking.services.requests.queries import FEED_TYPES, FeedQuery
from tracking.services.requests.refusals import Mistake, RequestRefusedError, name_allowed


class Changes(PartnerView):
    """View: the feed of the partner's changes."""

    scopes = {"GET": "events:read"}

    @extend_schema(
        operation_id="list_changes",
        tags=["events"],
        summary="Read the feed of changes after a cursor",
        parameters=query_of(FeedQuery),
        responses=responses({200: FeedAnswer}, 410),
    )
    def get(self, request: Request) -> HttpResponse:
        """Changes of the last 30 days in order, each once. Pass `next` as `after` of the next request."""
        query = read_query(request, FeedQuery)
        after = open_cursor(request, query.after) if query.after is not None else None
        page = read_feed(caller_of(request), after, _read_types(query), query.limit, datetime.now(UTC))
        cursor = make_cursor(request, page.after)
        body = {"results": [msgspec.Raw(entry.encode()) for entry in page.bodies], "next": cursor}
        return answer_read(request, body, {"Link": link_next(request, after=cursor)})


def _read_types(query: FeedQuery) -> list[str]:
    types = [name.strip() for name in query.types.split(",")] if query.types else []
    unknown = [name for name in types if name not in FEED_TYPES]
    if unknown:
        detail = name_allowed(f"no such type: {unknown[0]!r}", FEED_TYPES)
        raise RequestRefusedError([Mistake("?types", "invalid", detail)])
    return types
