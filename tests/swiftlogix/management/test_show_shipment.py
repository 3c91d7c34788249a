"""`manage.py show_shipment`: state and events of a shipment as JSON, and an unknown shipment."""

import json

import pytest
from django.core.management import CommandError, call_command

import tracking.ports
from tests.workers.records import encode_report, make_record
from tests.workers.world import World


@pytest.fixture
def world():
    before = tracking.ports.ports()
    world = World()
    tracking.ports.wire(world.tracking)
    yield world
    tracking.ports.wire(before)


def test_the_state_and_the_events_are_one_json_object(world, capsys):
    shipment_id = "SLX-1"
    reports = [
        {
            "shipment_id": shipment_id,
            "lat": 12.97,
            "lon": 77.59,
            "status": "in_transit",
            "event_id": f"e{number}",
        }
        for number in (1, 2)
    ]
    world.process([make_record(number, encode_report(report)) for number, report in enumerate(reports, 1)])
    capsys.readouterr()
    call_command("show_shipment", shipment_id)
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == ["state", "events"]
    assert (shown["state"]["shipment_id"], shown["state"]["state_version"]) == (shipment_id, 1)
    assert [event["sort_key"] for event in shown["events"]] == [
        event.sort_key for event in world.tracking.store.read_timeline(shipment_id)
    ]


def test_an_unknown_shipment_is_an_error(world):
    with pytest.raises(CommandError, match="The store has no shipment SLX-NONE"):
        call_command("show_shipment", "SLX-NONE")
