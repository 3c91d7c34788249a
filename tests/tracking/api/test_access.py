"""Every operation with every invalid key: the answer does not reveal whether an object exists."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.webhooks.models import WebhookDelivery
from tests.events import at, make_event
from tests.notifications.webhooks.partners import make_endpoint, open_many
from tests.tracking.api.calls import CALLS
from tests.tracking.api.document import check_answer, read_document
from tests.tracking.stories import BOOKING, Api, record_timeline
from tracking.api.keys import SCOPES, issue_key
from tracking.domain.events import Booking
from tracking.models import Manifest, Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

OPERATIONS = sorted(CALLS)
OF_SOMEBODY = [name for name in OPERATIONS if CALLS[name].of_somebody]


@pytest.fixture
def call(api, client, world, files, hubs, partner, time_machine):
    """Sends an operation about live shipment 123 of the partner, or about `other`, which does not exist."""
    time_machine.move_to(at(10), tick=False)
    assert Api(client, api.key).post("/api/v1/shipments", BOOKING).status_code == 201
    record_timeline(
        world.store, make_event(0, status="created", booking=Booking(), partner_id="prt_acme", source="api")
    )
    incident = open_incident(
        ports().live, "attempt_failed", "123", "nobody at home", at(1), shipment_id="123"
    )
    vans = [Vehicle.objects.create(vehicle_id=f"KA-{n}", partner=partner) for n in (1, 2, 3)]
    manifest = Manifest.objects.create(manifest_id="mft_1", vehicle=vans[2], starts_at=at(0))
    open_many(make_endpoint("whe_1"), [1])
    delivery = f"whd_{WebhookDelivery.objects.get().pk}"
    world.stream.records.clear()

    def send(operation, key, *, missing=False):
        one = CALLS[operation]
        there = {
            "{incident}": f"inc_{incident.pk}",
            "{manifest}": manifest.manifest_id,
            "{delivery}": delivery,
        }
        nowhere = {
            "123": "other",
            "{incident}": "inc_999",
            "KA-1": "KA-8",
            "{manifest}": "mft_8",
            "whe_1": "whe_8",
            "{delivery}": "whd_999",
        }
        names = nowhere if missing else there
        path, body = one.path, one.body
        for name, new in names.items():
            path = path.replace(f"/{name}", f"/{new}")
        if missing and operation == "report_events":
            body = body | {"shipment_id": "other"}
        return one._replace(path=path, body=body).send(client, key)

    return send


# Security of an operation that everybody may call.
NO_KEY = [{}]


def test_every_operation_of_the_document_is_tried_here():
    described = {
        operation["operationId"]
        for path, operations in read_document()["paths"].items()
        if path.startswith("/api/v1/")
        for operation in operations.values()
        if operation.get("security") != NO_KEY
    }
    assert described == set(CALLS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_partners_own_key_works_with_the_one_scope_it_needs(call, partner, operation):
    response = call(operation, issue_key(partner, scopes=[CALLS[operation].scope]))
    check_answer(response)
    assert response.status_code in (200, 201, 202, 204)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_without_a_key_the_caller_is_asked_for_one(call, world, operation):
    response = call(operation, None)
    assert (response.status_code, check_answer(response)["code"]) == (401, "unauthorized")
    assert world.stream.records == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_expired_key_is_refused(call, world, partner, operation):
    response = call(operation, issue_key(partner, expires_at=timezone.now() - timedelta(seconds=1)))
    assert (response.status_code, check_answer(response)["code"]) == (401, "unauthorized")
    assert world.stream.records == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_key_with_every_scope_but_the_one_is_refused(call, world, partner, operation):
    others = [scope for scope in SCOPES if scope != CALLS[operation].scope]
    response = call(operation, issue_key(partner, scopes=others))
    assert (response.status_code, check_answer(response)["code"]) == (403, "missing_scope")
    assert world.stream.records == []


@pytest.mark.parametrize("operation", OF_SOMEBODY)
@pytest.mark.parametrize("caller", ["another partner", "a test key on live data"])
def test_another_partners_objects_and_unknown_ones_give_the_same_answer(
    call, world, partner, other_partner, operation, caller
):
    owner = other_partner if caller == "another partner" else partner
    key = issue_key(owner, livemode=caller == "another partner")
    hidden = call(operation, key)
    assert (hidden.status_code, world.stream.records) == (404, [])
    missing = call(operation, key, missing=True)
    answers = [check_answer(response) | {"instance": "", "request_id": ""} for response in (hidden, missing)]
    assert answers[0] == answers[1]
    assert set(hidden.headers) == set(missing.headers)


@pytest.mark.parametrize(
    "operation",
    [
        "list_shipments",
        "list_changes",
        "list_incidents",
        "list_vehicles",
        "list_manifests",
        "list_webhook_endpoints",
        "list_webhook_deliveries",
    ],
)
def test_lists_of_another_partner_are_empty(call, other_partner, operation):
    assert check_answer(call(operation, issue_key(other_partner)))["results"] == []


def test_a_batch_read_leaves_out_shipments_of_other_partners(call, other_partner):
    body = check_answer(call("read_tracking_batch", issue_key(other_partner)))
    assert body == {"found": [], "not_found": ["123"]}


# A request for the usage moves the counts into the database first.
WRITES = {"read_usage"}
READS = [
    name
    for name in OPERATIONS
    if (CALLS[name].method == "get" or name == "read_tracking_batch") and name not in WRITES
]


@pytest.mark.parametrize("operation", READS)
def test_a_read_with_a_known_key_makes_two_database_queries_at_most(
    call, api, operation, django_assert_max_num_queries
):
    assert call(operation, api.key).status_code == 200
    with django_assert_max_num_queries(2):
        assert call(operation, api.key).status_code == 200
