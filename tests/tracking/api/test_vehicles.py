"""Vehicles and manifests over the API: only their partner registers, changes and loads them."""

import json

import pytest

from tests.events import at, make_event
from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, record_timeline
from tracking.models import Vehicle

PATH = "/api/v1/vehicles"
RUNS = "/api/v1/manifests"
OWN = {"partner_id": "prt_acme", "source": "api"}


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(at(60), tick=False)


@pytest.fixture
def van(api, world):
    response = api.post(PATH, {"vehicle_id": "KA-1", "label": "Van 1", "class": "van"})
    assert (response.status_code, response["Location"]) == (201, f"{PATH}/KA-1")
    return check_answer(response)


def fix(minutes, **fields):
    place = {"shipment_id": None, "vehicle_id": "KA-1", "lat": 12.971599, "lon": 77.594566}
    place["partner_id"] = "prt_acme"
    return make_event(minutes, **place | fields)


def test_a_vehicle_is_registered_changed_and_removed(api, van):
    assert van == {
        "vehicle_id": "KA-1",
        "label": "Van 1",
        "class": "van",
        "cohort": "",
        "livemode": True,
        "created_at": van["created_at"],
        "position": None,
        "vehicle_version": 0,
    }
    etag = api.get(f"{PATH}/KA-1")["ETag"]
    changed = check_answer(api.patch(f"{PATH}/KA-1", {"cohort": "south"}, If_Match=etag))
    assert changed == van | {"cohort": "south"}
    assert api.patch(f"{PATH}/KA-1", {"cohort": "north"}, If_Match=etag).status_code == 412
    gone = api.delete(f"{PATH}/KA-1")
    assert (gone.status_code, check_answer(gone), api.get(f"{PATH}/KA-1").status_code) == (204, None, 404)


@pytest.mark.parametrize("vehicle_id", ["9.84501E+11", "9.84501E11"])
def test_a_vehicle_id_in_scientific_notation_is_refused(api, world, vehicle_id):
    response = api.post("/api/v1/vehicles", {"vehicle_id": vehicle_id})
    assert (response.status_code, check_answer(response)["errors"][0]["code"]) == (422, "mangled_id")


def test_a_vehicle_id_can_be_registered_once(api, van):
    response = api.post(PATH, {"vehicle_id": "KA-1"})
    assert (response.status_code, check_answer(response)["code"]) == (409, "vehicle_id_taken")


def test_vehicles_are_listed_page_by_page(api, van):
    api.post(PATH, {"vehicle_id": "KA-2"})
    first = check_answer(api.get(f"{PATH}?limit=1"))
    second = check_answer(api.get(f"{PATH}?limit=1&cursor={first['next']}"))
    ids = [[row["vehicle_id"] for row in page["results"]] for page in (first, second)]
    assert (ids, second["next"]) == ([["KA-2"], ["KA-1"]], None)


def test_a_vehicle_is_answered_with_its_last_position_and_its_positions_are_listed(api, world, van):
    world.vehicles.record_fixes([fix(1), fix(2, lat=12.98, speed_kmh=31.0), fix(3, lat=12.99)])
    body = check_answer(api.get(f"{PATH}/KA-1"))
    assert body["position"] == {"lat": 12.99, "lon": 77.594566, "occurred_at": "2026-11-22T07:03:00.000Z"}
    page = check_answer(api.get(f"{PATH}/KA-1/positions?limit=2"))
    rest = check_answer(api.get(f"{PATH}/KA-1/positions?limit=2&cursor={page['next']}"))
    seen = [[entry["lat"] for entry in body["results"]] for body in (page, rest)]
    assert (seen, rest["next"]) == ([[12.971599, 12.98], [12.99]], None)
    position = page["results"][1]
    assert (position["speed_kmh"], position["fix_flags"], position["event_id"]) == (31.0, [], "e2000")
    some = check_answer(api.get(f"{PATH}/KA-1/positions?from=2026-11-22T07:02:00Z&to=2026-11-22T07:03:00Z"))
    assert [entry["lat"] for entry in some["results"]] == [12.98]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-11-22T07:02:00Z&to=2026-11-22T07:02:00Z", 409),
        ("from=x", 422),
        ("to=0001-01-01T00:00:00%2B05:30", 422),
    ],
)
def test_an_invalid_period_of_positions_is_refused(api, van, query, status):
    assert api.get(f"{PATH}/KA-1/positions?{query}").status_code == status


