"""Lane plans: planned minutes of a partner from hub to hub, the default of its bookings."""

from datetime import datetime

from tracking.models import Hub, LanePlan
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import UnknownHubError


def read_plans(caller: Caller) -> dict[tuple[str, str], int]:
    """Return the caller's planned minutes by origin and destination hub id, in the mode of its key."""
    plans = LanePlan.objects.filter(partner=caller.partner, livemode=caller.livemode)
    rows = plans.values_list("origin__hub_id", "destination__hub_id", "planned_minutes")
    return {(origin, destination): minutes for origin, destination, minutes in rows}


def find_plan(caller: Caller, origin: str, destination: str) -> LanePlan:
    """Return the caller's plan of this lane, unsaved if there is none. Raises `UnknownHubError`."""
    hubs = _find_hubs(origin, destination)
    lane = {"partner": caller.partner, "livemode": caller.livemode, "origin": hubs[0], "destination": hubs[1]}
    return LanePlan.objects.filter(**lane).first() or LanePlan(**lane, planned_minutes=0)


def keep_plan(caller: Caller, origin: str, destination: str, minutes: int, now: datetime) -> LanePlan:
    """Set the caller's plan of this lane. Raises `UnknownHubError`."""
    hubs = _find_hubs(origin, destination)
    plan, _ = LanePlan.objects.update_or_create(
        partner=caller.partner,
        livemode=caller.livemode,
        origin=hubs[0],
        destination=hubs[1],
        defaults={"planned_minutes": minutes, "updated_at": now},
    )
    return plan


def _find_hubs(origin: str, destination: str) -> tuple[Hub, Hub]:
    hubs = {hub.hub_id: hub for hub in Hub.objects.filter(hub_id__in=(origin, destination))}
    for hub_id in (origin, destination):
        if hub_id not in hubs:
            raise UnknownHubError(f"There is no hub {hub_id!r}.")
    return hubs[origin], hubs[destination]
