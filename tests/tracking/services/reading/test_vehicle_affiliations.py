"""Partner and hubs of vehicles, as the filters of the console use them."""

import pytest

from tests.staff import make_staff
from tests.tracking.services.reading.staff_world import describe_vehicle, make_world
from tracking.services.reading.vehicle_affiliations import VehicleAffiliation, list_affiliations
from tracking.services.requests.roles import EVERYTHING, Role
from tracking.services.requests.staff_accounts import find_scope

pytestmark = pytest.mark.django_db
ROWS = [
    describe_vehicle("van-ours", None),
    describe_vehicle("van-mixed", "theirs-pny"),
    describe_vehicle("van-of-nobody", "ours-pny"),
    describe_vehicle("van-unknown", "unbooked"),
]


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)


def test_a_vehicle_has_its_partner_and_the_hubs_of_the_parcels_on_its_run_and_of_the_last_scan():
    assert list_affiliations(EVERYTHING, ROWS) == {
        "van-ours": VehicleAffiliation("prt_acme", ()),
        "van-mixed": VehicleAffiliation("prt_rival", ("BLR-KRM", "BLR-PNY")),
        "van-of-nobody": VehicleAffiliation(None, ("BLR-PNY",)),
        "van-unknown": VehicleAffiliation(None, ()),
    }


def test_hubs_of_parcels_outside_of_the_scope_are_left_out(partner):
    scope = find_scope(make_staff(Role.VIEWER, "a", partners=[partner]))
    assert list_affiliations(scope, ROWS[1:2]) == {"van-mixed": VehicleAffiliation("prt_rival", ("BLR-KRM",))}
    assert list_affiliations(scope, []) == {}
