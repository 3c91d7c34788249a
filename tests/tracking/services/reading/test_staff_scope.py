"""A limited scope shows its part of shipments, incidents, vehicles, key figures and frames, and no other."""

from datetime import UTC, datetime

import pytest

from tests.staff import make_staff
from tests.tracking.services.reading.staff_world import describe_vehicle, make_world
from tracking.ports import ports
from tracking.services.operations.fleet import count_kpis, read_snapshot
from tracking.services.reading.staff_scope import (
    is_visible,
    limit_frame,
    limit_vehicles,
    narrow_scope,
    visible_incidents,
    visible_shipments,
)
from tracking.services.requests.roles import EVERYTHING, Role
from tracking.services.requests.staff_accounts import find_scope

pytestmark = pytest.mark.django_db
ALL = ("ours-krm", "ours-pny", "theirs-pny", "unbooked")


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)


@pytest.fixture
def scopes(partner, hubs):
    peenya = hubs[:1]
    return {
        "all": EVERYTHING,
        "partner": find_scope(make_staff(Role.VIEWER, "a", partners=[partner])),
        "hub": find_scope(make_staff(Role.VIEWER, "b", hubs=peenya)),
        "both": find_scope(make_staff(Role.VIEWER, "c", hubs=peenya, partners=[partner])),
    }


@pytest.mark.parametrize(
    ("name", "shipments"),
    [
        ("all", ALL),
        ("partner", ("ours-krm", "ours-pny")),
        ("hub", ("ours-pny", "theirs-pny")),
        ("both", ("ours-pny",)),
    ],
)
def test_a_scope_shows_shipments_and_incidents_of_its_partners_and_hubs(scopes, name, shipments):
    scope = scopes[name]
    found = set(visible_shipments(scope).values_list("shipment_id", flat=True))
    assert found == set(shipments)
    assert {shipment_id for shipment_id in (*ALL, "nobody") if is_visible(scope, shipment_id)} == (
        found | ({"nobody"} if name == "all" else set())
    )
    about_shipments = visible_incidents(scope).exclude(shipment_id="")
    assert set(about_shipments.values_list("shipment_id", flat=True)) == set(shipments)


@pytest.mark.parametrize(
    ("name", "hub_id", "partner_id", "shipments"),
    [
        ("all", "", "", ALL),
        ("all", "BLR-PNY", "", ("ours-pny", "theirs-pny")),
        ("all", "BLR-PNY", "prt_rival", ("theirs-pny",)),
        ("partner", "BLR-PNY", "", ("ours-pny",)),
        ("partner", "", "prt_rival", ()),
        ("hub", "BLR-KRM", "", ()),
        ("all", "nowhere", "", ()),
    ],
)
def test_a_scope_is_narrowed_to_a_hub_and_a_partner_and_never_widened(
    scopes, name, hub_id, partner_id, shipments
):
    found = visible_shipments(narrow_scope(scopes[name], hub_id, partner_id))
    assert sorted(found.values_list("shipment_id", flat=True)) == sorted(shipments)


@pytest.mark.parametrize(
    ("name", "subjects"),
    [("all", {"van-ours", "van-theirs", "clock"}), ("partner", {"van-ours"}), ("hub", set())],
)
def test_incidents_of_vehicles_belong_to_their_partner_and_others_to_nobody(scopes, name, subjects):
    found = visible_incidents(scopes[name]).filter(shipment_id="")
    assert set(found.values_list("subject", flat=True)) == subjects


VEHICLES = [
    describe_vehicle("van-ours", None),
    describe_vehicle("van-theirs", "theirs-pny"),
    describe_vehicle("van-mixed", "theirs-pny"),
    describe_vehicle("van-unknown", None),
]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            "all",
            {"van-ours": None, "van-theirs": "theirs-pny", "van-mixed": "theirs-pny", "van-unknown": None},
        ),
        # A vehicle of another partner with a shipment of ours on its manifest, without the other's shipment.
        ("partner", {"van-ours": None, "van-mixed": None}),
        ("hub", {"van-theirs": "theirs-pny", "van-mixed": "theirs-pny"}),
        ("both", {}),
    ],
)
def test_a_vehicle_shows_if_it_is_the_partners_or_carries_a_visible_shipment(scopes, name, shown):
    found = limit_vehicles(scopes[name], VEHICLES)
    assert {vehicle["vehicle_id"]: vehicle["shipment_id"] for vehicle in found} == shown


def test_a_position_from_before_the_vehicle_was_registered_is_not_shown(scopes):
    earlier = describe_vehicle("van-ours", None, "2020-01-01T00:00:00.000Z")
    assert (limit_vehicles(scopes["partner"], [earlier]), limit_vehicles(scopes["all"], [earlier])) == (
        [],
        [earlier],
    )


def test_a_frame_holds_what_is_in_the_scope(scopes):
    incidents = [{"id": row.pk} for row in visible_incidents(EVERYTHING)]
    frame = {
        "type": "fleet",
        "vehicles": VEHICLES,
        "changes": [{"shipment_id": shipment_id} for shipment_id in (*ALL, "nobody")],
        "incidents": incidents,
        "kpis": {},
    }
    assert limit_frame(EVERYTHING, frame) == frame
    own = list(visible_incidents(scopes["both"]).values_list("pk", flat=True))
    assert limit_frame(scopes["both"], frame) == frame | {
        "vehicles": [],
        "changes": [{"shipment_id": "ours-pny"}],
        "incidents": [{"id": number} for number in own],
    }
    assert len(own) == 1


def test_key_figures_and_the_snapshot_count_what_is_in_the_scope(world, scopes):
    now = datetime.now(UTC)
    world.live.push_fleet({"vehicles": [vehicle | {"occurred_at": now.isoformat()} for vehicle in VEHICLES]})
    figures = {
        name: [
            count_kpis(ports(), now, scope)[key]
            for key in ("vehicles_live", "out_for_delivery", "open_incidents", "quarantined")
        ]
        for name, scope in scopes.items()
    }
    assert figures == {
        "all": [4, 4, 7, 0],
        "partner": [2, 2, 3, None],
        "hub": [2, 2, 2, None],
        "both": [0, 1, 1, None],
    }
    snapshot = read_snapshot(ports(), scopes["both"])
    assert (snapshot["vehicles"], len(snapshot["incidents"])) == ([], 1)
    assert snapshot["kpis"]["out_for_delivery"] == 1
