"""Template filters that say how long after its promise a parcel is expected, before it counts as delayed."""

from datetime import datetime, timedelta

from django import template

from tracking.domain.shipment import ShipmentState
from tracking.eta.shown_arrival import find_shown
from tracking.templatetags.ops import gap

register = template.Library()


@register.filter
def likely_at(state: ShipmentState) -> datetime | None:
    """Return the likely time within the window that the recipient is shown; None without a window."""
    return find_shown(state.eta).at if state.eta else None


@register.filter
def after_promise(expected: datetime | None, promised_to: datetime | None) -> str:
    """Say `41 min after the promise`; empty if it is expected in time, or if one of the times is unknown.

    A parcel counts as delayed only once that is sure enough, and this is said before.
    """
    if expected is None or promised_to is None or expected - promised_to < timedelta(minutes=1):
        return ""
    return f"{gap(expected - promised_to)} after the promise"
