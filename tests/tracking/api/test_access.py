"""Every operation with every key that must not work: told the same, whether there is something or not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.events import at, make_event
from tests.tracking.api.calls import CALLS
from tests.tracking.api.document import check_answer, read_document
from tests.tracking.stories import BOOKING, Api, tell
from tracking.api.keys import SCOPES, issue_key
from tracking.domain.events import Booking
from tracking.models import Manifest, Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

OPERATIONS = sorted(CALLS)
OF_SOMEBODY = [name for name in OPERATIONS if CALLS[name].of_somebody]


@pytest.fixture
def call(api, client, world, files, hubs, partner, time_machine):
    """Sends an operation about live shipment 123 of the partner, or about `other`, which nobody has."""
    time_machine.move_to(at(10), tick=False)
    assert Api(client, api.key).post("/api/v1/shipments", BOOKING).status_code == 201
    tell(world.store, make_event(0, status="created", booking=Booking(), partner_id="prt_acme", source="api"))
    incident = open_incident(
        ports().live, "attempt_failed", "123", "nobody at home", at(1), shipment_id="123"
    )
    vans = [Vehicle.objects.create(vehicle_id=f"KA-{n}", partner=partner) for n in (1, 2, 3)]
    manifest = Manifest.objects.create(manifest_id="mft_1", vehicle=vans[2], starts_at=at(0))
    world.stream.records.clear()

    def send(operation, key, *, missing=False):
        one = CALLS[operation]
        there = {"{incident}": f"inc_{incident.pk}", "{manifest}": manifest.manifest_id}
        nowhere = {"123": "other", "{incident}": "inc_999", "KA-1": "KA-8", "{manifest}": "mft_8"}
        names = nowhere if missing else there
        path, body = one.path, one.body
        for name, new in names.items():
            path = path.replace(f"/{name}", f"/{new}")
        if missing and operation == "report_events":
            body = body | {"shipment_id": "other"}
        return one._replace(path=path, body=body).send(client, key)

    return send


def test_every_operation_of_the_document_is_tried_here():
    described = {
        operation["operationId"]
        for path, operations in read_document()["paths"].items()
        if path.startswith("/api/v1/")
        for operation in operations.values()
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
def test_what_is_somebody_elses_cannot_be_told_from_what_is_not_there(
    call, world, partner, other_partner, operation, caller
):
    whose = other_partner if caller == "another partner" else partner
    key = issue_key(whose, livemode=caller == "another partner")
    theirs = call(operation, key)
    assert (theirs.status_code, world.stream.records) == (404, [])
    nobodys = call(operation, key, missing=True)
    if operation == "report_events":
        # Whoever reports on a shipment nobody has booked is the first to tell of it.
        assert nobodys.status_code == 202
        return
    told = [check_answer(response) | {"instance": "", "request_id": ""} for response in (theirs, nobodys)]
    assert told[0] == told[1]
    assert set(theirs.headers) == set(nobodys.headers)


@pytest.mark.parametrize(
    "operation", ["list_shipments", "list_changes", "list_incidents", "list_vehicles", "list_manifests"]
)
def test_lists_of_another_partner_are_empty(call, other_partner, operation):
    assert check_answer(call(operation, issue_key(other_partner)))["results"] == []


def test_many_read_at_once_leave_out_what_is_not_the_callers(call, other_partner):
    body = check_answer(call("read_tracking_batch", issue_key(other_partner)))
    assert body == {"found": [], "not_found": ["123"]}
