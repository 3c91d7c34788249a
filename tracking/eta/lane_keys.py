"""Keys of the lane statistics that a shipment's forecast may read, to fetch all of them in one read."""

from functools import lru_cache
from typing import NamedTuple, get_args

from tracking.domain.events import Lane
from tracking.domain.legs import ANY_CLASS, BUCKET_FROM, RECIPIENT, BaseFrom, HubStay, LegProfile, OpenLeg
from tracking.eta.conformal import widening_key
from tracking.eta.durations import dwell_key, stop_keys, tour_key
from tracking.eta.lanes import (
    class_key,
    departure_spread_key,
    global_key,
    hub_key,
    lane_class_key,
    lane_key,
    list_residuals_keys,
    pace_key,
    plan_key,
    under_way_spread_key,
)
from tracking.eta.promises import list_promise_keys

# Base minutes at the lower end of each length bucket: a profile with them has the keys of the bucket.
_MINUTES_BY_BUCKET = (0.0, *BUCKET_FROM)
_BASE_SOURCES: tuple[BaseFrom, ...] = get_args(BaseFrom)
_ROUTES_CACHED = 8192


class RouteHubs(NamedTuple):
    """Hubs that a shipment's next leg may begin at and end at; `RECIPIENT` stands for the recipient.

    `vehicle_class` is that of the vehicle which drives the leg.
    """

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    vehicle_class: str = ANY_CLASS


def list_keys(profile: LegProfile) -> list[str]:
    """Return every key that a prediction of this leg may read."""
    base_from, bucket = profile.base_from, profile.bucket
    residuals_keys = list_residuals_keys(base_from, bucket)
    return [
        global_key(base_from),
        *_list_length_keys(profile.of_all_classes),
        hub_key(profile),
        lane_key(profile),
        *(departure_spread_key(base_from, bucket, familiarity) for familiarity in range(3)),
        *(under_way_spread_key(base_from, bucket, quarter) for quarter in range(4)),
        *residuals_keys,
        *map(widening_key, residuals_keys),
        *_list_own_keys(profile),
    ]


def _list_own_keys(profile: LegProfile) -> list[str]:
    """Return the keys of what the class of the vehicle alone has taught; none without a class."""
    if profile.vehicle_class == ANY_CLASS:
        return []
    return [*_list_length_keys(profile), lane_class_key(profile)]


def _list_length_keys(profile: LegProfile) -> list[str]:
    """Return the keys of ratio and pace of a class, by the length of the leg."""
    return [class_key(profile), *(pace_key(profile, quarter) for quarter in range(4))]


def find_route_hubs(
    lane: Lane | None,
    leg: OpenLeg | None,
    stay: HubStay | None,
    near: tuple[str, ...] = (),
    vehicle_class: str | None = None,
) -> RouteHubs:
    """Return the hubs that the rest of a route may touch, and the class of the vehicle on its next leg.

    `near` are hubs that a scan may have been made at. Without a lane the route is straight to the recipient.
    `vehicle_class` is None if the scan does not show it: then it is that of the open leg.
    """
    # Both ends: on the way back the parcel travels to the origin.
    ends = (lane.origin.hub_id, lane.destination.hub_id) if lane else (RECIPIENT,)
    origins = near if stay is None else (*near, stay.hub_id)
    if leg is None:
        return RouteHubs(origins, ends, vehicle_class or ANY_CLASS)
    if leg.destination == RECIPIENT:
        # Tours of the last mile are learned without a class.
        vehicle_class = ANY_CLASS
    return RouteHubs((*origins, leg.origin), (*ends, leg.destination), vehicle_class or leg.vehicle_class)


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
            profiles = _list_profiles(origin, destination, hubs.vehicle_class)
            keys |= {plan_key(origin, destination), *map(lane_key, profiles)}
            keys.update(key for profile in profiles for key in _list_own_keys(profile))
    return frozenset(keys)


def _list_profiles(origin: str, destination: str, vehicle_class: str = ANY_CLASS) -> list[LegProfile]:
    """Return a profile of this lane for each source of base minutes and each length bucket.

    A hub id is empty if the keys to be made do not use it.
    """
    return [
        LegProfile(origin, destination, vehicle_class, base_from, base_min)
        for base_from in _BASE_SOURCES
        for base_min in _MINUTES_BY_BUCKET
    ]


def _list_shared_keys() -> frozenset[str]:
    """Return the keys that depend on source of base minutes and length alone, of all vehicles."""
    profiles = _list_profiles("", "")
    with_hub = {key for profile in profiles for key in (hub_key(profile), lane_key(profile))}
    return frozenset(key for profile in profiles for key in list_keys(profile)) - with_hub


SHARED_KEYS = _list_shared_keys()
