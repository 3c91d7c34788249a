"""World of all India: lanes over the road network, and delivery areas around post offices."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from laboratory.simulator.network import PLACES, Network, load_towns
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.world import Hub, Lane, Spot, World, load_world, read_toml

FULL = Path(__file__).with_name("full.toml")
# Free-flow speeds by the length of the route: (upper limit in km, km/h).
FREE_FLOW = ((25.0, 65.0), (60.0, 69.0), (200.0, 78.0), (float("inf"), 81.0))
# A hub delivers around at most `OFFICES` post offices within this distance.
AREA_DEGREES = 0.1
OFFICES = 8


def load_mode(mode: str, overrides: Path | None = None) -> World:
    """Load the world of a mode, `pilot` or `full`, with the parameters that a file overrides.

    Raises `ValueError` for a broken file.
    """
    return load_nation(overrides) if mode == "full" else load_world(overrides=overrides)


def load_nation(overrides: Path | None = None, places: Path = PLACES) -> World:
    """Load the world of hubs and spokes all over India, with the parameters that a file overrides.

    Raises `ValueError` for a broken file.
    """
    text = tomllib.loads(FULL.read_text(encoding="utf-8"))
    values = read_toml(overrides).get("parameters", {}) if overrides else {}
    hubs = {hub["hub_id"]: Hub(**hub) for hub in text["hubs"]}
    network = Network(load_towns(places))
    lanes = [
        _build_lane(network, route["vehicle_class"], hubs[origin], hubs[destination])
        for route in text["routes"]
        for origin, destination in route["ends"]
    ]
    return World(hubs, _find_areas(hubs, places), tuple(lanes), Parameters().override(values))


def _build_lane(network: Network, vehicle_class: str, origin: Hub, destination: Hub) -> Lane:
    route, km = network.find_route(origin.point, destination.point)
    speed = next(kmh for below, kmh in FREE_FLOW if km < below)
    return Lane(vehicle_class, km / speed * 60, (origin.hub_id, destination.hub_id), (tuple(route),))


def _find_areas(hubs: dict[str, Hub], places: Path) -> dict[str, tuple[Spot, ...]]:
    """Return for each hub the nearest delivery post offices."""
    with np.load(places, allow_pickle=False) as file:
        pins, delivers = _unpack(file["office_pincode"]), file["office_delivers"]
        points = (
            np.column_stack([_unpack(file["office_lat_e5"]), _unpack(file["office_lon_e5"])])[delivers] / 1e5
        )
        pin_codes = pins[delivers]
    tree = cKDTree(points)
    areas = {}
    for hub in hubs.values():
        near, indices = tree.query(hub.point, k=OFFICES, distance_upper_bound=AREA_DEGREES)
        found = indices[np.isfinite(near)]
        spots = [
            Spot(hub.town, str(pin_codes[index]), float(points[index, 0]), float(points[index, 1]))
            for index in found
        ]
        areas[hub.hub_id] = tuple(spots) or (Spot(hub.town, hub.pin_code, hub.lat, hub.lon),)
    return areas


def _unpack(packed: Any) -> Any:
    """Decode integers of the places file: zigzag-coded differences, stored as byte planes."""
    zigzag = np.ascontiguousarray(packed.T).view("<u4")[:, 0].astype(np.int64)
    return np.cumsum((zigzag >> 1) ^ -(zigzag & 1))
