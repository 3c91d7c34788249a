"""`/api/v1/webhook-endpoints`: endpoints of a partner, their secrets, tests and replays."""

from datetime import UTC, datetime

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from notifications.webhooks.account_webhooks import open_test
from notifications.webhooks.api.answers import (
    DeliveryAnswer,
    EndpointAnswer,
    EndpointPage,
    EndpointWithSecret,
    ReplayAnswer,
    describe_delivery,
    describe_endpoint,
    describe_with_secret,
)
from notifications.webhooks.endpoints import (
    change_endpoint,
    check_endpoint,
    create_endpoint,
    delete_endpoint,
    find_endpoint,
    list_endpoints,
    rotate_endpoint,
)
from notifications.webhooks.replays import replay
from notifications.webhooks.requests import EndpointChange, NewEndpoint, Replay
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read, require_match
from tracking.api.cursors import answer_rows, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.ports import ports
from tracking.services.requests.queries import PageQuery

READ, WRITE = "webhooks:read", "webhooks:write"
TAGS = ["webhooks"]


class Endpoints(PartnerView):
    """View: create and list endpoints."""

    scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="list_webhook_endpoints",
        tags=TAGS,
        summary="List your webhook endpoints",
        parameters=query_of(PageQuery),
        responses=responses({200: EndpointPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """List endpoints, newest first."""
        query, now = read_query(request, PageQuery), datetime.now(UTC)
        found = list_endpoints(caller_of(request), query, read_after(request, query))
        return answer_rows(request, query, found, lambda endpoint: describe_endpoint(endpoint, now))

    @extend_schema(
        operation_id="create_webhook_endpoint",
        tags=TAGS,
        summary="Create a webhook endpoint",
        request=body_of(NewEndpoint),
        responses=responses({201: EndpointWithSecret}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """Create an endpoint. The answer alone contains its secret. It gets changes from now on."""
        now = datetime.now(UTC)
        made = create_endpoint(caller_of(request), read_body(request.data, NewEndpoint), now)
        headers = {"Location": f"{request.path}/{made.endpoint.endpoint_id}", "Cache-Control": "no-store"}
        return answer_json(describe_with_secret(made.endpoint, made.secret, now), 201, headers)


class EndpointById(PartnerView):
    """View: one endpoint of the partner."""

    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(
        operation_id="read_webhook_endpoint",
        tags=TAGS,
        summary="Read a webhook endpoint and its health",
        responses=responses({200: EndpointAnswer}),
    )
    def get(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Endpoint with its filter, and since when it fails or is disabled."""
        endpoint = find_endpoint(caller_of(request), endpoint_id)
        return answer_read(request, describe_endpoint(endpoint, datetime.now(UTC)))

    @extend_schema(
        operation_id="change_webhook_endpoint",
        tags=TAGS,
        summary="Change a webhook endpoint; disable it, or enable it again",
        request=body_of(EndpointChange),
        responses=responses({200: EndpointAnswer}, 412),
    )
    def patch(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Change fields of an endpoint. Webhooks that wait go to the new URL."""
        change, caller, now = read_body(request.data, EndpointChange), caller_of(request), datetime.now(UTC)
        endpoint = find_endpoint(caller, endpoint_id)
        check_endpoint(change)
        require_match(request, describe_endpoint(endpoint, now))
        changed = change_endpoint(ports().live, caller, endpoint_id, change, now)
        return answer_json(describe_endpoint(changed, now))

    @extend_schema(
        operation_id="delete_webhook_endpoint",
        tags=TAGS,
        summary="Delete a webhook endpoint and its deliveries",
        responses=responses({204: None}, 412),
    )
    def delete(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Delete an endpoint. What waits for it is not sent."""
        caller, now = caller_of(request), datetime.now(UTC)
        require_match(request, describe_endpoint(find_endpoint(caller, endpoint_id), now))
        delete_endpoint(ports().live, caller, endpoint_id, now)
        return HttpResponse(status=204)


class SecretRotated(PartnerView):
    """View: rotate the secret of an endpoint."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="rotate_webhook_secret",
        tags=TAGS,
        summary="Rotate the secret of a webhook endpoint",
        request=None,
        responses=responses({200: EndpointWithSecret}),
    )
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Replace the secret. The older one signs too for 24 hours; a second rotation ends it at once."""
        now = datetime.now(UTC)
        made = rotate_endpoint(caller_of(request), endpoint_id, now)
        body = describe_with_secret(made.endpoint, made.secret, now)
        return answer_json(body, 200, {"Cache-Control": "no-store"})


class EndpointTested(PartnerView):
    """View: send a test to an endpoint."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="test_webhook_endpoint",
        tags=TAGS,
        summary="Send a `webhook.test` to an endpoint",
        request=None,
        responses=responses({201: DeliveryAnswer}, 409),
    )
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Send a test before all that waits, whatever the filter. Its delivery shows what was answered."""
        endpoint = find_endpoint(caller_of(request), endpoint_id)
        return answer_json(describe_delivery(open_test(endpoint, datetime.now(UTC))), 201)


class Replayed(PartnerView):
    """View: replay webhooks to an endpoint."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="replay_webhooks",
        tags=TAGS,
        summary="Send webhooks of a period, or with these ids, to an endpoint again",
        request=body_of(Replay),
        responses=responses({200: ReplayAnswer}, 409),
    )
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Send up to 10,000 webhooks of the last 30 days again, each with the id that it had before."""
        wanted = read_body(request.data, Replay)
        done = replay(caller_of(request), endpoint_id, wanted, datetime.now(UTC))
        return answer_json(ReplayAnswer(again=done.again, missed=done.missed))
