"""Random calls of every operation: no server error and no answer outside of the document."""

from contextlib import contextmanager

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.events import make_event
from tests.properties import examples
from tests.tracking.api.calls import CALLS
from tests.tracking.stories import BOOKING, Api, record_timeline
from tracking.api.keys import issue_key
from tracking.domain.events import Booking
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

pytestmark = [pytest.mark.slow, pytest.mark.hypothesis]

# Enough to find what is wrong within seconds; more of them are worth a night.
EXAMPLES = examples(8, 200)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def api_schema():
    """Return the document as it is served."""
    with _connection_kept():
        return schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application())


@pytest.fixture
def _filled(client, world, partner, hubs):
    """One shipment and one incident to be found."""
    api = Api(client, issue_key(partner))
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    record_timeline(
        world.store, make_event(0, status="created", booking=Booking(), partner_id="prt_acme", source="api")
    )
    open_incident(ports().live, "delayed", "123", "late", make_event(1).occurred_at, shipment_id="123")


@contextmanager
def _connection_kept():
    """A server closes its connection after each request; a test's transaction lives in that connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("operation", [*sorted(CALLS), "read_public"])
def test_no_call_gets_an_answer_outside_of_the_document(api_schema, partner, operation, mode):
    key = issue_key(partner, limit_factor=10_000)
    described = api_schema.find_operation_by_id(operation)
    # A batch of bookings is answered entry by entry, whatever the entries are.
    checks = [check for check in CHECKS if (operation, check) != ("book_shipments", negative_data_rejection)]

    @given(case=described.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case):
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=checks)

    # Done last: Django's test client puts back what this takes away.
    with _connection_kept():
        call()
