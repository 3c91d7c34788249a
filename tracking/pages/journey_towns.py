"""Towns that a parcel passed, with their positions, from the steps of its journey."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tracking.domain.status import Status
from tracking.map_ports import TownLocator
from tracking.pages.lane_map import Stop, measure_km

# Generic parts of a hub's name, which the map leaves out.
KINDS = (" Delivery Hub", " Sort Centre", " Gateway", " Hub", " hub")
# A town that makes the way longer than this is another town of the same name.
DETOUR, DETOUR_KM = 1.6, 60.0
# Towns nearer than this share of the way to each other, or to an end, are one place on the map.
APART = 0.06
MAX_TOWNS = 6
# Ends nearer than this are in one city: its position is that of its centre, which is no place on the way.
WITHIN_CITY_KM = 30.0
_BACKWARD = (Status.RETURNING, Status.RETURNED)


def find_towns(
    answer: dict[str, Any], towns: TownLocator, origin: Stop, destination: Stop
) -> tuple[Stop, ...]:
    """Return the towns of the journey in the order in which they were passed, at most the last six.

    A place without a known position is left out, as is one that cannot be on the way; within a city there are
    none.
    """
    way_km = measure_km(origin, destination)
    if way_km < WITHIN_CITY_KM:
        return ()
    passed: list[Stop] = []
    for name in _list_places(answer):
        point = towns.locate(name, ((origin.lat + destination.lat) / 2, (origin.lon + destination.lon) / 2))
        if point is None:
            continue
        town = Stop(name, *point)
        detour_km = measure_km(origin, town) + measure_km(town, destination)
        is_apart = all(measure_km(town, other) > APART * way_km for other in (origin, destination, *passed))
        if is_apart and detour_km <= DETOUR * way_km + DETOUR_KM:
            passed.append(town)
    return tuple(passed[-MAX_TOWNS:])


def drop_kind(hub_name: str) -> str:
    """Return a hub's name without its kind: `Mysuru` of `Mysuru Hub`."""
    return next((hub_name.removesuffix(word) for word in KINDS if hub_name.endswith(word)), hub_name)


def _list_places(answer: dict[str, Any]) -> Iterator[str]:
    """Yield the towns of the steps in the present direction, the first one first, none twice in a row."""
    is_back = answer["leg"] == "return"
    steps = [event for event in reversed(answer["events"]) if not is_back or event["status"] in _BACKWARD]
    names = [drop_kind((step["place"] or "").partition(", ")[0]) for step in steps]
    return (name for before, name in pairwise(["", *names]) if name and name != before)
