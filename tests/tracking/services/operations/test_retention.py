"""Data retention: everything is deleted after its time, and a recipient is erased on request."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from notifications.models import OutboxMessage
from tests.tracking.stories import BOOKING, find_secrets
from tracking.models import (
    AskedCorrection,
    FeedEntry,
    Incident,
    IncidentNote,
    KeptAnswer,
    Proof,
    RecipientKey,
    Shipment,
    ShipmentNote,
)
from tracking.services.operations.retention import Deleted, delete_expired
from tracking.services.partners.recipients import NO_CONTACT, read_contact

NOW = timezone.now()


@pytest.fixture
def booked(api, world, hubs):
    for shipment_id in ("old", "new", "open"):
        response = api.post(
            "/api/v1/shipments", BOOKING | {"shipment_id": shipment_id}, Idempotency_Key=shipment_id
        )
        assert response.status_code == 201
    for shipment_id, days in (("old", 31), ("new", 29)):
        Shipment.objects.filter(shipment_id=shipment_id).update(
            status="delivered", status_at=NOW - timedelta(days=days)
        )


def test_recipients_are_erased_thirty_days_after_the_end(booked):
    KeptAnswer.objects.filter(idempotency_key="old").update(claimed_at=NOW - timedelta(hours=25))
    assert delete_expired(NOW) == Deleted(feed_entries=0, answers=1, recipients=1, proofs=0)
    assert set(RecipientKey.objects.values_list("shipment_id", flat=True)) == {"new", "open"}
    assert read_contact(Shipment.objects.get(shipment_id="old")) == NO_CONTACT
    assert delete_expired(NOW) == Deleted(0, 0, 0, 0)


def add_notes(*shipment_ids: str) -> None:
    for shipment_id in shipment_ids:
        ShipmentNote.objects.create(shipment_id=shipment_id, actor="staff_1", text="she is at her sister's")
        incident = Incident.objects.create(
            code="delayed", subject=shipment_id, shipment_id=shipment_id, severity="low", due_at=NOW
        )
        IncidentNote.objects.create(incident=incident, actor="staff_1", text="Asha called")
        AskedCorrection.objects.create(
            shipment_id=shipment_id, correction={"note": "Asha says no"}, asked_by="staff_1", asked_at=NOW
        )


def read_noted() -> list[set[str]]:
    """Return the shipments that have notes, those whose incidents have notes, and asked corrections."""
    columns = ((ShipmentNote, "shipment_id"), (IncidentNote, "incident__shipment_id"))
    return [
        set(model.objects.values_list(column, flat=True))
        for model, column in (*columns, (AskedCorrection, "shipment_id"))
    ]


def test_notes_of_staff_are_erased_with_the_recipient(booked):
    add_notes("old", "new", "open")
    delete_expired(NOW)
    assert read_noted() == [{"new", "open"}] * 3
    call_command("erase_recipient", "open")
    assert read_noted() == [{"new"}] * 3


def test_feed_entries_are_deleted_after_thirty_days(partner):
    for number, days in ((1, 31), (2, 29)):
        FeedEntry.objects.create(
            partner=partner,
            livemode=True,
            number=number,
            change_id=str(number),
            created_at=NOW - timedelta(days=days),
        )
    assert delete_expired(NOW).feed_entries == 1
    assert FeedEntry.objects.get().number == 2


def test_proofs_are_deleted_after_a_year(booked):
    shipment = Shipment.objects.get(shipment_id="old")
    for name, days in (("older", 366), ("newer", 364)):
        at = NOW - timedelta(days=days)
        Proof.objects.create(proof_id=name, shipment=shipment, captured_at=at, created_at=at)
    assert delete_expired(NOW).proofs == 1
    assert Proof.objects.get().proof_id == "newer"


def test_a_recipient_is_erased_everywhere_on_request(api, booked, capsys):
    OutboxMessage.objects.create(shipment_id="open", address="+919845012345", body="Asha, ...")
    call_command("erase_recipient", "open", "--json")
    assert json.loads(capsys.readouterr().out) == {"shipment_id": "open", "erased": True, "messages": 1}
    response = api.get("/api/v1/shipments/open")
    assert (response.status_code, find_secrets(json.dumps(response.json()["recipient"]))) == (200, [])
    assert response.json()["recipient"]["pin_code"] == ""
    assert (KeptAnswer.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    again = api.post("/api/v1/shipments", BOOKING | {"shipment_id": "open"}, Idempotency_Key="open")
    assert again.status_code == 409
