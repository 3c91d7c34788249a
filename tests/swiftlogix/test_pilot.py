"""Command `pilot`: the old system's feed against what was recorded, and vehicles that change their cohort."""

import dataclasses
import io
import json

import pytest
from django.core.management import CommandError, call_command

import workers.ports
from tests.events import at, make_event
from tests.tracking.pages.bookings import use_memory_store
from tracking.models import Manifest, Partner, Stop, Vehicle
from tracking.services.operations.pilot import is_shadowed
from workers.adapters.memory import MemoryQueues
from workers.line.record import record_events

pytestmark = pytest.mark.django_db

DAY = 24 * 60


@pytest.fixture
def queues():
    before = workers.ports.ports()
    memory = MemoryQueues(["notify", "notify-dlq"])
    workers.ports.wire(dataclasses.replace(before, queues=memory))
    yield memory
    workers.ports.wire(before)


@pytest.fixture
def shadow(queues) -> Vehicle:
    """Return a shadow vehicle whose parcel 123 was picked up, and 15 days later delivered."""
    store = use_memory_store()
    for minutes, status in ((0, "picked_up"), (15 * DAY, "delivered")):
        event = make_event(minutes, status=status)
        record_events(store, store.read_states(["123"]), [event], event.received_at)
    partner = Partner.objects.create(partner_id="prt_1", name="Acme")
    vehicle = Vehicle.objects.create(vehicle_id="KA-01", partner=partner, cohort="shadow")
    manifest = Manifest.objects.create(manifest_id="m1", vehicle=vehicle, starts_at=at(0))
    Stop.objects.create(manifest=manifest, shipment_id="123", sequence=1)
    return vehicle


def write_feed(folder, *rows: str):
    feed = folder / "feed.csv"
    feed.write_text("\n".join(["shipment_id,status,at", *rows]))
    return feed


PICKED_UP = f"123,Picked up,{at(2):%Y-%m-%dT%H:%M:%SZ}"
DELIVERED = f"123,Delivered,{at(15 * DAY):%Y-%m-%dT%H:%M:%SZ}"


def run(*arguments: object) -> tuple[int, dict]:
    out, code = io.StringIO(), 0
    try:
        call_command("pilot", *map(str, arguments), "--json", stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, json.loads(out.getvalue())


def test_the_report_counts_what_matches_by_cohort(shadow, tmp_path):
    code, result = run("report", "--feed", write_feed(tmp_path, PICKED_UP, DELIVERED))
    found = result["cohorts"]["shadow"]
    assert (code, found["reports"], found["matched"], found["missing"], found["days"]) == (0, 2, 2, 0, 14)
    code, result = run("report", "--feed", write_feed(tmp_path, DELIVERED.replace("Delivered", "returned")))
    assert (code, result["cohorts"]["shadow"]["missing"]) == (1, 1)


def test_vehicles_move_on_only_if_all_holds_and_back_by_one_command(shadow, tmp_path):
    feed = write_feed(tmp_path, PICKED_UP, DELIVERED)
    code, result = run("promote", "--feed", feed)
    assert (code, result["obstacles"]) == (2, ["the cost is not known: say it with --cost-share"])
    assert is_shadowed("123")
    code, result = run("promote", "--feed", feed, "--cost-share", 1)
    assert (code, result["moved"], result["to"]) == (0, ["KA-01"], "pilot")
    assert not is_shadowed("123")
    assert run("rollback") == (0, {"moved": ["KA-01"], "to": "shadow"})
    assert is_shadowed("123")


def test_a_word_that_stands_for_no_status_is_refused_with_its_place(shadow, tmp_path):
    with pytest.raises(
        CommandError, match=r"feed.csv, line 2, column status: stands for no status of ours: Gone"
    ):
        run("report", "--feed", write_feed(tmp_path, "123,Gone,2026-11-29T10:00:00Z"))
