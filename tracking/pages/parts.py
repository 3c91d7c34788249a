"""Parts of the customer page that change with its shipment, rendered for the page and for its socket."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from tracking.domain.events import format_time
from tracking.domain.status import Status
from tracking.eta.recipient_view import VanNearby
from tracking.models import Shipment
from tracking.pages import indian_time
from tracking.pages.calendar_entry import has_window
from tracking.pages.indian_time import AGE_STEPS
from tracking.pages.pickup import describe_pickup
from tracking.pages.scenes import draw_map
from tracking.pages.texts import render_count, render_text
from tracking.pages.view import describe
from tracking.pages.windows import read_moment
from tracking.tokens import make_token

SHOWN_STEPS = 5
# Templates below `tracking/parts/`; each except the title renders one element with its name in `data-part`.
PARTS = ("title", "card", "pickup", "next", "journey", "promised", "calendar", "updated")
# Part of an unlocked page alone, and its name in the context.
ASKED = "asked"


def render_parts(context: dict[str, Any]) -> dict[str, str]:
    """Render the HTML of each part, by name."""
    names = (*PARTS, ASKED) if ASKED in context else PARTS
    return {name: render_to_string(f"tracking/parts/{name}.html", context) for name in names}


def parts_context(
    booking: Shipment, answer: dict[str, Any], near: VanNearby | None, now: datetime, driver: str = ""
) -> dict[str, Any]:
    """Build the template context of the parts in the current language; equal contexts give equal parts.

    `near` and the first name of the `driver` are for the recipient only. The only database reads are the
    booking's hubs.
    """
    # `near` may have been read before the parcel was delivered.
    near = near if answer["status"] == Status.OUT_FOR_DELIVERY else None
    view = describe(answer, now, near, driver)
    later, updated_at = view.journey[SHOWN_STEPS:], _find_updated(answer, view.has_map, near)
    return {
        "view": view,
        "leg": answer["leg"],
        "pickup": describe_pickup(booking, answer),
        "first": view.journey[:SHOWN_STEPS],
        "later": later,
        "more": render_count("more", len(later)),
        "token": make_token(booking.shipment_id, booking.token_n),
        "has_window": has_window(answer, now),
        "updated_at": format_time(updated_at) if updated_at else "",
        "updated": _format_updated(updated_at, now),
        "updated_dated": _format_updated_in_full(updated_at),
    } | draw_map(booking, answer, view, near)


def list_live_texts() -> dict[str, Any]:
    """Collect the texts of the page's script: ages, the state of the connection, buttons to copy and share.

    An age step is (upper limit in seconds or null, unit in seconds, multiple of the unit, text).
    """
    return {
        "updated": render_text("updated", when="{when}"),
        "ages": [
            (step.below_s, step.unit_s, step.times, render_text(step.code, n="{n}")) for step in AGE_STEPS
        ],
        "modes": {mode: render_text(f"mode.{mode}") for mode in ("live", "polling")},
        "banners": {
            mode: render_text(f"banner.{mode}", time="{time}") for mode in ("late", "reconnecting", "offline")
        },
        "copy": render_text("copy"),
        "copied": render_text("copied"),
        "share": render_text("page.share"),
        "shared": render_text("page.shared"),
    }


def _find_updated(answer: dict[str, Any], has_map: bool, near: VanNearby | None) -> datetime | None:
    """Return when the newest thing on the page happened: a scan, or the position that it shows."""
    position = answer["position"] if has_map else None
    times = [answer["updated_at"], position and position["occurred_at"]]
    moments = [read_moment(time) for time in times if time]
    return max([*moments, near.occurred_at] if near else moments, default=None)


def _format_updated(at: datetime | None, now: datetime) -> str:
    return render_text("updated", when=indian_time.format_moment(at, now)) if at else ""


def _format_updated_in_full(at: datetime | None) -> str:
    return render_text("updated", when=indian_time.format_date_and_clock(at)) if at else ""
