"""Fleet snapshot of the console: vehicles, open incidents, key figures of the day."""

from datetime import UTC, datetime, timedelta

import pytest

from tracking.domain.errors import TransientError
from tracking.domain.events import format_time
from tracking.lookup_ports import StreamProgress
from tracking.models import Shipment
from tracking.ports import TrackingPorts, ports
from tracking.services.operations.fleet import (
    count_kpis,
    is_stream_late,
    read_kpis,
    read_snapshot,
    read_stream_progress,
)
from tracking.services.operations.incident_changes import incident_row
from tracking.services.operations.incidents import close_incident, open_incident
from tracking.services.requests.roles import EVERYTHING

pytestmark = pytest.mark.django_db
# In the middle of the day in India.
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
NOTHING = {
    "vehicles_live": 0,
    "vehicles_silent": 0,
    "out_for_delivery": 0,
    "on_time_pct": None,
    "open_incidents": 0,
    "delivered_today": 0,
    "quarantined": 0,
}


class CountedQuarantine:
    def count(self):
        return 3


class LostQuarantine:
    def count(self):
        raise TransientError("no route")


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


def drive(world, vehicle_id, minutes_ago):
    vehicle = {"vehicle_id": vehicle_id, "occurred_at": format_time(NOW - timedelta(minutes=minutes_ago))}
    world.live.push_fleet({"vehicles": [vehicle], "changes": []})
    return vehicle


def deliver(count, minutes_ago, *, late=False):
    status_at = NOW - timedelta(minutes=minutes_ago)
    promised_to = status_at - timedelta(seconds=1) if late else status_at
    for _ in range(count):
        Shipment.objects.create(
            shipment_id=f"s{Shipment.objects.count()}",
            status="delivered",
            status_at=status_at,
            promised_to=promised_to,
        )


def test_without_data_every_key_figure_is_zero_or_none(world):
    assert count_kpis(ports(), NOW, EVERYTHING) == NOTHING


def test_a_vehicle_is_silent_after_ten_minutes(world):
    for vehicle_id, minutes_ago in (("v1", 0), ("v2", 10), ("v3", 10.1), ("v4", 1441)):
        drive(world, vehicle_id, minutes_ago)
    assert count_kpis(ports(), NOW, EVERYTHING) == NOTHING | {"vehicles_live": 2, "vehicles_silent": 1}


def test_vehicles_are_neither_live_nor_silent_while_the_stream_is_not_read(world):
    class Stopped:
        def read_progress(self):
            return StreamProgress(NOW - timedelta(minutes=1), 2, 2)

    drive(world, "v1", 0)
    found = count_kpis(TrackingPorts(*world, stream_progress=Stopped()), NOW, EVERYTHING)
    assert found == NOTHING | {"vehicles_live": None, "vehicles_silent": None}


def test_the_day_begins_at_midnight_in_india(world):
    deliver(2, minutes_ago=12 * 60 + 30)
    deliver(3, minutes_ago=12 * 60 + 31)
    assert count_kpis(ports(), NOW, EVERYTHING)["delivered_today"] == 2


def test_the_share_on_time_needs_thirty_deliveries(world):
    deliver(23, minutes_ago=5)
    deliver(6, minutes_ago=5, late=True)
    assert count_kpis(ports(), NOW, EVERYTHING)["on_time_pct"] is None
    deliver(1, minutes_ago=5, late=True)
    assert count_kpis(ports(), NOW, EVERYTHING)["on_time_pct"] == 76.7


def test_shipments_out_for_delivery_and_open_incidents_are_counted(world):
    Shipment.objects.create(shipment_id="a", status="out_for_delivery")
    Shipment.objects.create(shipment_id="b", status="in_transit")
    open_incident(ports().live, "exception", "a", "why", NOW)
    open_incident(ports().live, "exception", "b", "why", NOW)
    close_incident(ports().live, "exception", "b", NOW)
    assert count_kpis(ports(), NOW, EVERYTHING) == NOTHING | {"out_for_delivery": 1, "open_incidents": 1}


def test_quarantined_records_are_counted_if_their_store_can_be_reached(world):
    for quarantine, shown in ((CountedQuarantine(), 3), (LostQuarantine(), None)):
        found = count_kpis(TrackingPorts(*world, quarantine=quarantine), NOW, EVERYTHING)
        assert found["quarantined"] == shown


def test_the_key_figures_are_computed_once_for_all_consoles(world, django_assert_num_queries):
    read_kpis(ports(), EVERYTHING)
    with django_assert_num_queries(0):
        read_kpis(ports(), EVERYTHING)


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (None, None),
        (StreamProgress(NOW, 4, 1), {"read_until": "2026-11-22T07:00:00.000Z", "shards": 4, "stopped": 1}),
        (StreamProgress(None, 2, 2), {"read_until": None, "shards": 2, "stopped": 2}),
    ],
)
def test_consoles_get_how_far_the_stream_is_read(world, progress, shown):
    class Known:
        def read_progress(self):
            return progress

    read_stream_progress.cache.clear()
    assert read_stream_progress(TrackingPorts(*world, stream_progress=Known())) == shown


@pytest.mark.parametrize(
    ("progress", "is_late"),
    [
        (None, False),
        (StreamProgress(NOW, 2, 0), False),
        (StreamProgress(NOW - timedelta(seconds=10), 2, 2), False),
        (StreamProgress(NOW - timedelta(seconds=11), 2, 0), True),
        (StreamProgress(None, 2, 2), True),
    ],
)
def test_a_stream_is_late_if_its_newest_ten_seconds_are_unread(world, progress, is_late):
    class Known:
        def read_progress(self):
            return progress

    read_stream_progress.cache.clear()
    assert is_stream_late(TrackingPorts(*world, stream_progress=Known()), NOW) is is_late
    read_stream_progress.cache.clear()


def test_a_stream_whose_progress_cannot_be_reached_is_unknown(world):
    class LostProgress:
        def read_progress(self):
            raise TransientError("no route")

    read_stream_progress.cache.clear()
    assert read_stream_progress(TrackingPorts(*world, stream_progress=LostProgress())) is None


def test_the_snapshot_holds_vehicles_key_figures_and_incidents(world):
    vehicle = drive(world, "v1", 0)
    incident = open_incident(ports().live, "exception", "a", "why", NOW)
    assert incident is not None
    assert read_snapshot(ports(), EVERYTHING) == {
        "type": "snapshot",
        "at": "2026-11-22T07:00:00.000Z",
        "vehicles": [vehicle | {"aboard": None, "worst_parcel": None}],
        "kpis": NOTHING | {"vehicles_live": 1, "open_incidents": 1},
        "stream": None,
        "incidents": [incident_row(incident) | {"partner": None, "hubs": []}],
        "changes": [],
    }
