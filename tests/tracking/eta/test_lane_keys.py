"""Keys of lane statistics: the hubs of the rest of a route, and the statistics of a forecast over them."""

import msgspec
import pytest

from tests.events import at
from tests.tracking.domain.journeys import LANE
from tracking.domain.legs import RECIPIENT, HubStay, OpenLeg
from tracking.eta.lane_keys import SHARED_KEYS, RouteHubs, find_route_hubs, list_route_keys

STAY = HubStay(hub_id="VLR", arrived_at=at(0))
LEG = OpenLeg(origin="HSR", destination="KPD", departed_at=at(0))
FEEDER_LEG = msgspec.structs.replace(LEG, vehicle_class="feeder")


@pytest.mark.parametrize(
    ("lane", "leg", "stay", "near", "origins", "destinations"),
    [
        (None, None, None, (), (), (RECIPIENT,)),
        (LANE, None, None, (), (), ("BLR-PNY", "MAA-GDY")),
        (LANE, None, STAY, ("N1", "N2"), ("N1", "N2", "VLR"), ("BLR-PNY", "MAA-GDY")),
        (LANE, LEG, STAY, ("N1",), ("N1", "VLR", "HSR"), ("BLR-PNY", "MAA-GDY", "KPD")),
        (None, LEG, None, (), ("HSR",), (RECIPIENT, "KPD")),
    ],
)
def test_a_route_has_the_hubs_of_its_lane_its_leg_its_stay_and_those_near(
    lane, leg, stay, near, origins, destinations
):
    assert find_route_hubs(lane, leg, stay, near) == RouteHubs(origins, destinations)


@pytest.mark.parametrize(
    ("leg", "vehicle_class", "expected"),
    [
        (None, None, "any"),
        (None, "truck", "truck"),
        (FEEDER_LEG, None, "feeder"),
        (FEEDER_LEG, "truck", "truck"),
        (FEEDER_LEG, "any", "any"),
        (msgspec.structs.replace(FEEDER_LEG, destination=RECIPIENT), "truck", "any"),
    ],
)
def test_the_class_of_a_route_is_that_of_the_vehicle_else_that_of_the_leg(leg, vehicle_class, expected):
    assert find_route_hubs(LANE, leg, None, (), vehicle_class).vehicle_class == expected


def test_the_keys_of_a_route_with_a_class_are_those_of_all_vehicles_and_of_the_class():
    hubs = RouteHubs(("BLR",), ("MAA",))
    own = {f"lane#c#{base_from}#truck#{bucket}" for base_from in "pd" for bucket in range(4)}
    own |= {
        f"lane#o#{base_from}#truck#{bucket}#t{quarter}"
        for base_from in "pd"
        for bucket in range(4)
        for quarter in range(4)
    }
    own |= {f"lane#v#{base_from}#{origin}#MAA#truck" for base_from in "pd" for origin in ("BLR", "MAA")}
    assert list_route_keys(hubs._replace(vehicle_class="truck")) == list_route_keys(hubs) | own


def test_the_keys_of_a_route_are_those_of_its_hubs_for_every_basis_length_and_part_of_the_day():
    hubs = ("BLR", "MAA")
    own = {f"lane#{kind}#{hub}" for kind in "dt" for hub in hubs}
    own |= {f"lane#s#{hub}#{part}" for hub in hubs for part in range(6)}
    own |= {"lane#b"} | {f"lane#b#{hub}" for hub in hubs}
    own |= {f"lane#b#{hub}#{part}" for hub in hubs for part in range(6)}
    own |= {f"lane#a#{part}#{band}" for part in range(6) for band in range(6)}
    own |= {f"lane#h#{base_from}#MAA#{bucket}" for base_from in "pd" for bucket in range(4)}
    own |= {f"lane#{kind}#{origin}#MAA" for kind in ("p#p", "p#d", "plan") for origin in hubs}
    assert list_route_keys(RouteHubs(("BLR",), ("MAA",))) == SHARED_KEYS | own


def test_the_shared_keys_are_those_of_every_basis_length_familiarity_and_quarter():
    lengths = [f"{base_from}#{bucket}" for base_from in "pd" for bucket in range(4)]
    quarters = [f"t{quarter}" for quarter in range(4)]
    wanted = {"lane#g#p", "lane#g#d"}
    for base_from_and_bucket in lengths:
        base_from, bucket = base_from_and_bucket.split("#")
        wanted |= {f"lane#c#{base_from}#any#{bucket}", f"lane#r#{base_from_and_bucket}"}
        wanted |= {
            f"lane#w#{base_from_and_bucket}{quarter}" for quarter in ("", *(f"#{q}" for q in quarters))
        }
        wanted |= {f"lane#q#{base_from_and_bucket}#{part}" for part in (0, 1, 2, *quarters)}
        wanted |= {f"lane#r#{base_from_and_bucket}#{quarter}" for quarter in quarters}
        wanted |= {f"lane#o#{base_from}#any#{bucket}#{quarter}" for quarter in quarters}
    assert wanted == SHARED_KEYS
