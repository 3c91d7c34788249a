"""Reconciliation: the read model is compared with the timelines and rebuilt where it differs."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.events import make_event
from tests.tracking.stories import record_timeline
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.recording.reconciliation import Reconciled, reconcile

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(world, partner):
    """Three shipments: a row that agrees, one that is ahead of itself, and none."""
    for shipment_id in "abc":
        record_timeline(world.store, make_event(0, shipment_id=shipment_id, status="in_transit"))
    state = world.store.read_state("a")
    known = {"status": "in_transit", "status_at": state.status_at, "state_version": 1}
    Shipment.objects.create(shipment_id="a", **known)
    Shipment.objects.create(
        shipment_id="b", partner=partner, reference="r", **known | {"status": "lost", "state_version": 9}
    )
    Shipment.objects.create(shipment_id="booked", status="created")


def test_rows_that_differ_or_are_missing_are_listed(lost):
    assert reconcile(ports().store) == Reconciled(shipments=3, differing=2, rebuilt=0, examples=["b", "c"])


def test_a_ping_without_a_change_is_no_difference(lost, world):
    record_timeline(world.store, make_event(1, shipment_id="a", lat=12.9, lon=77.5))
    assert reconcile(ports().store).examples == ["b", "c"]


def test_rows_are_rebuilt_and_bookings_stay(lost, partner):
    assert reconcile(ports().store, rebuild=True) == Reconciled(
        shipments=3, differing=2, rebuilt=2, examples=["b", "c"]
    )
    assert reconcile(ports().store) == Reconciled(shipments=3)
    rows = [
        (row.shipment_id, row.status, row.state_version, row.reference)
        for row in Shipment.objects.order_by("pk")
    ]
    assert rows == [
        ("a", "in_transit", 1, ""),
        ("b", "in_transit", 1, "r"),
        ("booked", "created", 0, ""),
        ("c", "in_transit", 1, ""),
    ]


def test_the_command_prints_the_counts_and_ends_with_its_exit_code(lost, capsys):
    with pytest.raises(SystemExit, match="1"):
        call_command("reconcile", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "shipments": 3,
        "differing": 2,
        "rebuilt": 0,
        "examples": ["b", "c"],
    }
    call_command("reconcile", "--rebuild")
    assert capsys.readouterr().out.splitlines()[:2] == ["3 shipments, 2 rows differ", "2 rows rebuilt"]


def test_erasing_the_recipient_of_an_unknown_shipment_fails(world):
    with pytest.raises(CommandError, match="There is no shipment nobody"):
        call_command("erase_recipient", "nobody")
