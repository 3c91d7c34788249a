"""Icon and tone of each status: one table for the customer pages and the console."""

from typing import Literal, NamedTuple

from tracking.domain.status import DELAYED_WORD, Status

Tone = Literal["info", "good", "warn", "bad", "idle"]


class StatusStyle(NamedTuple):
    """Name of an icon (a symbol of `tracking/templatetags/icons.py`) and the tone of its colour."""

    icon: str
    tone: Tone


STATUS_STYLES: dict[str, StatusStyle] = {
    Status.CREATED: StatusStyle("ring", "idle"),
    Status.PICKED_UP: StatusStyle("dot", "good"),
    Status.IN_TRANSIT: StatusStyle("dot", "good"),
    Status.OUT_FOR_DELIVERY: StatusStyle("chevron", "good"),
    Status.DELIVERED: StatusStyle("tick", "good"),
    Status.AVAILABLE_FOR_PICKUP: StatusStyle("pin", "info"),
    DELAYED_WORD: StatusStyle("diamond", "warn"),
    Status.ON_HOLD: StatusStyle("bars", "warn"),
    Status.ATTEMPT_FAILED: StatusStyle("triangle", "bad"),
    Status.EXCEPTION: StatusStyle("octagon", "bad"),
    Status.LOST: StatusStyle("octagon", "bad"),
    Status.RETURNING: StatusStyle("bent", "info"),
    Status.RETURNED: StatusStyle("bent-tick", "idle"),
    Status.CANCELLED: StatusStyle("dash", "idle"),
    Status.EXPIRED: StatusStyle("dotted", "idle"),
    Status.UNKNOWN: StatusStyle("dotted", "idle"),
}

# Tone of each severity of incidents.
SEVERITY_TONES: dict[str, Tone] = {"critical": "bad", "high": "warn", "medium": "info", "low": "idle"}


def style_of(status: str) -> StatusStyle:
    """Return the style of a status code or of the flag `delayed`; that of `unknown` for anything else."""
    return STATUS_STYLES.get(status, STATUS_STYLES[Status.UNKNOWN])
