"""What the maps of the customer page say, by code."""

from django.utils.translation import gettext_noop as _

MAP = {
    "map.done": _("The parcel has covered {n} % of the way from {origin} to {destination}."),
    "near.text": _("{stops} · {distance}"),
    "near.stops.0": _("You are next"),
    "near.stops.1": _("1 stop before you"),
    "near.stops": _("{n} stops before you"),
    "near.metres": _("{n} m"),
    "near.km": _("{n} km"),
    "near.told": _("The vehicle as seen from the middle of your PIN code area, north at the top: {near}."),
}
