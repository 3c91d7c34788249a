"""Keys of the lane statistics that a shipment's forecast may read, to fetch all of them in one read."""

from functools import lru_cache
from typing import NamedTuple, get_args

from tracking.domain.events import Lane
from tracking.domain.legs import ANY_CLASS, BUCKET_FROM, RECIPIENT, BaseFrom, HubStay, LegProfile, OpenLeg
from tracking.eta.durations import dwell_key, stop_keys, tour_key
from tracking.eta.lanes import hub_key, lane_key, list_keys, plan_key
from tracking.eta.promises import list_promise_keys

# Base minutes at the lower end of each length bucket: a profile with them has the keys of the bucket.
_MINUTES_BY_BUCKET = (0.0, *BUCKET_FROM)
_BASE_SOURCES: tuple[BaseFrom, ...] = get_args(BaseFrom)
_ROUTES_CACHED = 8192


class RouteHubs(NamedTuple):
    """Hubs that a shipment's next leg may begin at and end at; `RECIPIENT` stands for the recipient."""

    origins: tuple[str, ...]
    destinations: tuple[str, ...]


def find_route_hubs(
    lane: Lane | None, leg: OpenLeg | None, stay: HubStay | None, near: tuple[str, ...] = ()
) -> RouteHubs:
    """Return the hubs that the rest of a route may touch.

    `near` are hubs that a scan may have been made at. Without a lane the route is straight to the recipient.
    """
    # Both ends: on the way back the parcel travels to the origin.
    ends = (lane.origin.hub_id, lane.destination.hub_id) if lane else (RECIPIENT,)
    origins = near if stay is None else (*near, stay.hub_id)
    if leg is None:
        return RouteHubs(origins, ends)
    return RouteHubs((*origins, leg.origin), (*ends, leg.destination))


@lru_cache(_ROUTES_CACHED)
def list_route_keys(hubs: RouteHubs) -> frozenset[str]:
    """Return the keys of all statistics that a forecast over these hubs may read, of any leg length."""
    keys = set(SHARED_KEYS)
    hub_ids = {*hubs.origins, *hubs.destinations}
    for hub_id in hub_ids:
        keys |= {dwell_key(hub_id), tour_key(hub_id), *stop_keys(hub_id), *list_promise_keys(hub_id)}
    for destination in set(hubs.destinations):
        keys |= {hub_key(profile) for profile in _list_profiles("", destination)}
        for origin in hub_ids:
            keys |= {plan_key(origin, destination), *map(lane_key, _list_profiles(origin, destination))}
    return frozenset(keys)


def _list_profiles(origin: str, destination: str) -> list[LegProfile]:
    """Return a profile of this lane for each source of base minutes and each length bucket.

    A hub id is empty if the keys to be made do not use it.
    """
    return [
        LegProfile(origin, destination, ANY_CLASS, base_from, base_min)
        for base_from in _BASE_SOURCES
        for base_min in _MINUTES_BY_BUCKET
    ]


def _list_shared_keys() -> frozenset[str]:
    """Return the keys that depend on source of base minutes, class and length alone."""
    profiles = _list_profiles("", "")
    with_hub = {key for profile in profiles for key in (hub_key(profile), lane_key(profile))}
    return frozenset(key for profile in profiles for key in list_keys(profile)) - with_hub


SHARED_KEYS = _list_shared_keys()
