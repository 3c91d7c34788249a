"""The picture on a customer's page: a lane across the land, or on the last mile a vehicle near a door."""

from typing import Any

from tracking.eta.last_mile import LastMile
from tracking.models import Hub, Shipment
from tracking.pages.lane_map import End, Scene, draw_scene
from tracking.pages.near_map import draw_near
from tracking.pages.texts import render_text
from tracking.pages.view import View

# The generic part of a hub's name, which the map leaves out.
_GENERIC = (" Delivery Hub", " Sort Centre", " Gateway", " Hub", " hub")


def draw_map(booking: Shipment, answer: dict[str, Any], view: View, near: LastMile | None) -> dict[str, Any]:
    """What the templates of the map show; `map` names the one to use and is None where nothing is drawn.

    `near` is for the recipient alone; where there is one, it is drawn instead of the lane.
    """
    if near is not None:
        return {"map": "tracking/parts/near.html", "near": draw_near(near)}
    scene = _draw_lane(booking, answer, view)
    return {"map": "tracking/parts/lane.html", **_describe_lane(scene)} if scene else {"map": None}


def shorten_hub(hub: Hub | None) -> str:
    """`Whitefield` for `Bengaluru Whitefield Delivery Hub`, `Mysuru` for `Mysuru Hub`."""
    if hub is None:
        return ""
    name = next((hub.name.removesuffix(word) for word in _GENERIC if hub.name.endswith(word)), hub.name)
    return name.removeprefix(f"{hub.town} ") or name


def _draw_lane(booking: Shipment, answer: dict[str, Any], view: View) -> Scene | None:
    """The lane with the parcel on it, the way it travels now; None where there is nothing to draw."""
    if not view.has_map or booking.origin_hub is None or booking.destination_hub is None:
        return None
    ends = [_end(booking.origin_hub), _end(booking.destination_hub)]
    if answer["leg"] == "return":
        ends.reverse()
    return draw_scene(*ends, answer["position"]["lat"], answer["position"]["lon"])


def _describe_lane(scene: Scene) -> dict[str, Any]:
    """The scene with its description and the length of its scale bar."""
    start, end = (name.text for name in scene.backdrop.ends)
    return {
        "scene": scene,
        "map_description": render_text("map.done", n=scene.percent, origin=start, destination=end),
        "bar_px": scene.backdrop.scale_px - 1,
    }


def _end(hub: Hub) -> End:
    return End(shorten_hub(hub), hub.lat, hub.lon)
