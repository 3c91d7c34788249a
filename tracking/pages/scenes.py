"""Map of a customer's page: the lane on a map of India, or on the last mile the vehicle near the door."""

from typing import Any

from tracking.eta.recipient_view import VanNearby
from tracking.models import Hub, Shipment
from tracking.pages.journey_towns import drop_kind, find_towns
from tracking.pages.lane_map import Scene, Stop, draw_scene
from tracking.pages.near_map import draw_near
from tracking.pages.texts import render_text
from tracking.pages.view import View
from tracking.ports import ports


def draw_map(booking: Shipment, answer: dict[str, Any], view: View, near: VanNearby | None) -> dict[str, Any]:
    """Build the template context of the map; `map` names the template, or is None if nothing is drawn.

    `near` is for the recipient only; if given, it is drawn instead of the lane.
    """
    if near is not None:
        return {"map": "tracking/parts/near.html", "near": draw_near(near)}
    scene = _draw_lane(booking, answer, view)
    return {"map": "tracking/parts/lane.html", **_describe_lane(scene)} if scene else {"map": None}


def shorten_hub(hub: Hub | None) -> str:
    """Shorten `Bengaluru Whitefield Delivery Hub` to `Whitefield`, `Mysuru Hub` to `Mysuru`."""
    if hub is None:
        return ""
    name = drop_kind(hub.name)
    return name.removeprefix(f"{hub.town} ") or name


def _draw_lane(booking: Shipment, answer: dict[str, Any], view: View) -> Scene | None:
    """Draw the lane in the direction of travel with the parcel on it; None if there is nothing to draw."""
    if not view.has_map or booking.origin_hub is None or booking.destination_hub is None:
        return None
    ends = [_end(booking.origin_hub), _end(booking.destination_hub)]
    if answer["leg"] == "return":
        ends.reverse()
    towns = find_towns(answer, ports().maps.towns, *ends)
    return draw_scene(*ends, towns, answer["position"]["lat"], answer["position"]["lon"])


def _describe_lane(scene: Scene) -> dict[str, Any]:
    """Build the template context of the lane: scene, text description, length of the scale bar."""
    start, end = (name.text for name in scene.ends)
    return {
        "scene": scene,
        "map_description": render_text("map.done", n=scene.percent, origin=start, destination=end),
        "bar_px": scene.backdrop.scale_px - 1,
    }


def _end(hub: Hub) -> Stop:
    return Stop(shorten_hub(hub), hub.lat, hub.lon)