@pytest.fixture
def run(api, world, hubs, van):
    for shipment_id in ("a", "b"):
        assert api.post("/api/v1/shipments", BOOKING | {"shipment_id": shipment_id}).status_code == 201
    world.stream.records.clear()
    response = api.post(
        RUNS,
        {
            "vehicle_id": "KA-1",
            "starts_at": "2026-11-22T07:30:00Z",
            "driver_first_name": "Suresh",
            "stops": [{"shipment_id": "b", "sequence": 2}, {"shipment_id": "a", "sequence": 1}],
        },
    )
    assert response.status_code == 201
    return check_answer(response)


def list_records(world):
    return [
        (json.loads(data)["shipment_id"], json.loads(data).get("vehicle_id"))
        for _, data in world.stream.records
    ]


def test_a_manifest_puts_its_shipments_on_the_vehicle(api, world, run):
    assert run == {
        "manifest_id": run["manifest_id"],
        "vehicle_id": "KA-1",
        "starts_at": "2026-11-22T07:30:00.000Z",
        "ends_at": None,
        "closed_at": None,
        "driver_first_name": "Suresh",
        "version": 1,
        "stops": [{"shipment_id": "a", "sequence": 1}, {"shipment_id": "b", "sequence": 2}],
    }
    assert list_records(world) == [("a", "KA-1"), ("b", "KA-1")]
    assert check_answer(api.get(f"{RUNS}/{run['manifest_id']}")) == run


def test_a_position_of_the_vehicle_is_one_of_each_shipment_on_it(api, world, run):
    record_timeline(
        world.store,
        make_event(30, shipment_id="a", status="in_transit", source="manifest", vehicle_id="KA-1"),
    )
    world.vehicles.record_fixes([fix(31)])
    body = check_answer(api.get("/api/v1/tracking/a"))
    assert (body["position"] or {}).get("lat") == 12.971599


def test_shipments_join_and_leave(api, world, run):
    world.stream.records.clear()
    changed = check_answer(api.patch(f"{RUNS}/{run['manifest_id']}", {"remove": ["a"]}))
    assert (changed["stops"], changed["version"]) == ([{"shipment_id": "b", "sequence": 2}], 2)
    assert list_records(world) == [("a", None)]


def test_a_closed_manifest_stays_closed(api, world, run):
    path = f"{RUNS}/{run['manifest_id']}"
    first, again = (check_answer(api.post(f"{path}/close", b"")) for _ in range(2))
    assert (first["closed_at"], again) == ("2026-11-22T08:00:00.000Z", first)
    response = api.patch(path, {"remove": ["a"]})
    assert (response.status_code, check_answer(response)["code"]) == (409, "manifest_closed")
    listed = [
        check_answer(api.get(f"{RUNS}?{query}"))["results"] for query in ("state=open", "vehicle_id=KA-1")
    ]
    assert [len(rows) for rows in listed] == [0, 1]


def test_shipments_and_vehicles_of_an_open_manifest_cannot_be_loaded_twice_or_removed(api, world, run):
    api.post(PATH, {"vehicle_id": "KA-2"})
    stops = [{"shipment_id": "a", "sequence": 1}]
    refused = [
        api.post(RUNS, {"vehicle_id": "KA-1", "starts_at": "2026-11-22T09:00:00Z"}),
        api.post(RUNS, {"vehicle_id": "KA-2", "starts_at": "2026-11-22T09:00:00Z", "stops": stops}),
        api.delete(f"{PATH}/KA-1"),
    ]
    assert [(response.status_code, check_answer(response)["code"]) for response in refused] == [
        (409, "manifest_overlap"),
        (409, "shipment_on_manifest"),
        (409, "on_manifest"),
    ]


def test_another_partners_vehicle_or_shipment_cannot_be_used(api, world, hubs, van, other_partner):
    Vehicle.objects.create(vehicle_id="KA-2", partner=other_partner)
    for vehicle_id, stops in (("KA-2", []), ("KA-1", [{"shipment_id": "none", "sequence": 1}])):
        wanted = {"vehicle_id": vehicle_id, "starts_at": "2026-11-22T09:00:00Z", "stops": stops}
        response = api.post(RUNS, wanted)
        assert (response.status_code, check_answer(response)["errors"][0]["code"]) == (409, "not_found")
