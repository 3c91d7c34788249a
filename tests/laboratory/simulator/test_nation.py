"""World of all India: hubs, spokes, roads through real towns, and delivery areas."""

from collections import Counter

import numpy as np
import pytest

from laboratory.simulator.fleet import FleetOptions, build_fleet, count_by_class
from laboratory.simulator.nation import load_nation
from laboratory.simulator.network import LONGEST_KM, WINDING, Network, load_towns
from laboratory.simulator.roads import build_highway, distance_km
from tests.laboratory.simulator.drives import STARTED_AT, TAG

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nation():
    return load_nation()


@pytest.fixture(scope="module")
def network():
    return Network(load_towns())


def test_there_are_twelve_hubs_and_forty_spokes(nation):
    feeders = nation.lanes_of("feeder")
    spokes = {lane.ends[1] for lane in feeders}
    assert len(spokes) == len(feeders) == 40
    assert len(nation.hubs.keys() - spokes) == 12


def test_the_full_fleet_has_five_hundred_vehicles(nation):
    assert count_by_class(500, "full") == {"line_haul": 60, "feeder": 90, "last_mile": 350}
    fleet = build_fleet(nation, FleetOptions(500, mode="full"), TAG, STARTED_AT)
    assert len({vehicle.vehicle_id for vehicle in fleet}) == 500


def test_two_towns_are_joined_if_no_third_lies_between_them():
    towns = np.array([[20.0, 75.0], [20.0, 75.4], [20.02, 75.2], [20.6, 75.2]])
    assert Network(towns).pairs.tolist() == [[0, 2], [1, 2], [2, 3]]


def test_the_network_covers_india(network):
    assert 10_000 < len(network.pairs) < 14_000
    assert network.lengths_km.max() <= LONGEST_KM * WINDING


def test_a_road_is_at_most_twice_the_straight_line(nation):
    for lane in nation.lanes:
        straight = distance_km(nation.hubs[lane.ends[0]].point, nation.hubs[lane.ends[1]].point)
        assert 0.99 < build_highway(lane.sections[0]).length_km / straight < 2.0, lane.ends


def test_a_lane_is_planned_at_free_flow_speed(nation):
    for lane in nation.lanes:
        kmh = build_highway(lane.sections[0]).length_km / lane.planned_minutes * 60
        assert 58 < kmh < 85, lane.ends


def test_there_are_lanes_of_every_length_class(nation):
    buckets = Counter(sum(lane.planned_minutes >= edge for edge in (25, 60, 200)) for lane in nation.lanes)
    assert min(buckets[bucket] for bucket in range(4)) >= 5


def test_every_hub_delivers_in_its_neighbourhood(nation):
    for hub_id, area in nation.areas.items():
        assert 1 <= len(area) <= 8
        assert all(distance_km(nation.hubs[hub_id].point, spot.point) < 12 for spot in area)


def test_a_parameter_of_the_world_is_overridden_by_name(tmp_path):
    (tmp_path / "world.toml").write_text("[parameters]\ntour_stops = [5, 6]\n")
    assert load_nation(tmp_path / "world.toml").parameters.tour_stops == (5, 6)


def test_an_unknown_parameter_is_refused_by_name(tmp_path):
    (tmp_path / "world.toml").write_text("[parameters]\ngremlins = 3\n")
    with pytest.raises(ValueError, match="no such parameter: gremlins"):
        load_nation(tmp_path / "world.toml")
