"""`/api/v1/usage`: usage of the API by a partner, day by day."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.conditional import answer_read
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import query_of, responses
from tracking.ports import ports
from tracking.services.requests.queries import UsageQuery
from tracking.services.requests.usage import DayOfUsage, find_days, read_usage


class UsageAnswer(msgspec.Struct):
    """Usage by day (UTC), oldest first."""

    days: list[DayOfUsage]


class Usage(PartnerView):
    """View: usage of the partner."""

    scopes = {"GET": "usage:read"}

    @extend_schema(
        operation_id="read_usage",
        tags=["usage"],
        summary="Read your usage by day",
        parameters=query_of(UsageQuery),
        responses=responses({200: UsageAnswer}),
    )
    def get(self, request: Request) -> HttpResponse:
        """Usage of up to 92 days. The default is the last 30."""
        query = read_query(request, UsageQuery)
        first, last = find_days(query, datetime.now(UTC).date())
        return answer_read(request, UsageAnswer(read_usage(ports(), caller_of(request), first, last)))
