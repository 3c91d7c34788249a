"""Track of a shipment on the console's map: the positions of its events, its hubs, and where it is now."""

from collections.abc import Iterable
from typing import Any

from tracking.code_texts import say_status_code
from tracking.domain.explain import Explained
from tracking.domain.fold import may_use_position
from tracking.domain.shipment import ShipmentState
from tracking.pages.shipment_timeline import find_mark

MAX_POINTS = 2000


def describe_track(explained: Iterable[Explained], state: ShipmentState) -> dict[str, Any] | None:
    """Return the points of the track, oldest first, and the ends of the lane; None if there is no position.

    A point is longitude, latitude, epoch seconds, and the name of its status or place. Positions that do not
    count are left out; of more than 2,000 points every second one is, until so many are left.
    """
    points = [
        [event.lon, event.lat, int(event.occurred_at.timestamp()), _name_point(each)]
        for each in explained
        if may_use_position(event := each.event) and find_mark(each).counts
    ]
    if not points:
        return None
    while len(points) > MAX_POINTS:
        points = [*points[:-1:2], points[-1]]
    return {"points": points, "hubs": _list_hubs(state)}


def _name_point(explained: Explained) -> str:
    event = explained.event
    status = say_status_code(event.status, event.substatus) if event.status else ""
    place = event.place.label if event.place else None
    return ", ".join(filter(None, (status, place)))


def _list_hubs(state: ShipmentState) -> list[dict[str, Any]]:
    if state.lane is None:
        return []
    ends = (state.lane.origin, state.lane.destination)
    return [{"name": hub.name, "lon": hub.lon, "lat": hub.lat} for hub in ends]
