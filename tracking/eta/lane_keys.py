"""Lane statistics that the forecast of a shipment may need, so that all of them are read beforehand."""

from functools import lru_cache
from typing import NamedTuple, get_args

from tracking.domain.events import Lane
from tracking.domain.legs import ANY_CLASS, BUCKET_FROM, RECIPIENT, Basis, HubStay, LegProfile, OpenLeg
from tracking.eta.dwell import dwell_key, stop_keys, tour_key
from tracking.eta.lanes import hub_key, lane_key, list_keys, plan_key

# Base minutes that lie in each length bucket.
_MINUTES = (0.0, *BUCKET_FROM)
_BASES: tuple[Basis, ...] = get_args(Basis)
_LANES_CACHED = 8192


class RouteHubs(NamedTuple):
    """Hubs that a shipment's next leg may begin at and end at; `RECIPIENT` stands for a door."""

    origins: tuple[str, ...]
    destinations: tuple[str, ...]


def find_route_hubs(
    lane: Lane | None, leg: OpenLeg | None, stay: HubStay | None, near: tuple[str, ...] = ()
) -> RouteHubs:
    """Return the hubs that the rest of a route may touch.

    `near` are hubs that a scan may have been made at. Without a lane the route is straight to the door.
    """
    ends = (lane.origin.hub_id, lane.destination.hub_id) if lane else (RECIPIENT,)
    origins = near if stay is None else (*near, stay.hub_id)
    if leg is None:
        return RouteHubs(origins, ends)
    return RouteHubs((*origins, leg.origin), (*ends, leg.destination))


@lru_cache(_LANES_CACHED)
def list_route_keys(hubs: RouteHubs) -> frozenset[str]:
    """Return the keys of all statistics that a forecast over these hubs may read, of any leg length."""
    keys = set(SHARED_KEYS)
    stations = {*hubs.origins, *hubs.destinations}
    for hub_id in stations:
        keys |= {dwell_key(hub_id), tour_key(hub_id), *stop_keys(hub_id)}
    for destination in set(hubs.destinations):
        keys |= {hub_key(profile) for profile in _list_profiles("", destination)}
        for origin in stations:
            keys |= {plan_key(origin, destination), *map(lane_key, _list_profiles(origin, destination))}
    return frozenset(keys)


def _list_profiles(origin: str, destination: str) -> list[LegProfile]:
    """Return one profile per basis and length bucket."""
    return [
        LegProfile(origin, destination, ANY_CLASS, basis, base_min)
        for basis in _BASES
        for base_min in _MINUTES
    ]


def _list_shared_keys() -> frozenset[str]:
    """Return the keys that depend on basis, class and length alone."""
    profiles = _list_profiles("", "")
    own = {key for profile in profiles for key in (hub_key(profile), lane_key(profile))}
    return frozenset(key for profile in profiles for key in list_keys(profile)) - own


SHARED_KEYS = _list_shared_keys()
