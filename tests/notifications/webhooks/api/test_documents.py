"""Committed schemas and the AsyncAPI document are those of the code, and every body that we send is valid."""

import json

import pytest
from jsonschema import Draft202012Validator

from notifications.webhooks.account_webhooks import open_disabled, open_test
from notifications.webhooks.api.documents import FRAMES, SCHEMAS, describe_messages, describe_type
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.opening import open_webhooks
from notifications.webhooks.rules.filters import SHIPMENT_PREFIX, TYPES
from tests.house.sources import ROOT
from tests.notifications.stories import make_change
from tests.notifications.webhooks.partners import NOON, make_endpoint
from tests.yaml_texts import read_yaml
from tracking.answer import current_frame, live_frame
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.operations.incidents import close_incident, open_incident

DOCS = ROOT / "docs"
HINT = "scripts/describe_webhooks.py brings it up to date"
STATE = ShipmentState("123", partner_id="prt_acme")


def read_schema(type_name):
    return json.loads((DOCS / SCHEMAS / f"{type_name}.json").read_text())


def read_document():
    return read_yaml((DOCS / "asyncapi.yaml").read_text())


def find_mistakes(delivery):
    validator = Draft202012Validator(read_schema(delivery.type))
    return [error.message for error in validator.iter_errors(json.loads(bytes(delivery.body)))]


def test_each_type_has_its_committed_schema_and_there_is_no_other():
    assert sorted(path.stem for path in (DOCS / SCHEMAS).iterdir()) == sorted(TYPES)


@pytest.mark.parametrize("type_name", TYPES)
def test_a_committed_schema_is_valid_and_that_of_the_code(type_name):
    assert read_schema(type_name) == describe_type(type_name), HINT
    Draft202012Validator.check_schema(read_schema(type_name))


def test_the_committed_asyncapi_document_is_that_of_the_code():
    assert read_document() == describe_messages(), HINT


def test_every_reference_of_the_asyncapi_document_leads_to_something():
    document = read_document()
    assert (document["asyncapi"], set(document["operations"])) == ("3.0.0", {"sendWebhook", "sendFrame"})
    for ref in find_refs(document):
        path, _, pointer = ref.partition("#")
        target = json.loads((DOCS / path).read_text()) if path else document
        for step in pointer.split("/")[1:]:
            target = target[step]
        assert target


def find_refs(node):
    if isinstance(node, list):
        return [ref for entry in node for ref in find_refs(entry)]
    if not isinstance(node, dict):
        return []
    found = [node["$ref"]] if "$ref" in node else []
    return found + [ref for value in node.values() for ref in find_refs(value)]


@pytest.mark.django_db
@pytest.mark.parametrize("type_name", [name for name in TYPES if name.startswith(SHIPMENT_PREFIX)])
def test_each_change_is_sent_as_its_schema_says_whole_and_thin(type_name):
    make_endpoint("whe_1")
    make_endpoint("whe_2", thin=True)
    name = type_name.removeprefix(SHIPMENT_PREFIX)
    open_webhooks(make_change("delivered", type=name, partner_id="prt_acme", occurred_at=NOON), STATE, NOON)
    sent = list(WebhookDelivery.objects.all())
    assert [(delivery.type, find_mistakes(delivery)) for delivery in sent] == [(type_name, [])] * 2


def test_each_other_webhook_is_sent_as_its_schema_says(world, partner):
    endpoint = make_endpoint("whe_1", types=["incident.opened", "incident.resolved", "webhook.disabled"])
    Shipment.objects.create(shipment_id="123", partner=partner)
    open_incident(ports().live, "delayed", "123", "late", NOON, shipment_id="123")
    close_incident(ports().live, "delayed", "123", NOON)
    open_test(endpoint, NOON)
    open_disabled(make_endpoint("whe_2", disabled_at=NOON, disabled_reason="gone"), NOON)
    sent = [(delivery.type, find_mistakes(delivery)) for delivery in WebhookDelivery.objects.order_by("pk")]
    assert sent == [(name, []) for name in TYPES if not name.startswith(SHIPMENT_PREFIX)]


def test_frames_of_the_socket_are_as_the_document_says():
    components = json.loads(json.dumps(read_document()["components"]))
    refs = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in FRAMES]
    validator = Draft202012Validator({"oneOf": refs, "components": components})
    for frame in (live_frame("snapshot", STATE), live_frame("state", STATE, {}), current_frame(STATE)):
        validator.validate(json.loads(json.dumps(frame)))
