"""How a status looks: its icon and its tone, one list for the page, the console and the messages."""

from typing import Literal, NamedTuple

from tracking.domain.status import DELAYED_WORD, Status

Tone = Literal["info", "good", "warn", "bad", "idle"]


class Look(NamedTuple):
    """The name of an icon (a symbol of `tracking/templatetags/icons.py`) and the tone of its colour."""

    icon: str
    tone: Tone


LOOKS: dict[str, Look] = {
    Status.CREATED: Look("ring", "idle"),
    Status.PICKED_UP: Look("dot", "good"),
    Status.IN_TRANSIT: Look("dot", "good"),
    Status.OUT_FOR_DELIVERY: Look("chevron", "good"),
    Status.DELIVERED: Look("tick", "good"),
    Status.AVAILABLE_FOR_PICKUP: Look("pin", "info"),
    DELAYED_WORD: Look("diamond", "warn"),
    Status.ON_HOLD: Look("bars", "warn"),
    Status.ATTEMPT_FAILED: Look("triangle", "bad"),
    Status.EXCEPTION: Look("octagon", "bad"),
    Status.LOST: Look("octagon", "bad"),
    Status.RETURNING: Look("bent", "info"),
    Status.RETURNED: Look("bent-tick", "idle"),
    Status.CANCELLED: Look("dash", "idle"),
    Status.EXPIRED: Look("dotted", "idle"),
    Status.UNKNOWN: Look("dotted", "idle"),
}


def look_of(status: str) -> Look:
    """The look of a status code or of the flag `delayed`; that of `unknown` for anything else."""
    return LOOKS.get(status, LOOKS[Status.UNKNOWN])
